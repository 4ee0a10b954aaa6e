package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounding that knows the inputs changes the outputs less than rounding to the nearest. */
final class SecondOrderRoundingTest {
    /** Moments of inputs that depend on each other, as those of real layers do. */
    private static DMatrixRMaj moments(int columns, int samples, long seed) {
        RandomGenerator random = Samples.random(seed);
        int hidden = Math.max(2, columns / 4);
        var mix = new DMatrixRMaj(hidden, columns);
        for (int i = 0; i < mix.data.length; i++) {
            mix.data[i] = random.nextGaussian();
        }
        var causes = new DMatrixRMaj(samples, hidden);
        for (int i = 0; i < causes.data.length; i++) {
            causes.data[i] = random.nextGaussian() + 0.5;
        }
        var inputs = new DMatrixRMaj(samples, columns);
        CommonOps_DDRM.mult(causes, mix, inputs);
        for (int i = 0; i < inputs.data.length; i++) {
            inputs.data[i] += 0.1 * random.nextGaussian();
        }
        var gram = new DMatrixRMaj(columns, columns);
        CommonOps_DDRM.multInner(inputs, gram);
        return gram;
    }

    private static float[] weights(int count, long seed) {
        return Samples.gaussian("w", Samples.random(seed), count).toFloats();
    }

    private static int[] nearest(float[] weights, int columns, SecondOrderRounding.Steps steps, int low, int high) {
        int[] nearest = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            float scale = steps.scale(i / columns, i % columns);
            float zero = steps.zero(i / columns, i % columns);
            nearest[i] = Math.clamp((long) Math.rint(weights[i] / scale + zero), low, high);
        }
        return nearest;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void errorsOfTheOutputAreFarBelowThoseOfTheNearest(int bits) {
        int rows = 70;
        int columns = 90;
        int high = (1 << (bits - 1)) - 1;
        DMatrixRMaj gram = moments(columns, 500, 1);
        float[] weights = weights(rows * columns, 2);
        SecondOrderRounding.Steps steps = (row, column) -> 3.5f / high;
        int[] nearest = nearest(weights, columns, steps, -high, high);
        int[] rounded =
                SecondOrderRounding.of(gram, SecondOrderRounding.DAMPING).round(weights, rows, steps, -high, high);
        assertThat(java.util.Arrays.stream(rounded)).allMatch(integer -> Math.abs(integer) <= high);
        assertThat(SecondOrderRounding.outputError(weights, rounded, rows, steps, gram))
                .isLessThan(0.3 * SecondOrderRounding.outputError(weights, nearest, rows, steps, gram));
    }

    @Test
    void twoInputsThatAreOneRoundTogether() {
        // x1 = x0: only the sum of the weights counts, 0.4 + 0.4 = 0.8, and that is nearest to one
        var gram = new DMatrixRMaj(new double[][] {{100, 100}, {100, 100}});
        int[] rounded =
                SecondOrderRounding.of(gram, 1e-4).round(new float[] {0.4f, 0.4f}, 1, (row, column) -> 1, -8, 7);
        assertThat(rounded[0] + rounded[1]).isEqualTo(1);
    }

    @Test
    void inputsThatDoNotDependOnEachOtherRoundToTheNearest() {
        float[] weights = weights(30, 3);
        SecondOrderRounding.Steps steps = blockSteps();
        int[] rounded =
                SecondOrderRounding.of(CommonOps_DDRM.identity(10), 0.01).round(weights, 3, steps, 0, 15);
        assertThat(rounded).isEqualTo(nearest(weights, 10, steps, 0, 15));
    }

    @Test
    void inputsThatWereAlwaysZeroRoundToTheNearest() {
        float[] weights = weights(30, 4);
        SecondOrderRounding.Steps steps = blockSteps();
        assertThat(SecondOrderRounding.of(new DMatrixRMaj(10, 10), 0.01).round(weights, 3, steps, 0, 15))
                .isEqualTo(nearest(weights, 10, steps, 0, 15));
    }

    /** Four-bit steps with a zero point, two blocks of five inputs a row. */
    private static SecondOrderRounding.Steps blockSteps() {
        return new SecondOrderRounding.Steps() {
            @Override
            public float scale(int row, int column) {
                return (column < 5 ? 0.2f : 0.3f) + 0.05f * row;
            }

            @Override
            public float zero(int row, int column) {
                return column < 5 ? 8 : 7;
            }
        };
    }

    @Test
    void singularMomentsAreDampedUntilTheyCanBeSolved() {
        // fewer samples than inputs, and no damping asked for
        DMatrixRMaj gram = moments(60, 5, 5);
        float[] weights = weights(120, 6);
        SecondOrderRounding.Steps steps = (row, column) -> 0.5f;
        int[] rounded = SecondOrderRounding.of(gram, 0).round(weights, 2, steps, -7, 7);
        assertThat(SecondOrderRounding.outputError(weights, rounded, 2, steps, gram))
                .isLessThan(
                        SecondOrderRounding.outputError(weights, nearest(weights, 60, steps, -7, 7), 2, steps, gram));
    }

    @Test
    void groupsOfAConvolutionAreRoundedWithTheirOwnInputs() {
        Node conv = Node.of(
                "Conv",
                List.of("x", "w"),
                List.of("y"),
                Map.of("group", Attribute.of(4), "pads", Attribute.ofInts(1, 1, 1, 1)));
        Tensor weight = Samples.gaussian("w", Samples.random(7), 8, 1, 3, 3);
        Model model = Nets.net(13, new long[] {1, 4, 6, 6}, new long[] {1, 8, 6, 6}, List.of(weight), conv);
        Gram gram = new Studied(model, Samples.random(model, 8, 8), Nets.SESSIONS, Progress.NONE).gram(conv);
        WeightMatrix matrix = WeightMatrix.of(conv, Optional.of(weight)).orElseThrow();
        SecondOrderRounding.Steps steps = (row, column) -> 0.1f + 0.1f * row;
        int[] rounded = SecondOrderRounding.round(matrix, steps, -7, 7, gram, SecondOrderRounding.DAMPING);
        int[] nearest = nearest(matrix.values(), 9, steps, -7, 7);
        assertThat(rounded).isNotEqualTo(nearest);
        for (int i = 0; i < rounded.length; i++) {
            // what compensates stays near
            assertThat((double) rounded[i]).isCloseTo(nearest[i], within(2.0));
        }
    }
}
