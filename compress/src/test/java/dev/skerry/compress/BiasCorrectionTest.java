package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the mean of what layers make is that of the float model again, and that this makes outputs truer. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class BiasCorrectionTest {
    private static final Sessions LITERAL = Nets.SESSIONS.literal();

    private static Studied studied(Model model, Samples samples) {
        return new Studied(model, samples, LITERAL, Progress.NONE);
    }

    private static double sqnr(Model reference, Model other, Samples samples) {
        var ratio = new Sqnr();
        for (Sample sample : samples.all()) {
            ratio.add(
                    Nets.runLiterally(reference, sample).get("y").toFloats(),
                    Nets.runLiterally(other, sample).get("y").toFloats());
        }
        return ratio.decibel();
    }

    /** Largest distance of a channel's mean from the float model's. */
    private static double shift(Model reference, Model other, String value, Samples samples) {
        var expected = ChannelStatistics.gather(reference, Map.of(value, true), studied(reference, samples))
                .of(value)
                .orElseThrow();
        var actual = ChannelStatistics.gather(other, Map.of(value, true), studied(other, samples))
                .of(value)
                .orElseThrow();
        double largest = 0;
        for (int i = 0; i < expected.size(); i++) {
            largest = Math.max(largest, Math.abs(expected.mean(i) - actual.mean(i)));
        }
        return largest;
    }

    private static StaticInt8 perTensor() {
        return new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, Nets.SCHEME).perTensor();
    }

    static Stream<Technique> quantizers() {
        return Stream.of(
                perTensor(),
                new StaticInt8(Scope.all(Set.of()), RangeMethod.MSE, ActivationScheme.TFLITE),
                new WeightInt8(Set.of()),
                new Int4(Scope.layers(Set.of()), 16, true, BlockFit.RTN, BlockForm.MATMUL_NBITS, 0),
                new Int4(Scope.layers(Set.of()), 16, false, BlockFit.RTN, BlockForm.DEQUANTIZE, 0));
    }

    /** Convolution, and two dense layers, one of them without a bias; large enough for weights to be worth storing in few bits. */
    private static Model net() {
        RandomGenerator random = Samples.random(21);
        return Nets.net(
                21,
                new long[] {1, 4, 8, 8},
                new long[] {1, 16},
                List.of(
                        Samples.gaussian("w1", random, 32, 4, 3, 3),
                        Samples.gaussian("b1", random, 32),
                        Samples.gaussian("w2", random, 32, 64),
                        Samples.gaussian("b2", random, 64),
                        Samples.gaussian("w3", random, 64, 16)),
                Node.of("Conv", List.of("x", "w1", "b1"), List.of("c")),
                Node.of("Relu", List.of("c"), List.of("a")),
                Node.of("GlobalAveragePool", List.of("a"), List.of("p")),
                Node.of("Flatten", List.of("p"), List.of("f")),
                Node.of("Gemm", List.of("f", "w2", "b2"), List.of("g")),
                Node.of("Relu", List.of("g"), List.of("h")),
                Node.of("Gemm", List.of("h", "w3"), List.of("y")));
    }

    @ParameterizedTest
    @MethodSource("quantizers")
    void meansAreThoseOfTheFloatModelAgain(Technique quantizer) {
        Model model = net();
        Samples samples = Samples.random(model, 64, 22);
        Rewritten plain = quantizer.apply(studied(model, samples));
        Rewritten corrected = BiasCorrection.of(quantizer).apply(studied(model, samples));
        assertThat(plain.changed()).isNotEmpty();
        assertThat(corrected.changed()).isEqualTo(plain.changed());
        assertThat(corrected.integerNodes()).isEqualTo(plain.integerNodes());
        double before = shift(model, plain.model(), "y", samples);
        // what is left is the rounding of the last bias and, for INT8, of the output
        assertThat(shift(model, corrected.model(), "y", samples)).isLessThan(0.25 * before);
        assertThat(sqnr(model, corrected.model(), samples)).isGreaterThan(sqnr(model, plain.model(), samples));
    }

    @Test
    void biasesStayIntegersOfTheSumsSteps() {
        Model model = net();
        Samples samples = Samples.random(model, 16, 23);
        Model corrected =
                BiasCorrection.of(perTensor()).apply(studied(model, samples)).model();
        Map<String, Tensor> constants = corrected.graph().initializers();
        long biases = corrected.graph().nodes().stream()
                .filter(node -> node.is("DequantizeLinear"))
                .filter(node -> constants.containsKey(node.input(0))
                        && constants.get(node.input(0)).type() == DataType.INT32)
                .count();
        assertThat(biases).isEqualTo(3);
        assertThat(Nets.optimizedOps(corrected, samples.all().getFirst()))
                .contains("QLinearConv", "QGemm")
                .doesNotContain("Conv", "FusedConv", "Gemm");
    }

    @Test
    void aMatMulIsCorrectedByTheConstantAfterIt() {
        RandomGenerator random = Samples.random(24);
        Model model = Nets.net(
                13,
                new long[] {2, 3, 32},
                new long[] {2, 3, 32},
                List.of(Samples.gaussian("w", random, 32, 32), Samples.gaussian("b", random, 32)),
                Node.of("MatMul", List.of("x", "w"), List.of("m")),
                Node.of("Add", List.of("m", "b"), List.of("s")),
                Node.of("Tanh", List.of("s"), List.of("y")));
        Samples samples = Samples.random(model, 32, 25);
        Samples shifted = new Samples(samples.all().stream()
                .map(sample -> new Sample(
                        sample.id(), Map.of("x", plusOne(sample.inputs().get("x"))), sample.label(), false))
                .toList());
        StaticInt8 int8 = perTensor();
        Model plain = int8.apply(studied(model, shifted)).model();
        Model corrected = BiasCorrection.of(int8).apply(studied(model, shifted)).model();
        assertThat(shift(model, corrected, "s", shifted)).isLessThan(0.1 * shift(model, plain, "s", shifted));
    }

    private static Tensor plusOne(Tensor tensor) {
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] += 1;
        }
        return Tensor.ofFloats(tensor.name(), tensor.dims(), values);
    }

    @Test
    void equalizationComesBefore() {
        Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> BiasCorrection.of(new Equalize(), perTensor()));
    }
}
