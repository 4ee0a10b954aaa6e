package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each simplification keeps what the model computes, by ONNX Runtime, and leaves alone what only looks alike. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SimplificationTest {
    private static final RandomGenerator RANDOM = Samples.random(17);
    private static final int KINDS = 5;
    private static final int WIDTH = 3;

    @Test
    void aOneHotCodeTimesAMatrixIsLookedUpWithWhatFollows() {
        Model model = oneHot(
                List.of("y"),
                node("Add", "product", "bias", "sum"),
                node("Tanh", "sum", "bent"),
                node("Mul", "bent", "half", "y"));

        Model folded = Simplification.of(model);

        assertThat(ops(folded)).containsExactlyInAnyOrder("Squeeze", "Clip", "Gather");
        assertSame(model, folded, codes(0, 4, 2, 1, 3, 0), 1e-6);
    }

    @Test
    void codesOutsideTheKindsStillGiveZeros() {
        Model model = oneHot(List.of("y"), node("Add", "product", "bias", "y"));

        assertSame(model, Simplification.of(model), codes(-1, 5, 100, -7, Integer.MAX_VALUE, Integer.MIN_VALUE), 0);
    }

    @Test
    void whatIsReadInTheMiddleOfAChainIsStillThere() {
        Model model = oneHot(List.of("y", "sum"), node("Add", "product", "bias", "sum"), node("Tanh", "sum", "y"));

        Model folded = Simplification.of(model);

        assertThat(ops(folded)).containsExactlyInAnyOrder("Squeeze", "Clip", "Gather", "Tanh");
        assertSame(model, folded, codes(0, 4, 2, 1, 3, 9), 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.125, true", "1, 0.12, false", "2, 0.0625, true"})
    void aNormalizationWithOnePassIsJoined(int axis, float factor, boolean isOne) {
        Model model = onePassNormalization(axis, factor);

        Model joined = Simplification.of(model);

        assertThat(ops(joined).contains("InstanceNormalization")).isEqualTo(isOne);
        assertThat(ops(joined).contains("ReduceSum")).isEqualTo(!isOne);
        assertSame(model, joined, Samples.random(model, 1, 5).all().getFirst(), 1e-4);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-6, -2, 0, 4})
    void theMaximumOfAnActivationTakesTheActivationOfTwoNumbers(double shift) {
        for (Model model : List.of(silu(pool()), silu(reduction(1)), silu(reduction(0)), erfGelu(pool()))) {
            Model simple = Simplification.of(model);

            assertThat(ops(simple)).contains("ReduceMax", "ReduceMin").doesNotContain("GlobalMaxPool");
            assertSame(model, simple, shifted(model, shift), 1e-6);
        }
    }

    @Test
    void theMaximumOfWhatRisesTakesOneNumber() {
        Model model = net(
                13,
                new long[] {1, 4, 9},
                new long[] {1, 4, 1},
                List.of(scalar("two", 2)),
                node("Mul", "x", "two", "x2"),
                node("Tanh", "x2", "t"),
                pool());

        Model simple = Simplification.of(model);

        assertThat(ops(simple)).containsExactly("GlobalMaxPool", "Mul", "Tanh");
        assertSame(model, simple, shifted(model, 0), 1e-6);
    }

    @Test
    void theMaximumOfWhatRisesAndFallsAndRisesStays() {
        Model model = net(
                13,
                new long[] {1, 4, 9},
                new long[] {1, 4, 1},
                List.of(),
                node("Mul", "x", "x", "x2"),
                node("Mul", "x2", "x", "x3"),
                node("Sub", "x3", "x", "t"),
                pool());

        assertThat(ops(Simplification.of(model))).containsExactly("Mul", "Mul", "Sub", "GlobalMaxPool");
    }

    @Test
    void stepsThatDoNothingGoAndOthersStay() {
        Model model = net(
                13,
                new long[] {1, 4, 6},
                new long[] {1, 3, 6},
                List.of(
                        longs("start", 0, 0),
                        longs("all", Integer.MAX_VALUE, 6),
                        longs("three", 3),
                        longs("zero", 0),
                        longs("one", 1),
                        longs("shape", 1, 4, 6)),
                node("Slice", "x", "start", "all", "whole"),
                node("Expand", "whole", "shape", "same"),
                transpose("same", "turned"),
                transpose("turned", "back"),
                node("Slice", "back", "zero", "three", "one", "part"),
                node("Relu", "part", "y"));

        Model simple = Simplification.of(model);

        assertThat(ops(simple)).containsExactly("Slice", "Relu");
        assertSame(model, simple, Samples.random(model, 1, 6).all().getFirst(), 0);
    }

    @Test
    void aBiasBehindASqueezeIsFolded() {
        Model model = net(
                13,
                new long[] {1, 4, 6},
                new long[] {1, 3, 6},
                List.of(
                        longs("last", 3),
                        Samples.gaussian("w", RANDOM, 3, 4, 3, 1),
                        Samples.gaussian("b", RANDOM, 3, 1)),
                node("Unsqueeze", "x", "last", "wide"),
                Node.of(
                        "Conv",
                        List.of("wide", "w"),
                        List.of("c"),
                        Map.of("pads", Attribute.ofInts(1, 0, 1, 0), "kernel_shape", Attribute.ofInts(3, 1))),
                node("Squeeze", "c", "last", "narrow"),
                node("Add", "narrow", "b", "y"));

        Model simple = Simplification.of(model);

        assertThat(ops(simple)).containsExactly("Unsqueeze", "Conv", "Squeeze");
        assertSame(model, simple, Samples.random(model, 1, 6).all().getFirst(), 1e-5);
    }

    @Test
    void aRealClassifierOfBytesKeepsItsAnswersAndRunsInFewSteps() {
        Model model = Samples.model("magika/model.onnx");
        Samples samples = Samples.recorded("magika", "calibration", model, 8);
        Model prepared = Nets.prepared(model);

        assertThat(ops(prepared)).doesNotContain("Equal", "Expand", "Sqrt");
        assertThat(prepared.graph().nodes())
                .hasSizeLessThan(model.graph().nodes().size() * 2 / 3);
        for (Sample sample : samples) {
            assertSame(model, prepared, sample, 1e-4);
        }

        Calibration calibration = Calibration.run(prepared, samples, Nets.SESSIONS, Progress.NONE);
        Model int8 = Quantizer.quantize(
                        prepared,
                        Scope.layers(Set.of()),
                        calibration.ranges(RangeMethod.MINMAX),
                        ActivationScheme.U8S8_REDUCED)
                .model();
        assertThat(Nets.optimizedOps(int8, samples.all().getFirst()))
                .contains("QLinearConv", "Gather", "InstanceNormalization", "LayerNormalization")
                .doesNotContain("Conv", "Equal");
        for (Sample sample : samples) {
            float[] expected = Nets.run(model, sample).get("target_label").toFloats();
            float[] actual = Nets.run(int8, sample).get("target_label").toFloats();
            assertThat(largest(actual)).isEqualTo(largest(expected));
        }
    }

    @Test
    void embeddingsAreKeptAsIntegersWhereTheScopeHasThem() {
        Graph graph = Graph.of(
                "embedding",
                List.of(node("Gather", "table", "x", "row"), node("Relu", "row", "y")),
                List.of(Samples.gaussian("table", RANDOM, 64, 16)),
                List.of(ValueInfo.of("x", DataType.INT32, Shape.of(1, 6))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 6, 16))));
        Model model = Model.of(graph, 13);
        Sample sample = new Sample(
                "rows",
                Map.of("x", Tensor.ofInts("x", new long[] {1, 6}, 0, 63, 5, -1, 7, 8)),
                OptionalInt.empty(),
                false);
        Map<String, Range> ranges = Map.of();

        Model int8 = Quantizer.quantize(model, Scope.layers(Set.of()), ranges, ActivationScheme.U8S8)
                .model();
        Model named = Quantizer.quantize(model, Scope.layers(Set.of("row")), ranges, ActivationScheme.U8S8)
                .model();
        Model convolutions = Quantizer.quantize(model, Scope.convolutions(Set.of()), ranges, ActivationScheme.U8S8)
                .model();

        assertThat(ops(int8)).containsExactly("Gather", "DequantizeLinear", "Relu");
        assertThat(int8.graph().initializers().values())
                .anySatisfy(tensor -> assertThat(tensor.type()).isEqualTo(DataType.UINT8))
                .noneSatisfy(tensor -> assertThat(tensor.elements() > 1 && tensor.type() == DataType.FLOAT)
                        .isTrue());
        // the scale covers all rows, about ±3.5
        assertSame(model, int8, sample, 0.02);
        assertThat(ops(named)).containsExactly("Gather", "Relu");
        assertThat(ops(convolutions)).containsExactly("Gather", "Relu");
    }

    /** x are codes of shape [1, 6, 1]; {@code product} is that of the one-hot code and a matrix. */
    private static Model oneHot(List<String> outputs, Node... after) {
        var nodes = new ArrayList<Node>();
        nodes.add(node("Equal", "x", "kinds", "same"));
        nodes.add(Node.of("Cast", List.of("same"), List.of("code"), Map.of("to", Attribute.of(DataType.FLOAT.code()))));
        nodes.add(node("MatMul", "code", "w", "product"));
        nodes.addAll(List.of(after));
        Graph graph = Graph.of(
                "one-hot",
                nodes,
                List.of(
                        Tensor.ofInts("kinds", new long[] {1, 1, KINDS}, 0, 1, 2, 3, 4),
                        Samples.gaussian("w", RANDOM, KINDS, WIDTH),
                        Samples.gaussian("bias", RANDOM, 1, 1, WIDTH),
                        scalar("half", 0.5f)),
                List.of(ValueInfo.of("x", DataType.INT32, Shape.of(1, 6, 1))),
                outputs.stream()
                        .map(name -> ValueInfo.of(name, DataType.FLOAT, Shape.of(1, 6, WIDTH)))
                        .toList());
        return Model.of(graph, 13);
    }

    private static Sample codes(int... codes) {
        return new Sample(
                "codes",
                Map.of("x", Tensor.ofInts("x", new long[] {1, codes.length, 1}, codes)),
                OptionalInt.empty(),
                false);
    }

    /** Of x [1, 8, 16], the variance as E[x²] − E[x]². */
    private static Model onePassNormalization(int axis, float factor) {
        int size = axis == 1 ? 8 : 16;
        long[] kept = axis == 1 ? new long[] {1, 1, 16} : new long[] {1, 8, 1};
        long[] along = axis == 1 ? new long[] {1, 8, 1} : new long[] {size};
        return net(
                15,
                new long[] {1, 8, 16},
                new long[] {1, 8, 16},
                List.of(
                        longs("axis", axis),
                        longs("kept", kept),
                        scalar("n", factor),
                        scalar("zero", 0),
                        scalar("epsilon", 1e-5f),
                        Samples.gaussian("scale", RANDOM, along),
                        Samples.gaussian("offset", RANDOM, along)),
                sum("x", "s1"),
                node("Mul", "x", "x", "xx"),
                sum("xx", "s2"),
                node("Mul", "s1", "n", "mean"),
                node("Mul", "s2", "n", "meanOfSquares"),
                node("Mul", "mean", "mean", "squared"),
                node("Sub", "meanOfSquares", "squared", "raw"),
                node("Max", "zero", "raw", "variance"),
                node("Reshape", "variance", "kept", "wideVariance"),
                node("Add", "wideVariance", "epsilon", "guarded"),
                node("Sqrt", "guarded", "deviation"),
                node("Reciprocal", "deviation", "inverse"),
                node("Mul", "inverse", "scale", "factor"),
                node("Reshape", "mean", "kept", "wideMean"),
                node("Sub", "x", "wideMean", "centred"),
                node("Mul", "centred", "factor", "scaled"),
                node("Add", "scaled", "offset", "y"));
    }

    private static Node sum(String of, String to) {
        return Node.of("ReduceSum", List.of(of, "axis"), List.of(to), Map.of("keepdims", Attribute.of(0L)));
    }

    private static Model silu(Node maximum) {
        boolean keeps = maximum.intAttribute("keepdims", 1) != 0;
        return net(
                13,
                new long[] {1, 4, 9},
                keeps ? new long[] {1, 4, 1} : new long[] {1, 4},
                List.of(),
                node("Sigmoid", "x", "s"),
                node("Mul", "x", "s", "t"),
                maximum);
    }

    private static Model erfGelu(Node maximum) {
        return net(
                13,
                new long[] {1, 4, 9},
                new long[] {1, 4, 1},
                List.of(scalar("root", (float) Math.sqrt(2)), scalar("one", 1), scalar("half", 0.5f)),
                node("Div", "x", "root", "a"),
                node("Erf", "a", "b"),
                node("Add", "b", "one", "c"),
                node("Mul", "x", "c", "d"),
                node("Mul", "d", "half", "t"),
                maximum);
    }

    private static Node pool() {
        return node("GlobalMaxPool", "t", "y");
    }

    private static Node reduction(long keepDims) {
        return Node.of(
                "ReduceMax",
                List.of("t"),
                List.of("y"),
                Map.of("axes", Attribute.ofInts(-1), "keepdims", Attribute.of(keepDims)));
    }

    private static Node transpose(String from, String to) {
        return Node.of("Transpose", List.of(from), List.of(to), Map.of("perm", Attribute.ofInts(0, 2, 1)));
    }

    private static Sample shifted(Model model, double shift) {
        Sample sample = Samples.random(model, 1, 23).all().getFirst();
        Tensor x = sample.inputs().get("x");
        float[] values = x.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) shift;
        }
        return new Sample("shifted", Map.of("x", Tensor.ofFloats("x", x.dims(), values)), OptionalInt.empty(), false);
    }

    /** The last name is the output. */
    private static Node node(String op, String... names) {
        List<String> all = List.of(names);
        return Node.of(op, all.subList(0, all.size() - 1), List.of(all.getLast()));
    }

    private static Tensor scalar(String name, float value) {
        return Tensor.ofFloats(name, new long[0], value);
    }

    private static Tensor longs(String name, long... values) {
        return Tensor.ofLongs(name, new long[] {values.length}, values);
    }

    private static List<String> ops(Model model) {
        return model.graph().nodes().stream().map(Node::op).toList();
    }

    private static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    private static void assertSame(Model expected, Model actual, Sample sample, double tolerance) {
        Map<String, Tensor> wanted = Nets.run(expected, sample);
        Map<String, Tensor> found = Nets.run(actual, sample);
        wanted.forEach((name, tensor) -> {
            float[] values = tensor.toFloats();
            float[] others = found.get(name).toFloats();
            assertThat(found.get(name).dims()).isEqualTo(tensor.dims());
            for (int i = 0; i < values.length; i++) {
                assertThat(others[i]).as(name + "[" + i + "]").isCloseTo(values[i], within((float) tolerance));
            }
        });
    }
}
