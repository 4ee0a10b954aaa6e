package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.measure.Progress;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LSTMs in integers stay near float ones, wherever they stand; what has no integer kernel keeps its form. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class RecurrentInt8Test {
    private static final int HIDDEN = 24;

    private final RandomGenerator random = Samples.random(12);

    private static Rewritten integer(Model model, Samples samples, String... asked) {
        return new RecurrentInt8(Set.of(asked), Nets.SCHEME)
                .apply(new Studied(model, samples, Nets.SESSIONS, Progress.NONE));
    }

    private List<Tensor> weights(int directions) {
        return List.of(
                WeightInt8Test.scaled(Samples.gaussian("w", random, directions, 4 * HIDDEN, 12), 0.2f),
                WeightInt8Test.scaled(Samples.gaussian("r", random, directions, 4 * HIDDEN, HIDDEN), 0.2f),
                WeightInt8Test.scaled(Samples.gaussian("b", random, directions, 8 * HIDDEN), 0.2f));
    }

    private static Map<String, Attribute> attributes(String direction) {
        return Map.of("hidden_size", Attribute.of(HIDDEN), "direction", new Attribute.StringValue(direction));
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "bidirectional"})
    void staysNearFloatInAllDirections(String direction) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Model model = Nets.net(
                14,
                new long[] {7, 1, 12},
                new long[] {7, directions, 1, HIDDEN},
                weights(directions),
                Node.of("LSTM", List.of("x", "w", "r", "b"), List.of("y"), attributes(direction))
                        .withName("memory"));
        Samples samples = Samples.random(model, 4, 3);
        Rewritten made = integer(model, samples);
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactly("y");
        assertThat(made.integerNodes()).isOne();
        assertThat(Nets.optimizedOps(made.model(), samples.all().getFirst()))
                .contains("DynamicQuantizeLSTM")
                .doesNotContain("LSTM");
        assertThat(WeightInt8Test.sqnr(model, made.model(), samples)).isGreaterThan(25);
        assertThat(ModelFile.bytes(made.model()).length).isLessThan((int) (0.45 * ModelFile.bytes(model).length));
        assertThat(ModelFile.bytes(integer(model, samples).model())).isEqualTo(ModelFile.bytes(made.model()));
    }

    /** A step of a stream: state goes in and comes out, peepholes and all, and only the last state is asked for. */
    private Model stateful() {
        var constants = new ArrayList<>(weights(1));
        constants.add(WeightInt8Test.scaled(Samples.gaussian("p", random, 1, 3 * HIDDEN), 0.2f));
        Graph graph = Graph.of(
                "net",
                List.of(Node.of(
                                "LSTM",
                                List.of("x", "w", "r", "b", "", "h", "c", "p"),
                                List.of("", "y", "n"),
                                Map.of("hidden_size", Attribute.of(HIDDEN), "clip", new Attribute.FloatValue(4f)))
                        .withName("memory")),
                constants,
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1, 12)),
                        ValueInfo.of("h", DataType.FLOAT, Shape.of(1, 1, HIDDEN)),
                        ValueInfo.of("c", DataType.FLOAT, Shape.of(1, 1, HIDDEN))),
                List.of(
                        ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1, HIDDEN)),
                        ValueInfo.of("n", DataType.FLOAT, Shape.of(1, 1, HIDDEN))));
        return Model.of(graph, 14);
    }

    @Test
    void stateAndPeepholesAreKept() {
        Model model = stateful();
        Samples samples = Samples.random(model, 6, 5);
        Rewritten made = integer(model, samples);
        assertThat(made.changed()).containsExactly("y");
        assertThat(made.model().graph().nodes().getFirst().inputs().subList(3, 8))
                .containsExactly("b", "", "h", "c", "p");
        assertThat(WeightInt8Test.sqnr(model, made.model(), samples)).isGreaterThan(25);
    }

    @Test
    void errorsDoNotGrowAlongAStream() {
        Model model = stateful();
        Model integer = integer(model, Samples.random(model, 1, 5)).model();
        Map<String, Tensor> expected = zeros();
        Map<String, Tensor> actual = zeros();
        var early = new dev.skerry.measure.Sqnr();
        var late = new dev.skerry.measure.Sqnr();
        for (int step = 0; step < 200; step++) {
            Tensor x = Samples.gaussian("x", random, 1, 1, 12);
            expected = Nets.run(model, step("h", "c", x, expected));
            actual = Nets.run(integer, step("h", "c", x, actual));
            (step < 20 ? early : late)
                    .add(expected.get("y").toFloats(), actual.get("y").toFloats());
        }
        assertThat(late.decibel()).isGreaterThan(20).isGreaterThan(early.decibel() - 6);
    }

    private static Map<String, Tensor> zeros() {
        Tensor zero = Tensor.ofFloats("zero", new long[] {1, 1, HIDDEN}, new float[HIDDEN]);
        return Map.of("y", zero, "n", zero);
    }

    private static Sample step(String hidden, String cell, Tensor x, Map<String, Tensor> before) {
        var inputs = new HashMap<String, Tensor>();
        inputs.put("x", x);
        inputs.put(hidden, before.get("y").withName(hidden));
        inputs.put(cell, before.get("n").withName(cell));
        return new Sample("step", inputs, OptionalInt.empty(), false);
    }

    @Test
    void inABranchAndInALoop() {
        Graph then = InnerNets.branch(
                "then",
                weights(1),
                "a",
                Node.of("LSTM", List.of("x", "w", "r", "b"), List.of("a"), attributes("forward")));
        Graph otherwise = InnerNets.branch(
                "else",
                weights(1),
                "a",
                Node.of("LSTM", List.of("x", "w", "r", "b"), List.of("a"), attributes("reverse")));
        Model branching = Model.of(
                Graph.of(
                        "net",
                        List.of(InnerNets.branching("c", "y", then, otherwise)),
                        List.of(),
                        List.of(
                                ValueInfo.of("x", DataType.FLOAT, Shape.of(5, 1, 12)),
                                ValueInfo.of("c", DataType.BOOL, Shape.of())),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(5, 1, 1, HIDDEN)))),
                14);
        Model prepared = Nets.prepared(branching);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            samples.add(new Sample(
                    "sample " + i,
                    Map.of(
                            "x",
                            Samples.gaussian("x", random, 5, 1, 12),
                            "c",
                            Tensor.ofBytes("c", DataType.BOOL, new long[0], (byte) (i % 2))),
                    OptionalInt.empty(),
                    false));
        }
        Rewritten made = integer(prepared, new Samples(samples));
        ModelCheck.check(made.model());
        assertThat(made.changed()).hasSize(2);
        assertThat(WeightInt8Test.sqnr(branching, made.model(), samples)).isGreaterThan(25);

        Model looping = looping();
        Model ready = Nets.prepared(looping);
        Samples random = Samples.random(ready, 4, 2);
        Rewritten inLoop = integer(ready, random);
        ModelCheck.check(inLoop.model());
        assertThat(inLoop.changed()).hasSize(1);
        assertThat(WeightInt8Test.sqnr(looping, inLoop.model(), random)).isGreaterThan(20);
    }

    /** The last hidden state goes in again as the only step of the next round. */
    private Model looping() {
        List<Tensor> constants = List.of(
                WeightInt8Test.scaled(Samples.gaussian("w", random, 1, 4 * HIDDEN, HIDDEN), 0.3f),
                WeightInt8Test.scaled(Samples.gaussian("r", random, 1, 4 * HIDDEN, HIDDEN), 0.3f));
        Graph body = Graph.of(
                "body",
                List.of(
                        Node.of("LSTM", List.of("s", "w", "r"), List.of("", "next"), attributes("forward")),
                        Node.of("Identity", List.of("go"), List.of("on"))),
                constants,
                List.of(
                        ValueInfo.of("i", DataType.INT64, Shape.of()),
                        ValueInfo.of("go", DataType.BOOL, Shape.of()),
                        ValueInfo.of("s", DataType.FLOAT, Shape.of(1, 1, HIDDEN))),
                List.of(InnerNets.untyped("on"), InnerNets.untyped("next")));
        return Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of(
                                "Loop", List.of("n", "", "x"), List.of("y"), Map.of("body", Attribute.of(body)))),
                        List.of(Tensor.ofLongs("n", new long[0], 3)),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1, HIDDEN))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1, HIDDEN)))),
                14);
    }

    @Test
    void otherRecurrentLayersAndThoseAskedForStay() {
        Model gru = WeightInt8Test.recurrent(
                Node.of("GRU", List.of("x", "w", "r", "b"), List.of("y"), Map.of("hidden_size", Attribute.of(24)))
                        .withName("memory"),
                3,
                1,
                random);
        Samples samples = Samples.random(gru, 2, 1);
        Rewritten untouched = integer(gru, samples);
        assertThat(untouched.changed()).isEmpty();
        assertThat(untouched.model()).isSameAs(gru);
        // in a search it is stored in INT8 beside what runs in integers, and named
        Rewritten both = Recipe.of(new RecurrentInt8(Set.of(), Nets.SCHEME), new WeightInt8(Set.of()))
                .make(new Studied(gru, samples, Nets.SESSIONS, Progress.NONE));
        assertThat(both.changed()).containsExactly("y");
        assertThat(both.keptFloat())
                .extracting(KeptFloat::node, KeptFloat::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("memory", "float arithmetic on weights stored in INT8"));

        Model lstm = stateful();
        Rewritten asked = integer(lstm, Samples.random(lstm, 1, 1), "memory");
        assertThat(asked.changed()).isEmpty();
        assertThat(asked.keptFloat()).extracting(KeptFloat::reason).containsExactly("asked for");
    }
}
