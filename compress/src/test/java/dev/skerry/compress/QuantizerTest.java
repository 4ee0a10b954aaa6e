package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** That quantized models compute nearly the same, and that ONNX Runtime really runs them in integers. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class QuantizerTest {
    private static final RandomGenerator RANDOM = Samples.random(11);

    record Case(String name, Model model, Set<String> expectedOps) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Quantizer.Quantized quantize(Model prepared, Samples samples, Scope scope, ActivationScheme scheme) {
        Calibration calibration = Calibration.run(prepared, samples, Nets.SESSIONS, Progress.NONE);
        Model joined = prepared.withGraph(DenseLayers.join(prepared.graph(), calibration.ranks()));
        return Quantizer.quantize(joined, scope, calibration.ranges(RangeMethod.MINMAX), scheme);
    }

    private static double sqnr(Model reference, Model other, Samples samples) {
        var ratio = new Sqnr();
        samples.all()
                .forEach(sample -> Nets.run(reference, sample)
                        .forEach((name, tensor) -> ratio.add(
                                tensor.toFloats(),
                                Nets.runLiterally(other, sample).get(name).toFloats())));
        return ratio.decibel();
    }

    static Stream<Case> layers() {
        long[] image = {1, 4, 6, 6};
        Tensor w = Samples.gaussian("w", RANDOM, 6, 4, 3, 3);
        Tensor b = Samples.gaussian("b", RANDOM, 6);
        Node conv = Node.of("Conv", List.of("x", "w", "b"), List.of("c"));
        return Stream.of(
                new Case(
                        "Conv, Relu",
                        net(
                                13,
                                image,
                                new long[] {1, 6, 4, 4},
                                List.of(w, b),
                                conv,
                                Node.of("Relu", List.of("c"), List.of("y"))),
                        Set.of("QLinearConv")),
                new Case(
                        "Conv, Clip to 0 and 6, as MobileNet has it",
                        net(
                                13,
                                image,
                                new long[] {1, 6, 4, 4},
                                List.of(
                                        w,
                                        b,
                                        Tensor.ofFloats("low", new long[0], 0),
                                        Tensor.ofFloats("high", new long[0], 6)),
                                conv,
                                Node.of("Clip", List.of("c", "low", "high"), List.of("y"))),
                        Set.of("QLinearConv")),
                new Case(
                        "Conv of a sequence",
                        net(
                                13,
                                new long[] {1, 4, 20},
                                new long[] {1, 6, 18},
                                List.of(Samples.gaussian("w", RANDOM, 6, 4, 3), b),
                                Node.of("Conv", List.of("x", "w", "b"), List.of("y"))),
                        Set.of("QLinearConv")),
                new Case(
                        "Gemm",
                        net(
                                13,
                                new long[] {2, 8},
                                new long[] {2, 6},
                                List.of(Samples.gaussian("w", RANDOM, 8, 6), b),
                                Node.of("Gemm", List.of("x", "w", "b"), List.of("y"))),
                        Set.of("QGemm")),
                new Case(
                        "Gemm with transB",
                        net(
                                13,
                                new long[] {2, 8},
                                new long[] {2, 6},
                                List.of(Samples.gaussian("w", RANDOM, 6, 8), b),
                                Node.of(
                                        "Gemm",
                                        List.of("x", "w", "b"),
                                        List.of("y"),
                                        Map.of("transB", Attribute.of(1)))),
                        Set.of("QGemm")),
                new Case(
                        "MatMul",
                        net(
                                13,
                                new long[] {2, 3, 8},
                                new long[] {2, 3, 6},
                                List.of(Samples.gaussian("w", RANDOM, 8, 6)),
                                Node.of("MatMul", List.of("x", "w"), List.of("y"))),
                        Set.of("MatMulIntegerToFloat")),
                new Case(
                        "residual block",
                        net(
                                13,
                                image,
                                new long[] {1, 4, 6, 6},
                                List.of(
                                        Samples.gaussian("w1", RANDOM, 4, 4, 3, 3),
                                        Samples.gaussian("w2", RANDOM, 4, 4, 3, 3)),
                                conv("x", "w1", "a"),
                                Node.of("Relu", List.of("a"), List.of("r")),
                                conv("r", "w2", "d"),
                                Node.of("Add", List.of("r", "d"), List.of("s")),
                                Node.of("Relu", List.of("s"), List.of("t")),
                                conv("t", "w1", "y")),
                        Set.of("QLinearConv", "QLinearAdd")),
                new Case(
                        "pools, concatenation, shapes",
                        net(
                                13,
                                image,
                                new long[] {1, 3},
                                List.of(
                                        Samples.gaussian("w1", RANDOM, 4, 4, 3, 3),
                                        Samples.gaussian("w2", RANDOM, 4, 4, 3, 3),
                                        Samples.gaussian("w3", RANDOM, 8, 3)),
                                conv("x", "w1", "a"),
                                conv("x", "w2", "d"),
                                Node.of("Concat", List.of("a", "d"), List.of("e"), Map.of("axis", Attribute.of(1))),
                                Node.of(
                                        "MaxPool",
                                        List.of("e"),
                                        List.of("f"),
                                        Map.of("kernel_shape", Attribute.ofInts(2, 2))),
                                Node.of("GlobalAveragePool", List.of("f"), List.of("g")),
                                Node.of("Flatten", List.of("g"), List.of("h")),
                                Node.of("Gemm", List.of("h", "w3"), List.of("y"))),
                        Set.of("QLinearConv", "QLinearConcat", "QLinearGlobalAveragePool", "QGemm")));
    }

    private static Node conv(String from, String weight, String to) {
        return Node.of("Conv", List.of(from, weight), List.of(to), Map.of("pads", Attribute.ofInts(1, 1, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void layersRunInIntegersAndKeepTheirSignal(Case each) {
        Samples samples = Samples.random(each.model(), 8, 5);
        Quantizer.Quantized quantized = quantize(each.model(), samples, Scope.all(Set.of()), ActivationScheme.U8S8);
        List<String> ops = Nets.optimizedOps(quantized.model(), samples.all().getFirst());
        assertThat(ops).containsAll(each.expectedOps());
        assertThat(ops).doesNotContain("Conv", "Gemm", "MatMul", "Add", "Relu", "Clip", "FusedConv", "Concat");
        assertThat(sqnr(each.model(), quantized.model(), samples)).isGreaterThan(28);
        Model brief =
                quantized.model().withGraph(ShortNames.shorten(quantized.model().graph()));
        for (Sample sample : samples.all()) {
            assertThat(Nets.run(brief, sample).values().iterator().next().toFloats())
                    .isEqualTo(Nets.run(quantized.model(), sample)
                            .values()
                            .iterator()
                            .next()
                            .toFloats());
        }
    }

    @ParameterizedTest
    @EnumSource(ActivationScheme.class)
    void allSchemesKeepDecisionsOfARealModel(ActivationScheme scheme) {
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        Samples samples = Samples.recorded("kws-dscnn", "calibration", model, 60);
        Quantizer.Quantized quantized = quantize(model, samples, Scope.all(Set.of()), scheme);
        Set<DataType> types = new HashSet<>();
        quantized.model().graph().initializers().values().forEach(tensor -> types.add(tensor.type()));
        assertThat(types).contains(scheme.activationType(), scheme.weightType(), DataType.INT32);
        assertThat(sqnr(model, quantized.model(), samples)).isGreaterThan(20);
    }

    @Test
    void sevenBitWeightsStayWithinSixtyThree() {
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        Samples samples = Samples.recorded("kws-dscnn", "calibration", model, 8);
        Model reduced = quantize(model, samples, Scope.all(Set.of()), ActivationScheme.U8S8_REDUCED)
                .model();
        for (Tensor tensor : reduced.graph().initializers().values()) {
            for (int i = 0; tensor.type() == DataType.INT8 && i < tensor.elements(); i++) {
                assertThat(tensor.longAt(i)).isBetween(-63L, 63L);
            }
        }
    }

    @Test
    void realModelsRunInIntegersFromInputToLogits() {
        Model model = Nets.prepared(Samples.model("resnet8-cifar10/resnet8.onnx"));
        Samples samples = Samples.recorded("resnet8-cifar10", "calibration", model, 8);
        Quantizer.Quantized quantized = quantize(model, samples, Scope.all(Set.of()), ActivationScheme.U8S8);
        List<String> ops = Nets.optimizedOps(quantized.model(), samples.all().getFirst());
        assertThat(ops.stream().filter("QLinearConv"::equals)).hasSize(9);
        assertThat(ops.stream().filter("QLinearAdd"::equals)).hasSize(3);
        assertThat(ops)
                .contains("QGemm", "QLinearAveragePool")
                .doesNotContain("DequantizeLinear", "Conv", "Add", "Relu");
    }

    @Test
    void aDeadChannelWithALargeBiasDoesNotOverflow() {
        // batch norm folding leaves such channels: weights near zero, and all of the output in the bias
        float[] weights = new float[2 * 4];
        for (int i = 0; i < 4; i++) {
            weights[i] = 0.5f - i * 0.2f;
            weights[4 + i] = 1e-12f;
        }
        Model model = net(
                13,
                new long[] {1, 4, 3, 3},
                new long[] {1, 2, 3, 3},
                List.of(
                        Tensor.ofFloats("w", new long[] {2, 4, 1, 1}, weights),
                        Tensor.ofFloats("b", new long[] {2}, 0.1f, 5)),
                Node.of("Conv", List.of("x", "w", "b"), List.of("y")));
        Samples samples = Samples.random(model, 8, 5);
        Quantizer.Quantized quantized = quantize(model, samples, Scope.all(Set.of()), ActivationScheme.U8S8);
        assertThat(sqnr(model, quantized.model(), samples)).isGreaterThan(35);
    }

    @Test
    void arithmeticThatLeadsToFloatStaysFloat() {
        Model model = net(
                13,
                new long[] {1, 8},
                new long[] {1, 6},
                List.of(Samples.gaussian("w", RANDOM, 8, 6), Samples.gaussian("b", RANDOM, 6)),
                Node.of("MatMul", List.of("x", "w"), List.of("m")),
                Node.of("Add", List.of("m", "b"), List.of("a")),
                Node.of("Mul", List.of("a", "a"), List.of("s")),
                Node.of("Tanh", List.of("s"), List.of("y")));
        Samples samples = Samples.random(model, 8, 5);
        Quantizer.Quantized quantized = quantize(model, samples, Scope.all(Set.of()), ActivationScheme.U8S8);
        assertThat(quantized.integerNodes()).isEqualTo(1);
        assertThat(Nets.optimizedOps(quantized.model(), samples.all().getFirst()))
                .contains("QGemm")
                .doesNotContain("QLinearMul", "QLinearAdd", "Add");
    }

    @Test
    void nodesThatTheUserNamesStayFloat() {
        Model model = Nets.prepared(Samples.model("resnet8-cifar10/resnet8.onnx"));
        Samples samples = Samples.recorded("resnet8-cifar10", "calibration", model, 8);
        String first = model.graph().nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow()
                .label();
        Quantizer.Quantized quantized = quantize(model, samples, Scope.all(Set.of(first)), ActivationScheme.U8S8);
        assertThat(quantized.layers()).isEqualTo(9);
        assertThat(Nets.optimizedOps(quantized.model(), samples.all().getFirst()))
                .containsAnyOf("Conv", "FusedConv");
    }
}
