package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rewrite keeps what the model computes, by ONNX Runtime. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class PassesTest {
    private static final RandomGenerator RANDOM = Samples.random(7);

    record Case(String name, Model model) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models/kws-dscnn/kws_dscnn.onnx",
                "models/resnet8-cifar10/resnet8.onnx",
                "models/har-motion/har_cnn1d.onnx",
                "models/mnist-cnn/mnist.onnx",
                "models/ultraface/version-slim-320.onnx",
                "mlperf-tiny/vww_float.onnx"
            })
    void eachPassKeepsRealModels(String file) {
        Model model = dev.skerry.model.ModelFile.read(dev.skerry.testing.SharedData.at(file));
        Sample sample = Samples.random(model, 1, 3).all().getFirst();
        Map<String, Tensor> expected = Nets.run(model, sample);
        assertThat(OpsetRaise.raise(model)).isInstanceOf(Preparation.Ready.class);
        Model raised = ((Preparation.Ready) OpsetRaise.raise(model)).model();
        assertSame(expected, Nets.run(raised, sample), "opset");
        Graph graph = raised.graph();
        for (Passes.Pass pass : Passes.ALL) {
            graph = pass.rewrite().apply(graph);
            assertSame(expected, Nets.run(raised.withGraph(graph), sample), pass.name());
        }
        Model simple = raised.withGraph(graph);
        for (Simplification.Step step : Simplification.ALL) {
            simple = step.rewrite().apply(simple);
            assertSame(expected, Nets.run(simple, sample), step.name());
        }
        assertThat(graph.nodes()).noneMatch(node -> node.is("BatchNormalization"));
        assertThat(graph.nodes()).noneMatch(node -> node.is("Constant"));
        assertThat(graph.inputs()).hasSize(model.graph().dataInputs().size());
    }

    static Stream<Case> oldOperators() {
        Map<String, Attribute> axes1 = Map.of("axes", Attribute.ofInts(1));
        long[] matrix = {3, 4};
        long[] image = {1, 2, 3, 4};
        return Stream.of(
                new Case("softmax as matrix", net(11, image, image, List.of(), node("Softmax", Map.of()))),
                new Case(
                        "softmax of last axis",
                        net(11, matrix, matrix, List.of(), node("Softmax", Map.of("axis", Attribute.of(1))))),
                new Case(
                        "log softmax of a middle axis",
                        net(9, image, image, List.of(), node("LogSoftmax", Map.of("axis", Attribute.of(2))))),
                new Case(
                        "clip both",
                        net(
                                7,
                                matrix,
                                matrix,
                                List.of(),
                                node("Clip", Map.of("min", Attribute.of(-0.5f), "max", Attribute.of(0.5f))))),
                new Case(
                        "clip above",
                        net(8, matrix, matrix, List.of(), node("Clip", Map.of("max", Attribute.of(0.2f))))),
                new Case("unsqueeze", net(9, matrix, new long[] {3, 1, 4}, List.of(), node("Unsqueeze", axes1))),
                new Case("squeeze", net(11, new long[] {3, 1, 4}, matrix, List.of(), node("Squeeze", axes1))),
                new Case("reduce sum", net(11, matrix, new long[] {3, 1}, List.of(), node("ReduceSum", axes1))),
                new Case(
                        "slice",
                        net(
                                9,
                                matrix,
                                new long[] {3, 2},
                                List.of(),
                                node(
                                        "Slice",
                                        Map.of(
                                                "axes",
                                                Attribute.ofInts(1),
                                                "starts",
                                                Attribute.ofInts(1),
                                                "ends",
                                                Attribute.ofInts(3))))),
                new Case(
                        "pad",
                        net(
                                10,
                                matrix,
                                new long[] {5, 5},
                                List.of(),
                                node(
                                        "Pad",
                                        Map.of("pads", Attribute.ofInts(1, 0, 1, 1), "value", Attribute.of(0.25f))))),
                new Case(
                        "split",
                        net(
                                11,
                                matrix,
                                new long[] {3, 1},
                                List.of(),
                                Node.of(
                                        "Split",
                                        List.of("x"),
                                        List.of("y", "rest"),
                                        Map.of("axis", Attribute.of(1), "split", Attribute.ofInts(1, 3))))),
                new Case(
                        "upsample",
                        net(
                                9,
                                image,
                                new long[] {1, 2, 6, 8},
                                List.of(Tensor.ofFloats("s", new long[] {4}, 1, 1, 2, 2)),
                                Node.of("Upsample", List.of("x", "s"), List.of("y")))),
                new Case(
                        "linear resize",
                        net(
                                10,
                                image,
                                new long[] {1, 2, 6, 8},
                                List.of(Tensor.ofFloats("s", new long[] {4}, 1, 1, 2, 2)),
                                Node.of(
                                        "Resize",
                                        List.of("x", "s"),
                                        List.of("y"),
                                        Map.of("mode", Attribute.of("linear"))))),
                new Case(
                        "top k",
                        net(
                                9,
                                matrix,
                                new long[] {3, 2},
                                List.of(),
                                Node.of("TopK", List.of("x"), List.of("y", "at"), Map.of("k", Attribute.of(2))))),
                new Case(
                        "dropout",
                        net(9, matrix, matrix, List.of(), node("Dropout", Map.of("ratio", Attribute.of(0.5f))))));
    }

    @ParameterizedTest
    @MethodSource
    void oldOperators(Case each) {
        Sample sample = Samples.random(each.model(), 1, 5).all().getFirst();
        Model raised = Nets.prepared(each.model());
        assertThat(raised.opset()).isEqualTo(13);
        assertSame(Nets.run(each.model(), sample), Nets.run(raised, sample), each.name());
    }

    static Stream<Case> batchNorms() {
        long[] image = {1, 4, 5, 5};
        return Stream.of(
                new Case(
                        "Conv",
                        batchNorm(image, new long[] {6, 4, 3, 3}, 6, new long[] {1, 6, 3, 3}, "Conv", Map.of())),
                new Case(
                        "Conv in groups",
                        batchNorm(
                                image,
                                new long[] {6, 2, 3, 3},
                                6,
                                new long[] {1, 6, 3, 3},
                                "Conv",
                                Map.of("group", Attribute.of(2)))),
                new Case(
                        "ConvTranspose in groups",
                        batchNorm(
                                image,
                                new long[] {4, 3, 3, 3},
                                6,
                                new long[] {1, 6, 7, 7},
                                "ConvTranspose",
                                Map.of("group", Attribute.of(2)))),
                new Case(
                        "Gemm",
                        batchNorm(new long[] {1, 8}, new long[] {8, 6}, 6, new long[] {1, 6}, "Gemm", Map.of())),
                new Case(
                        "Gemm with transB",
                        batchNorm(
                                new long[] {1, 8},
                                new long[] {6, 8},
                                6,
                                new long[] {1, 6},
                                "Gemm",
                                Map.of("transB", Attribute.of(1)))));
    }

    @ParameterizedTest
    @MethodSource
    void batchNorms(Case each) {
        Sample sample = Samples.random(each.model(), 1, 5).all().getFirst();
        Model folded = Nets.prepared(each.model());
        assertThat(folded.graph().nodes()).hasSize(1);
        assertSame(Nets.run(each.model(), sample), Nets.run(folded, sample), each.name());
    }

    @Test
    void batchNormStaysWhereItsInputHasAnotherReader() {
        Model shared = net(
                13,
                new long[] {1, 4, 5, 5},
                new long[] {1, 6, 3, 3},
                normWeights(6, new long[] {6, 4, 3, 3}),
                Node.of("Conv", List.of("x", "w"), List.of("c")),
                Node.of("BatchNormalization", List.of("c", "gamma", "beta", "mean", "var"), List.of("n")),
                Node.of("Add", List.of("c", "n"), List.of("y")));
        Sample sample = Samples.random(shared, 1, 5).all().getFirst();
        Model prepared = Nets.prepared(shared);
        assertThat(prepared.graph().nodes()).hasSize(3);
        assertSame(Nets.run(shared, sample), Nets.run(prepared, sample), "shared");
    }

    @Test
    void tooOldOperatorSetIsAnObstacleThatSaysSo() {
        Model old = net(6, new long[] {2, 2}, new long[] {2, 2}, List.of(), node("Relu", Map.of()));
        assertThat(Passes.prepare(old))
                .isInstanceOfSatisfying(
                        Preparation.Obstacle.class,
                        obstacle -> assertThat(obstacle.problem())
                                .extracting(Problem::code, Problem::why)
                                .containsExactly("compress.opset", "it is 6, and Skerry converts from 7 on"));
    }

    @Test
    void positionalBatchNormIsNamedAsTheObstacle() {
        Model model = net(
                7,
                new long[] {1, 4, 5, 5},
                new long[] {1, 4, 5, 5},
                normWeights(4, new long[] {1}),
                Node.of(
                                "BatchNormalization",
                                List.of("x", "gamma", "beta", "mean", "var"),
                                List.of("y"),
                                Map.of("spatial", Attribute.of(0)))
                        .withName("odd"));
        assertThat(Passes.prepare(model))
                .isInstanceOfSatisfying(
                        Preparation.Obstacle.class,
                        obstacle -> assertThat(obstacle.problem().where()).isEqualTo("odd"));
    }

    private static Node node(String op, Map<String, Attribute> attributes) {
        return Node.of(op, List.of("x"), List.of("y"), attributes);
    }

    private static Model batchNorm(
            long[] x, long[] w, int channels, long[] y, String op, Map<String, Attribute> attributes) {
        return net(
                13,
                x,
                y,
                normWeights(channels, w),
                Node.of(op, List.of("x", "w", "b"), List.of("c"), attributes),
                Node.of("BatchNormalization", List.of("c", "gamma", "beta", "mean", "var"), List.of("y")));
    }

    private static List<Tensor> normWeights(int channels, long[] w) {
        float[] variance = new float[channels];
        for (int i = 0; i < channels; i++) {
            variance[i] = 0.1f + RANDOM.nextFloat();
        }
        return List.of(
                Samples.gaussian("w", RANDOM, w),
                Samples.gaussian("b", RANDOM, channels),
                Samples.gaussian("gamma", RANDOM, channels),
                Samples.gaussian("beta", RANDOM, channels),
                Samples.gaussian("mean", RANDOM, channels),
                Tensor.ofFloats("var", new long[] {channels}, variance));
    }

    private static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> actual, String after) {
        expected.forEach((name, tensor) -> {
            Tensor other = actual.get(name);
            assertThat(other).as(after + ": " + name).isNotNull();
            assertThat(other.dims()).as(after + ": " + name).isEqualTo(tensor.dims());
            if (tensor.type() == DataType.FLOAT) {
                double scale = 1e-6;
                for (float value : tensor.toFloats()) {
                    scale = Math.max(scale, Math.abs(value));
                }
                for (int i = 0; i < tensor.elements(); i++) {
                    assertThat(Math.abs(other.valueAt(i) - tensor.valueAt(i)))
                            .as(after + ": " + name + "[" + i + "]")
                            .isLessThan(2e-5 * scale);
                }
            }
        });
    }
}
