package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The form with operators on integers against the QDQ form: the same outputs, in a smaller file. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class OperatorFormTest {
    private static final Set<String> CONVERSIONS = Set.of("QuantizeLinear", "DequantizeLinear");

    private static Studied studied(Model model, Samples samples) {
        var plain = new Studied(model, samples, Nets.SESSIONS, Progress.NONE);
        return plain.withSameValues(model.withGraph(
                DenseLayers.join(model.graph(), plain.calibration().ranks())));
    }

    private static Technique int8(ActivationScheme scheme) {
        return new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, scheme);
    }

    private static void assertSameOutputs(Model expected, Model actual, Samples samples) {
        for (Sample sample : samples.all()) {
            Nets.run(expected, sample)
                    .forEach((name, tensor) -> assertThat(
                                    Nets.run(actual, sample).get(name).toFloats())
                            .containsExactly(tensor.toFloats()));
        }
    }

    private static Map<String, Long> ops(Model model) {
        return model.graph().nodes().stream().collect(Collectors.groupingBy(Node::op, Collectors.counting()));
    }

    static Stream<QuantizerTest.Case> layers() {
        return QuantizerTest.layers();
    }

    @ParameterizedTest
    @MethodSource("layers")
    void layersComputeExactlyWhatTheirQdqFormDoes(QuantizerTest.Case each) {
        Samples samples = Samples.random(each.model(), 8, 5);
        Studied studied = studied(each.model(), samples);
        Rewritten qdq = Recipe.of(int8(ActivationScheme.U8S8_REDUCED)).make(studied);
        Rewritten made = Recipe.of(int8(ActivationScheme.U8S8_REDUCED), new OperatorForm())
                .make(studied);
        assertThat(ops(made.model()))
                .doesNotContainKeys("Conv", "Gemm", "MatMul", "Add", "Concat", "GlobalAveragePool");
        assertThat(made.keptFloat()).isEqualTo(qdq.keptFloat());
        assertThat(made.changed()).isEqualTo(qdq.changed());
        assertThat(ModelFile.bytes(made.model()).length).isLessThan(ModelFile.bytes(qdq.model()).length);
        assertSameOutputs(qdq.model(), made.model(), samples);
    }

    @ParameterizedTest
    @EnumSource(ActivationScheme.class)
    void realModelsAreTheSameInEveryScheme(ActivationScheme scheme) {
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        Samples samples = Samples.recorded("kws-dscnn", "calibration", model, 4);
        Studied studied = studied(model, samples);
        Model qdq = Recipe.of(int8(scheme)).make(studied).model();
        Model made = Recipe.of(int8(scheme), new OperatorForm()).make(studied).model();
        if (scheme != ActivationScheme.S8S8 && !scheme.saturatesOn(DeviceProbe.probe())) {
            assertSameOutputs(qdq, made, samples);
        }
        if (scheme != ActivationScheme.U8S8) {
            // ONNX Runtime on x86 turns a QDQ model of S8S8 into U8S8, which saturates; operators stay what they are
            assertThat(Sqnr.decibel(asWritten(qdq, samples), asWritten(made, samples)))
                    .isGreaterThan(60);
        }
    }

    private static float[] asWritten(Model model, Samples samples) {
        SessionOptions plain = SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);
        var all = new ArrayList<Float>();
        try (Session session = Nets.RUNTIME.open(ModelFile.bytes(model), "as written", plain)) {
            for (Sample sample : samples.all()) {
                for (float value : session.infer(sample.inputs())
                        .values()
                        .iterator()
                        .next()
                        .toFloats()) {
                    all.add(value);
                }
            }
        }
        float[] values = new float[all.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = all.get(i);
        }
        return values;
    }

    @Test
    void resnetKeepsConversionsAtItsEndsOnly() {
        Model model = Nets.prepared(Samples.model("resnet8-cifar10/resnet8.onnx"));
        Samples samples = Samples.recorded("resnet8-cifar10", "calibration", model, 4);
        Studied studied = studied(model, samples);
        Model qdq = Recipe.of(int8(ActivationScheme.U8S8_REDUCED)).make(studied).model();
        Rewritten made = Recipe.of(int8(ActivationScheme.U8S8_REDUCED), new OperatorForm())
                .make(studied);
        assertSameOutputs(qdq, made.model(), samples);
        long conversions = made.model().graph().nodes().stream()
                .filter(node -> CONVERSIONS.contains(node.op()))
                .count();
        assertThat(conversions).isLessThanOrEqualTo(3);
        assertThat(ops(made.model())).containsEntry("QLinearConv", 9L).containsEntry("QLinearAdd", 3L);
        assertThat(ModelFile.bytes(made.model()).length).isLessThan(ModelFile.bytes(qdq).length * 97 / 100);
    }

    @Test
    void whatHasNoOperatorOnIntegersKeepsItsConversionsAndIsNamed() {
        Tensor zero = Tensor.ofBytes("z", DataType.UINT8, new long[0], (byte) 128);
        Model model = Nets.net(
                19,
                new long[] {1, 4},
                new long[] {1, 4},
                List.of(Tensor.ofFloats("s", new long[0], 0.01f), zero),
                Node.of("QuantizeLinear", List.of("x", "s", "z"), List.of("xq")),
                Node.of("DequantizeLinear", List.of("xq", "s", "z"), List.of("xd")),
                Node.of("Tanh", List.of("xd"), List.of("t")),
                Node.of("QuantizeLinear", List.of("t", "s", "z"), List.of("tq")),
                Node.of("DequantizeLinear", List.of("tq", "s", "z"), List.of("y")));
        Rewritten made = new OperatorForm().apply(studied(model, Samples.random(model, 1, 5)));
        assertThat(made.model()).isEqualTo(model);
        assertThat(made.keptFloat())
                .containsExactly(new CompressionReport.KeptFloat(
                        "Tanh_t", "Tanh", "no operator on integers: its conversions stay (QDQ)"));
    }

    @Test
    void layersInsideBranchesAreRewrittenToo() {
        Model model = Int4Test.branched();
        Samples samples = Samples.random(model, 4, 5);
        Studied studied = studied(model, samples);
        Model qdq = Recipe.of(int8(ActivationScheme.U8S8_REDUCED)).make(studied).model();
        Model made = Recipe.of(int8(ActivationScheme.U8S8_REDUCED), new OperatorForm())
                .make(studied)
                .model();
        List<String> inside = Subgraphs.all(made.graph()).stream()
                .filter(graph -> graph.name().equals("t"))
                .flatMap(graph -> graph.nodes().stream())
                .map(Node::op)
                .toList();
        assertThat(inside).contains("QLinearMatMul", "MatMulIntegerToFloat").doesNotContain("MatMul");
        assertSameOutputs(qdq, made, samples);
    }
}
