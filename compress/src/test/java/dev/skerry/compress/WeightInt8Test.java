package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights stored in INT8 and computed with in float: what it saves, what it costs, and what it leaves alone. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class WeightInt8Test {
    private static final WeightInt8 ALL = new WeightInt8(Set.of());

    private final RandomGenerator random = Samples.random(8);

    private static Rewritten stored(Model model, Samples samples) {
        return ALL.apply(new Studied(model, samples, Nets.SESSIONS, Progress.NONE));
    }

    private static Rewritten stored(Model model) {
        return stored(model, Samples.random(model, 2, 1));
    }

    /** Slices along an axis get larger and larger, so that a scale shared by two of them loses the smaller one. */
    private static Tensor steep(String name, RandomGenerator random, int axis, long... dims) {
        Tensor tensor = Samples.gaussian(name, random, dims);
        float[] values = tensor.toFloats();
        int inner = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) Math.pow(10, (double) ((i / inner) % dims[axis]) / 2);
        }
        return Tensor.ofFloats(name, dims, values);
    }

    /** A layer, where its output channels lie in {@code y}, and the net around it. */
    record Layer(String name, int axis, Model model) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Layer> layersOfAllLayouts() {
        RandomGenerator random = Samples.random(9);
        Map<String, Attribute> none = Map.of();
        return List.of(
                layer("Conv", random, 1, new long[] {1, 8, 5}, new long[] {1, 6, 3}, 0, none, 6, 8, 3),
                layer("ConvTranspose", random, 1, new long[] {1, 8, 5}, new long[] {1, 6, 8}, 1, none, 8, 6, 4),
                layer("MatMul", random, 1, new long[] {3, 40}, new long[] {3, 6}, 1, none, 40, 6),
                layer("Gemm", random, 1, new long[] {3, 40}, new long[] {3, 6}, 1, none, 40, 6),
                layer(
                        "Gemm",
                        random,
                        1,
                        new long[] {3, 40},
                        new long[] {3, 6},
                        0,
                        Map.of("transB", Attribute.of(1)),
                        6,
                        40));
    }

    private static Layer layer(
            String op,
            RandomGenerator random,
            int outputAxis,
            long[] x,
            long[] y,
            int weightAxis,
            Map<String, Attribute> attributes,
            long... dims) {
        Tensor weight = steep("w", random, weightAxis, dims);
        return new Layer(
                op + " " + weight.shape() + " by axis " + weightAxis,
                outputAxis,
                Nets.net(
                        13,
                        x,
                        y,
                        List.of(weight),
                        Node.of(op, List.of("x", "w"), List.of("y"), attributes).withName("layer")));
    }

    @ParameterizedTest
    @MethodSource("layersOfAllLayouts")
    void eachOutputChannelHasItsOwnScale(Layer layer) {
        Rewritten made = stored(layer.model());
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactly("y");
        Sample sample = Samples.random(layer.model(), 1, 4).all().getFirst();
        Tensor expected = Nets.run(layer.model(), sample).get("y");
        Tensor actual = Nets.run(made.model(), sample).get("y");
        long[] dims = expected.dims();
        int inner = 1;
        for (int i = layer.axis() + 1; i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        for (int channel = 0; channel < dims[layer.axis()]; channel++) {
            var ratio = new Sqnr();
            for (int i = 0; i < expected.elements(); i++) {
                if (i / inner % dims[layer.axis()] == channel) {
                    ratio.add(expected.valueAt(i), actual.valueAt(i));
                }
            }
            assertThat(ratio.decibel()).as("channel " + channel).isGreaterThan(20);
        }
    }

    @Test
    void aFourthOfTheSizeAndNothingToDoAtEachInference() {
        Model model = Nets.net(
                13,
                new long[] {1, 64},
                new long[] {1, 64},
                List.of(Samples.gaussian("w", random, 64, 64), Samples.gaussian("v", random, 64, 64)),
                Node.of("MatMul", List.of("x", "w"), List.of("h")),
                Node.of("Tanh", List.of("h"), List.of("t")),
                Node.of("MatMul", List.of("t", "v"), List.of("y")));
        Rewritten made = stored(model);
        assertThat(ModelFile.bytes(made.model()).length).isLessThan((int) (0.35 * ModelFile.bytes(model).length));
        assertThat(Nets.optimizedOps(
                        made.model(), Samples.random(model, 1, 2).all().getFirst()))
                .doesNotContain("Cast", "Mul");
        assertThat(made.integerNodes()).isZero();
        assertThat(made.keptFloat())
                .extracting(KeptFloat::reason)
                .containsOnly("float arithmetic on weights stored in INT8")
                .hasSize(2);
        assertThat(ModelFile.bytes(stored(model).model())).isEqualTo(ModelFile.bytes(made.model()));
    }

    @ParameterizedTest
    @MethodSource("recurrent")
    void recurrentLayersOfAllKinds(Node layer, int gates, int directions) {
        Model model = recurrent(layer, gates, directions, random);
        Rewritten made = stored(model);
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactly("y");
        Map<String, Tensor> constants = made.model().graph().initializers();
        assertThat(constants.values().stream().filter(tensor -> tensor.type() == DataType.INT8))
                .extracting(tensor -> tensor.shape().toString())
                .containsExactlyInAnyOrder(
                        Shape.of(directions, gates * 24L, 12).toString(),
                        Shape.of(directions, gates * 24L, 24).toString());
        assertThat(made.keptFloat())
                .extracting(KeptFloat::node, KeptFloat::op, KeptFloat::reason)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        "memory", layer.op(), "float arithmetic on weights stored in INT8"));
        assertThat(sqnr(model, made.model(), Samples.random(model, 3, 3))).isGreaterThan(35);
    }

    static List<org.junit.jupiter.params.provider.Arguments> recurrent() {
        Map<String, Attribute> size = Map.of("hidden_size", Attribute.of(24));
        Map<String, Attribute> both =
                Map.of("hidden_size", Attribute.of(24), "direction", new Attribute.StringValue("bidirectional"));
        return List.of(
                org.junit.jupiter.params.provider.Arguments.of(memory("LSTM", size), 4, 1),
                org.junit.jupiter.params.provider.Arguments.of(memory("GRU", size), 3, 1),
                org.junit.jupiter.params.provider.Arguments.of(memory("GRU", both), 3, 2),
                org.junit.jupiter.params.provider.Arguments.of(memory("RNN", both), 1, 2));
    }

    private static Node memory(String op, Map<String, Attribute> attributes) {
        return Node.of(op, List.of("x", "w", "r", "b"), List.of("y"), attributes)
                .withName("memory");
    }

    static Model recurrent(Node layer, int gates, int directions, RandomGenerator random) {
        return Nets.net(
                14,
                new long[] {5, 1, 12},
                new long[] {5, directions, 1, 24},
                List.of(
                        scaled(Samples.gaussian("w", random, directions, gates * 24L, 12), 0.2f),
                        scaled(Samples.gaussian("r", random, directions, gates * 24L, 24), 0.2f),
                        scaled(Samples.gaussian("b", random, directions, 2L * gates * 24), 0.2f)),
                layer);
    }

    static Tensor scaled(Tensor tensor, float by) {
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= by;
        }
        return Tensor.ofFloats(tensor.name(), tensor.dims(), values);
    }

    static double sqnr(Model reference, Model other, Iterable<Sample> samples) {
        var ratio = new Sqnr();
        for (Sample sample : samples) {
            ratio.add(
                    Nets.run(reference, sample).get("y").toFloats(),
                    Nets.run(other, sample).get("y").toFloats());
        }
        return ratio.decibel();
    }

    @Test
    void rowsOfATableHaveScalesOfTheirOwn() {
        Model model = Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of("Gather", List.of("table", "x"), List.of("y"))),
                        List.of(steep("table", random, 0, 8, 100)),
                        List.of(ValueInfo.of("x", DataType.INT64, Shape.of(1))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 100)))),
                13);
        Rewritten made = ALL.apply(new Studied(model, new Samples(List.of()), Nets.SESSIONS, Progress.NONE));
        for (int row = 0; row < 8; row++) {
            Sample sample = new Sample(
                    "row " + row,
                    Map.of("x", Tensor.ofLongs("x", new long[] {1}, row)),
                    java.util.OptionalInt.empty(),
                    false);
            assertThat(sqnr(model, made.model(), List.of(sample)))
                    .as("row " + row)
                    .isGreaterThan(35);
        }
    }

    @Test
    void bothBranchesAreStoredThoughOnlyOneWasSeen() {
        Model prepared = Nets.prepared(InnerNets.twoBranches(random));
        Rewritten made = stored(prepared, InnerNets.conditional(prepared, 4, 4, random));
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "out", "h_2", "out_2");
        assertThat(sqnr(prepared, made.model(), InnerNets.conditional(prepared, 6, 3, random)))
                .isGreaterThan(30);
    }

    @Test
    void weightsInALoopAreStored() {
        Model prepared = Nets.prepared(InnerNets.looping(random));
        Rewritten made = stored(prepared);
        assertThat(made.changed()).containsExactly("m");
        // five rounds of noise
        assertThat(sqnr(prepared, made.model(), Samples.random(prepared, 4, 6))).isGreaterThan(25);
    }

    @Test
    void whatIsAskedForSmallOrReadByOthersStays() {
        Model model = Nets.net(
                13,
                new long[] {1, 32},
                new long[] {1, 32},
                List.of(
                        Samples.gaussian("asked", random, 32, 32),
                        Samples.gaussian("small", random, 32, 2),
                        Samples.gaussian("narrow", random, 2, 32),
                        Samples.gaussian("shared", random, 32, 32)),
                Node.of("MatMul", List.of("x", "asked"), List.of("a")).withName("first"),
                Node.of("MatMul", List.of("a", "small"), List.of("b")),
                Node.of("MatMul", List.of("b", "narrow"), List.of("c")),
                Node.of("MatMul", List.of("c", "shared"), List.of("d")),
                Node.of("ReduceMax", List.of("shared"), List.of("m"), Map.of("keepdims", Attribute.of(0))),
                Node.of("Add", List.of("d", "m"), List.of("y")));
        Rewritten made = new WeightInt8(Set.of("first"))
                .apply(new Studied(model, Samples.random(model, 1, 1), Nets.SESSIONS, Progress.NONE));
        assertThat(made.changed()).isEmpty();
        assertThat(made.model().graph().initializers()).isEqualTo(model.graph().initializers());
        assertThat(made.keptFloat())
                .extracting(KeptFloat::node, KeptFloat::reason)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("first", "asked for"));
    }

    @Test
    void weightsThatAreNoNumbersStay() {
        float[] values = Samples.gaussian("w", random, 32, 32).toFloats();
        values[7] = Float.NaN;
        Model model = Nets.net(
                13,
                new long[] {1, 32},
                new long[] {1, 32},
                List.of(Tensor.ofFloats("w", new long[] {32, 32}, values)),
                Node.of("MatMul", List.of("x", "w"), List.of("y")));
        assertThat(stored(model).changed()).isEmpty();
    }
}
