package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What integers stand for: one scale or many, zero in the middle, and what microcontroller kernels ask for. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class IntegerFormTest {
    private static final StaticInt8 PLAIN =
            new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, ActivationScheme.U8S8_REDUCED);

    private static StaticInt8 with(ActivationScheme scheme) {
        return new StaticInt8(PLAIN.scope(), PLAIN.ranges(), scheme);
    }

    private static Model resnet() {
        Model model = Nets.prepared(Samples.model("resnet8-cifar10/resnet8.onnx"));
        Samples samples = Samples.recorded("resnet8-cifar10", "calibration", model, 1);
        Calibration calibration = Calibration.run(model, samples, Nets.SESSIONS, Progress.NONE);
        return model.withGraph(DenseLayers.join(model.graph(), calibration.ranks()));
    }

    private static Studied studied(Model model) {
        return new Studied(
                model, Samples.recorded("resnet8-cifar10", "calibration", model, 24), Nets.SESSIONS, Progress.NONE);
    }

    private static double sqnr(Studied reference, Model other) {
        var ratio = new Sqnr();
        // kernels whose 16-bit sums saturate would tell of the machine, not of the model
        SessionOptions plain = SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);
        try (var one = Nets.RUNTIME.open(ModelFile.bytes(reference.model()), "float", plain);
                var two = Nets.RUNTIME.open(ModelFile.bytes(other), "quantized", plain)) {
            reference.samples().forEach(sample -> {
                Map<String, Tensor> actual = two.infer(sample.inputs());
                one.infer(sample.inputs())
                        .forEach((name, tensor) ->
                                ratio.add(tensor.toFloats(), actual.get(name).toFloats()));
            });
        }
        return ratio.decibel();
    }

    private static Tensor scaleOf(Model model, Node dequantize) {
        return model.graph().initializers().get(dequantize.input(1));
    }

    private static List<Node> dequantizers(Model model) {
        return model.graph().nodes().stream()
                .filter(node -> node.is("DequantizeLinear"))
                .toList();
    }

    private static List<String> ops(Studied studied, Model model) {
        return Nets.optimizedOps(model, studied.samples().iterator().next());
    }

    @Test
    void oneScalePerLayerRunsInIntegersToo() {
        Studied studied = studied(resnet());
        Model model = PLAIN.perTensor().apply(studied).model();
        assertThat(dequantizers(model)).allMatch(node -> scaleOf(model, node).elements() == 1);
        assertThat(ops(studied, model).stream().filter("QLinearConv"::equals)).hasSize(9);
        assertThat(ops(studied, model)).contains("QGemm").doesNotContain("Conv", "Gemm", "DequantizeLinear");
        double perChannel = sqnr(studied, PLAIN.apply(studied).model());
        assertThat(sqnr(studied, model)).isBetween(10.0, perChannel);
    }

    @Test
    void symmetricActivationsHaveTheirZeroInTheMiddle() {
        Studied studied = studied(resnet());
        Model signed =
                with(ActivationScheme.S8S8).symmetrically().apply(studied).model();
        assertThat(dequantizers(signed)).allMatch(node -> zeroOf(signed, node) == 0);
        // what comes before and after a cut is quantized, so that the addition after it is too
        assertThat(signed.graph().nodes().stream()
                        .filter(node -> node.is("Add"))
                        .allMatch(node -> node.inputs().stream().allMatch(input -> isDequantized(signed, input))))
                .isTrue();
        assertThat(sqnr(studied, signed)).isGreaterThan(8);

        Model unsigned = PLAIN.symmetrically().apply(studied).model();
        assertThat(dequantizers(unsigned)).allMatch(node -> Set.of(0L, 128L).contains(zeroOf(unsigned, node)));
        // nothing is left to cut where zero is the lowest integer
        assertThat(ops(studied, unsigned)).doesNotContain("Conv", "Relu", "FusedConv");
        assertThat(sqnr(studied, unsigned)).isGreaterThan(15);
    }

    private static long zeroOf(Model model, Node dequantize) {
        Tensor zero = model.graph().initializers().get(dequantize.input(2));
        return zero == null ? 0 : zero.type() == DataType.UINT8 ? zero.longAt(0) & 0xff : zero.longAt(0);
    }

    @Test
    void theMicrocontrollerFormIsAsItsKernelsWantIt() {
        var random = Samples.random(3);
        Model model = net(
                13,
                new long[] {1, 4, 8, 8},
                new long[] {1, 3},
                List.of(
                        Samples.gaussian("w1", random, 4, 4, 3, 3),
                        Samples.gaussian("w2", random, 4, 4, 1, 1),
                        Samples.gaussian("w3", random, 8, 3),
                        Samples.gaussian("b1", random, 4),
                        Samples.gaussian("b3", random, 3)),
                Node.of("Conv", List.of("x", "w1", "b1"), List.of("a"), Map.of("pads", Attribute.ofInts(1, 1, 1, 1))),
                Node.of("Conv", List.of("x", "w2"), List.of("b")),
                Node.of("Concat", List.of("a", "b"), List.of("c"), Map.of("axis", Attribute.of(1))),
                Node.of("GlobalAveragePool", List.of("c"), List.of("d")),
                Node.of("Flatten", List.of("d"), List.of("e")),
                Node.of("Gemm", List.of("e", "w3", "b3"), List.of("f")),
                Node.of("Softmax", List.of("f"), List.of("y")));
        var studied = new Studied(model, Samples.random(model, 16, 4), Nets.SESSIONS, Progress.NONE);
        Model made = with(ActivationScheme.TFLITE).apply(studied).model();
        var initializers = made.graph().initializers();
        // the gemm's weights have one scale, those of the convolutions one per channel, with zero at 0
        assertThat(initializers.get("w3_q_s").elements()).isEqualTo(1);
        assertThat(initializers.get("w1_q_s").elements()).isEqualTo(4);
        assertThat(initializers.get("w1_q").type()).isEqualTo(DataType.INT8);
        assertThat(initializers.get("b1_q").type()).isEqualTo(DataType.INT32);
        float input = scaleOf(made, reading(made, "x_d")).toFloats()[0];
        for (int i = 0; i < 4; i++) {
            assertThat(initializers.get("b1_q_s").toFloats()[i])
                    .isEqualTo(input * initializers.get("w1_q_s").toFloats()[i]);
        }
        // all that the concatenation and the pool touch is in one scale
        float shared = scaleOf(made, reading(made, "a")).toFloats()[0];
        long zero = zeroOf(made, reading(made, "a"));
        for (String value : List.of("b", "c", "d", "e")) {
            assertThat(scaleOf(made, reading(made, value)).toFloats()[0]).isEqualTo(shared);
            assertThat(zeroOf(made, reading(made, value))).isEqualTo(zero);
        }
        assertThat(dequantizers(made).stream()
                        .filter(node -> scaleOf(made, node).toFloats()[0] == 1f / 256))
                .allMatch(node -> zeroOf(made, node) == -128);
        assertThat(sqnr(studied, made)).isGreaterThan(20);
    }

    @ParameterizedTest
    @EnumSource(ActivationScheme.class)
    void chainsRunInIntegersInAllForms(ActivationScheme scheme) {
        // ONNX Runtime on x86 turns INT8 activations into UINT8 only where one node reads them, so this takes a chain
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        var studied = new Studied(
                model, Samples.recorded("kws-dscnn", "calibration", model, 16), Nets.SESSIONS, Progress.NONE);
        long layers =
                model.graph().nodes().stream().filter(node -> node.is("Conv")).count();
        Model made = with(scheme).apply(studied).model();
        assertThat(ops(studied, made).stream().filter("QLinearConv"::equals)).hasSize((int) layers);
        assertThat(ops(studied, made)).doesNotContain("Conv", "FusedConv", "Relu");
    }

    private static boolean isDequantized(Model model, String value) {
        return dequantizers(model).stream().anyMatch(node -> node.output(0).equals(value));
    }

    private static Node reading(Model model, String value) {
        return dequantizers(model).stream()
                .filter(node -> node.output(0).equals(value))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void learnedRoundingIsNearerToTheFloatModel() {
        Studied studied = studied(resnet());
        // where steps are coarse, what a weight is rounded to matters most
        double nearest = sqnr(studied, PLAIN.perTensor().apply(studied).model());
        double learned = sqnr(
                studied,
                PLAIN.perTensor().rounding(Rounding.SECOND_ORDER).apply(studied).model());
        assertThat(learned).isGreaterThan(nearest + 0.5);
    }

    @Test
    void labelsTellWhatDiffersFromTheUsual() {
        assertThat(PLAIN.label()).isEqualTo("int8-all-minmax");
        assertThat(PLAIN.perTensor()
                        .symmetrically()
                        .rounding(Rounding.SECOND_ORDER)
                        .label())
                .isEqualTo("int8-all-minmax-tensor-sym-gptq");
        assertThat(with(ActivationScheme.TFLITE).label()).isEqualTo("int8-all-minmax-tflite");
    }
}
