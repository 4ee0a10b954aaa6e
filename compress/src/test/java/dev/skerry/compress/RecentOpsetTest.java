package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A raised model computes what it computed before, or is refused with the node and the reason. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class RecentOpsetTest {
    private static final RandomGenerator RANDOM = Samples.random(3);

    static Stream<Model> models() {
        long[] image = {1, 4, 6, 6};
        return Stream.of(
                net(
                        13,
                        image,
                        new long[] {1, 4},
                        List.of(),
                        Node.of("ReduceMean", List.of("x"), List.of("a"), Map.of("axes", Attribute.ofInts(2, 3))),
                        Node.of("ReduceMax", List.of("x"), List.of("m"), Map.of("axes", Attribute.ofInts(-1, -2))),
                        Node.of("Reshape", List.of("a", "shape"), List.of("r"), Map.of()),
                        Node.of("Flatten", List.of("m"), List.of("f")),
                        Node.of("Add", List.of("r", "f"), List.of("y"))),
                net(
                        13,
                        image,
                        new long[] {1, 2, 6, 6},
                        List.of(),
                        Node.of("Split", List.of("x"), List.of("a", "b"), Map.of("axis", Attribute.of(1))),
                        Node.of("ReduceL2", List.of("x"), List.of("n")),
                        Node.of("Mul", List.of("a", "b"), List.of("c")),
                        Node.of("Div", List.of("c", "n"), List.of("y"))),
                net(
                        13,
                        image,
                        image,
                        List.of(
                                Samples.gaussian("g", RANDOM, 4),
                                Samples.gaussian("h", RANDOM, 4),
                                Samples.gaussian("mean", RANDOM, 4),
                                Tensor.ofFloats("variance", new long[] {4}, 1, 2, 3, 4)),
                        Node.of("BatchNormalization", List.of("x", "g", "h", "mean", "variance"), List.of("n")),
                        Node.of("LeakyRelu", List.of("n"), List.of("y"))),
                net(
                        16,
                        image,
                        new long[] {1, 4, 2, 3},
                        List.of(Samples.gaussian("grid", RANDOM, 1, 2, 3, 2)),
                        Node.of("GridSample", List.of("x", "grid"), List.of("y"))));
    }

    private static Model withShape(Model model) {
        var initializers = new java.util.LinkedHashMap<>(model.graph().initializers());
        initializers.put("shape", Tensor.ofLongs("shape", new long[] {2}, 1, 4));
        return model.withGraph(model.graph().withInitializers(initializers));
    }

    @ParameterizedTest
    @MethodSource("models")
    void raisedModelsComputeTheSame(Model original) {
        Model model = withShape(original);
        Model raised = switch (RecentOpset.raise(model)) {
            case Preparation.Ready(Model ready) -> ready;
            case Preparation.Obstacle(Problem problem) -> throw problem.toException();
        };
        assertThat(raised.opset()).isEqualTo(21);
        assertThat(raised.irVersion()).isGreaterThanOrEqualTo(10);
        var sample = Samples.random(model, 1, 7).all().getFirst();
        float[] expected = Nets.run(model, sample).get("y").toFloats();
        float[] actual = Nets.run(raised, sample).get("y").toFloats();
        assertThat(actual).containsExactly(expected, within(1e-6f));
    }

    @Test
    void branchesAreRaisedToo() {
        var inner = net(
                        13,
                        new long[] {1, 4},
                        new long[] {1, 4},
                        List.of(),
                        Node.of("ReduceMean", List.of("x"), List.of("y"), Map.of("axes", Attribute.ofInts(1))))
                .graph()
                .withInputs(List.of());
        Model model = net(
                13,
                new long[] {1, 4},
                new long[] {1, 1},
                List.of(Tensor.ofBytes("c", dev.skerry.model.DataType.BOOL, new long[0], (byte) 1)),
                Node.of(
                        "If",
                        List.of("c"),
                        List.of("y"),
                        Map.of("then_branch", Attribute.of(inner), "else_branch", Attribute.of(inner))));
        Model raised = ((Preparation.Ready) RecentOpset.raise(model)).model();
        var sample = Samples.random(model, 1, 7).all().getFirst();
        assertThat(Nets.run(raised, sample).get("y").toFloats())
                .containsExactly(Nets.run(model, sample).get("y").toFloats());
    }

    @Test
    void whatChangedItsMeaningIsRefusedByName() {
        Model model = net(
                18,
                new long[] {1, 4, 6},
                new long[] {1, 4, 6},
                List.of(Samples.gaussian("s", RANDOM, 2), Samples.gaussian("b", RANDOM, 2)),
                Node.of(
                        "GroupNormalization",
                        List.of("x", "s", "b"),
                        List.of("y"),
                        Map.of("num_groups", Attribute.of(2))));
        Problem problem = ((Preparation.Obstacle) RecentOpset.raise(model)).problem();
        assertThat(problem.code()).isEqualTo("compress.opset");
        assertThat(problem.where()).isEqualTo("GroupNormalization_y");
        assertThat(problem.why()).contains("per channel");
        Model unknown =
                net(13, new long[] {1}, new long[] {1}, List.of(), Node.of("Frobnicate", List.of("x"), List.of("y")));
        assertThat(((Preparation.Obstacle) RecentOpset.raise(unknown)).problem().what())
                .contains("Frobnicate");
    }
}
