package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which branches stay, and that names keep their meaning; that results stay is tested where a runtime is at hand. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SettledBranchesTest {
    private static final ValueInfo X = ValueInfo.of("x", DataType.FLOAT, Shape.of(2));
    private static final ValueInfo Y = ValueInfo.of("y", DataType.FLOAT, Shape.of(2));
    private static final ValueInfo RATE = ValueInfo.of("rate", DataType.INT64, Shape.SCALAR);

    /** y = rate = 16000 ? x + 1 : x × 3, both by a weight "w" and a value "inner". */
    private static Model byRate(Node... further) {
        Node equal = Node.of("Equal", List.of("rate", "wide"), List.of("isWide"));
        Node branch = Node.of(
                "If",
                List.of("isWide"),
                List.of("y"),
                Map.of(
                        "then_branch", Attribute.of(branch("Add", 1)),
                        "else_branch", Attribute.of(branch("Mul", 3))));
        return Model.of(
                Graph.of(
                        "g",
                        Stream.concat(Stream.of(equal, branch), Stream.of(further))
                                .toList(),
                        List.of(Tensor.ofLongs("wide", new long[0], 16000)),
                        List.of(X, RATE),
                        List.of(Y)),
                17);
    }

    private static Graph branch(String op, float weight) {
        return Graph.of(
                op,
                List.of(
                        Node.of(op, List.of("x", "w"), List.of("inner")),
                        Node.of("Relu", List.of("inner"), List.of("out"))),
                List.of(Tensor.ofFloats("w", new long[] {1}, weight)),
                List.of(),
                List.of(ValueInfo.of("out", DataType.FLOAT, Shape.of(2))));
    }

    private static Map<String, Tensor> rate(long hertz) {
        return Map.of("rate", Tensor.ofLongs("rate", new long[0], hertz));
    }

    private static List<String> operators(Model model) {
        return model.graph().nodes().stream().map(Node::op).toList();
    }

    @Test
    void takenBranchReplacesIf() {
        Model narrow = SettledBranches.take(byRate(), rate(8000), Map.of());
        assertThat(operators(narrow)).containsExactly("Mul", "Relu", "Identity");
        assertThat(narrow.graph().initializers()).containsOnlyKeys("w");
        assertThat(narrow.graph().initializers().get("w").toFloats()).containsExactly(3);
        assertThat(narrow.graph().inputs()).containsExactly(X, RATE);
        assertThat(operators(SettledBranches.take(byRate(), rate(16000), Map.of())))
                .containsExactly("Add", "Relu", "Identity");
    }

    @Test
    void openConditionLeavesModelAsItIs() {
        Model model = byRate();
        assertThat(SettledBranches.take(model, Map.of(), Map.of())).isSameAs(model);
    }

    @Test
    void weightThatCallerMayReplaceSettlesNothing() {
        Model model = byRate();
        var weights = new java.util.LinkedHashMap<>(model.graph().initializers());
        weights.putAll(rate(8000));
        Model listed = model.withGraph(model.graph().withInitializers(weights));
        assertThat(SettledBranches.take(listed, Map.of(), Map.of())).isSameAs(listed);
    }

    @Test
    void namesOfTwoTakenBranchesDontMeet() {
        Node second = Node.of(
                "If",
                List.of("isWide"),
                List.of("z"),
                Map.of(
                        "then_branch", Attribute.of(branch("Sub", 5)),
                        "else_branch", Attribute.of(branch("Div", 7))));
        Model both = byRate(second);
        Model model =
                both.withGraph(both.graph().withOutputs(List.of(Y, ValueInfo.of("z", DataType.FLOAT, Shape.of(2)))));
        Graph graph = SettledBranches.take(model, rate(8000), Map.of()).graph();
        assertThat(graph.initializers().values().stream().map(tensor -> tensor.toFloats()[0]))
                .containsExactlyInAnyOrder(3f, 7f);
        assertThat(graph.nodes().stream().flatMap(node -> node.outputs().stream()))
                .doesNotHaveDuplicates();
        Node divide = graph.nodes().stream()
                .filter(node -> node.is("Div"))
                .findFirst()
                .orElseThrow();
        assertThat(graph.initializers().get(divide.input(1)).toFloats()).containsExactly(7);
    }

    @Test
    void branchWithinTakenBranchIsTakenToo() {
        Node inner = Node.of(
                "If",
                List.of("isWide"),
                List.of("out"),
                Map.of(
                        "then_branch", Attribute.of(branch("Sub", 5)),
                        "else_branch", Attribute.of(branch("Div", 7))));
        Graph nested = Graph.of(
                "nested",
                List.of(inner),
                List.of(),
                List.of(),
                List.of(ValueInfo.of("out", DataType.FLOAT, Shape.of(2))));
        Model model = byRate();
        Node outer = model.graph().nodes().get(1).withAttribute("else_branch", Attribute.of(nested));
        Model deep = model.withGraph(
                model.graph().withNodes(List.of(model.graph().nodes().getFirst(), outer)));
        Model settled = SettledBranches.take(deep, rate(8000), Map.of());
        assertThat(operators(settled)).containsExactly("Div", "Relu", "Identity", "Identity");
        ModelCheck.check(settled);
    }

    @Test
    void branchThatHandsOnValueOfGraphAround() {
        Graph through = Graph.of("through", List.of(), List.of(), List.of(), List.of(X));
        Model model = byRate();
        Node outer = model.graph().nodes().get(1).withAttribute("else_branch", Attribute.of(through));
        Model settled = SettledBranches.take(
                model.withGraph(
                        model.graph().withNodes(List.of(model.graph().nodes().getFirst(), outer))),
                rate(8000),
                Map.of());
        assertThat(settled.graph().nodes()).singleElement().satisfies(node -> {
            assertThat(node.op()).isEqualTo("Identity");
            assertThat(node.input(0)).isEqualTo("x");
            assertThat(node.output(0)).isEqualTo("y");
        });
    }
}
