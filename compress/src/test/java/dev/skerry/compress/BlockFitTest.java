package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What each fit promises, against sums written out here. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class BlockFitTest {
    private static final int K = 96;
    private static final int N = 24;

    private final RandomGenerator random = Samples.random(21);
    private final Tensor weight = Samples.gaussian("w", random, K, N);
    private final Node node = Node.of("MatMul", List.of("x", "w"), List.of("y"));
    private final WeightMatrix matrix =
            WeightMatrix.of(node, Optional.of(weight)).orElseThrow();
    private final Samples inputs = correlated();
    private final Gram gram = new Studied(
                    Nets.net(17, new long[] {4, K}, new long[] {4, N}, List.of(weight), node),
                    inputs,
                    Nets.SESSIONS,
                    Progress.NONE)
            .gram(node);

    /** Inputs of few causes, as those of real layers are, and of unequal size. */
    private Samples correlated() {
        float[] mixing = Samples.gaussian("m", random, 24, K).toFloats();
        var samples = new ArrayList<Sample>();
        for (int i = 0; i < 64; i++) {
            float[] causes = Samples.gaussian("c", random, 4, 24).toFloats();
            float[] values = Samples.gaussian("n", random, 4, K).toFloats();
            for (int row = 0; row < 4; row++) {
                for (int column = 0; column < K; column++) {
                    double sum = 0.1 * values[row * K + column];
                    for (int cause = 0; cause < 24; cause++) {
                        sum += causes[row * 24 + cause] * mixing[cause * K + column];
                    }
                    values[row * K + column] = (float) (sum * (1 + column % 7));
                }
            }
            samples.add(new Sample(
                    "s" + i, Map.of("x", Tensor.ofFloats("x", new long[] {4, K}, values)), OptionalInt.empty(), false));
        }
        return new Samples(samples);
    }

    private double weightError(BlockWeight made) {
        float[] values = made.dequantized();
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow(values[i] - matrix.values()[i], 2);
        }
        return error;
    }

    /** Squared error of what the layer makes of all inputs. */
    private double outputError(BlockWeight made) {
        float[] values = made.dequantized();
        double error = 0;
        for (Sample sample : inputs.all()) {
            float[] x = sample.inputs().get("x").toFloats();
            for (int row = 0; row < 4; row++) {
                for (int out = 0; out < N; out++) {
                    double off = 0;
                    for (int column = 0; column < K; column++) {
                        off += x[row * K + column] * (values[out * K + column] - matrix.values()[out * K + column]);
                    }
                    error += off * off;
                }
            }
        }
        return error;
    }

    private BlockWeight fit(BlockFit fit, BlockFormat format) {
        return fit.fit(matrix, format, Optional.of(gram));
    }

    @Test
    void nearestCodesAreWithinHalfAStepOfEveryWeight() {
        for (boolean symmetric : new boolean[] {true, false}) {
            BlockWeight made = fit(BlockFit.RTN, new BlockFormat(4, 32, symmetric));
            for (int row = 0; row < N; row++) {
                for (int column = 0; column < K; column++) {
                    double step = Math.abs(made.scale(made.blockOf(row, column)));
                    // a symmetric grid has one code less on the far side, and a zero point is rounded
                    assertThat((double) made.value(row, column))
                            .isCloseTo(matrix.values()[row * K + column], within(step * 1.0001));
                }
            }
        }
    }

    @Test
    void aBlockOnTheGridIsKeptExactly() {
        float[] values = new float[32];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.25f * (i % 16 - 8);
        }
        var exact = new WeightMatrix("w", 1, 32, 1, values, new long[] {32, 1}, true);
        for (BlockFit fit : List.of(BlockFit.RTN, BlockFit.CLIP, BlockFit.HQQ)) {
            for (boolean symmetric : new boolean[] {true, false}) {
                assertThat(fit.fit(exact, new BlockFormat(4, 32, symmetric), Optional.empty())
                                .dequantized())
                        .containsExactly(values);
            }
        }
    }

    @Test
    void aBlockOfZerosStaysZero() {
        var zeros = new WeightMatrix("w", 1, 40, 1, new float[40], new long[] {40, 1}, true);
        for (BlockFit fit : BlockFit.values()) {
            assertThat(fit.fit(zeros, new BlockFormat(4, 16, false), Optional.empty())
                            .dequantized())
                    .containsOnly(0);
        }
    }

    @Test
    void theSearchedGridHasLessErrorThanTheSpanningOne() {
        for (boolean symmetric : new boolean[] {true, false}) {
            for (int block : new int[] {16, 32, 128}) {
                var format = new BlockFormat(4, block, symmetric);
                assertThat(weightError(fit(BlockFit.CLIP, format)))
                        .isLessThan(0.95 * weightError(fit(BlockFit.RTN, format)));
            }
        }
    }

    @Test
    void halfQuadraticHasLessErrorOfTheRobustNorm() {
        for (boolean symmetric : new boolean[] {true, false}) {
            var format = new BlockFormat(4, 32, symmetric);
            assertThat(robust(fit(BlockFit.HQQ, format))).isLessThan(robust(fit(BlockFit.RTN, format)));
        }
    }

    private double robust(BlockWeight made) {
        float[] values = made.dequantized();
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow(Math.abs(values[i] - matrix.values()[i]), 0.7);
        }
        return error;
    }

    @Test
    void secondOrderKeepsTheOutputBest() {
        for (boolean symmetric : new boolean[] {true, false}) {
            for (int block : new int[] {16, 32, 128}) {
                var format = new BlockFormat(4, block, symmetric);
                double gptq = outputError(fit(BlockFit.GPTQ, format));
                for (BlockFit other : List.of(BlockFit.RTN, BlockFit.CLIP, BlockFit.HQQ)) {
                    assertThat(gptq).as(other + " " + format).isLessThan(0.5 * outputError(fit(other, format)));
                }
            }
        }
    }

    @Test
    void eightBitsHaveASixteenthOfTheStep() {
        double four = weightError(fit(BlockFit.RTN, new BlockFormat(4, 32, false)));
        double eight = weightError(fit(BlockFit.RTN, new BlockFormat(8, 32, false)));
        assertThat(Math.sqrt(four / eight)).isCloseTo(17, within(2.0));
    }
}
