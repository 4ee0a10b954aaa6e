package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    /** A model whose branch depends on {@code bool(k)} after some nodes on the constants a and b. */
    private static Model decidedBy(List<Node> nodes, Tensor a, Tensor b) {
        Node branch = Node.of(
                "If",
                List.of("decided"),
                List.of("y"),
                Map.of(
                        "then_branch", Attribute.of(branch("Add", 1)),
                        "else_branch", Attribute.of(branch("Mul", 3))));
        return Model.of(
                Graph.of(
                        "g",
                        Stream.concat(nodes.stream(), Stream.of(branch)).toList(),
                        List.of(a.withName("a"), b.withName("b")),
                        List.of(X),
                        List.of(Y)),
                17);
    }

    private static Node cast(String from, String to, DataType type) {
        return Node.of("Cast", List.of(from), List.of(to), Map.of("to", Attribute.of(type.code())));
    }

    static Stream<List<Object>> conditionsBeyondWhatIsFollowed() {
        Tensor wide = Tensor.ofLongs("", new long[0], 256);
        Tensor narrow = Tensor.ofInts("", new long[0], 65536);
        return Stream.of(
                List.of(
                        "a cast that wraps around",
                        List.of(cast("a", "small", DataType.UINT8), cast("small", "decided", DataType.BOOL)),
                        wide,
                        wide),
                List.of(
                        "a product beyond 32 bits",
                        List.of(
                                Node.of("Mul", List.of("a", "b"), List.of("product")),
                                cast("product", "decided", DataType.BOOL)),
                        narrow,
                        narrow),
                List.of(
                        "a remainder with the sign of the dividend",
                        List.of(
                                Node.of("Mod", List.of("a", "b"), List.of("rest"), Map.of("fmod", Attribute.of(1))),
                                cast("rest", "decided", DataType.BOOL)),
                        Tensor.ofLongs("", new long[0], -6),
                        Tensor.ofLongs("", new long[0], 3)));
    }

    @ParameterizedTest
    @MethodSource("conditionsBeyondWhatIsFollowed")
    @SuppressWarnings("unchecked")
    void whatRuntimesComputeOtherwiseStaysOpen(List<Object> given) {
        Model model = decidedBy((List<Node>) given.get(1), (Tensor) given.get(2), (Tensor) given.get(3));
        assertThat(SettledBranches.take(model, Map.of(), Map.of()))
                .as(given.getFirst().toString())
                .isSameAs(model);
    }

    @Test
    void largeIntegersAreComparedExactly() {
        Model model = decidedBy(
                List.of(Node.of("Equal", List.of("a", "b"), List.of("decided"))),
                Tensor.ofLongs("", new long[0], (1L << 53) + 1),
                Tensor.ofLongs("", new long[0], 1L << 53));
        assertThat(operators(SettledBranches.take(model, Map.of(), Map.of())))
                .containsExactly("Mul", "Relu", "Identity");
    }

    @Test
    void valueOfLoopHidesConstantAround() {
        Node inner = Node.of(
                "If",
                List.of("a"),
                List.of("chosen"),
                Map.of(
                        "then_branch", Attribute.of(branch("Add", 1)),
                        "else_branch", Attribute.of(branch("Mul", 3))));
        Graph body = Graph.of(
                "body",
                List.of(
                        inner,
                        Node.of("Not", List.of("a"), List.of("flipped")),
                        Node.of("Identity", List.of("goesOn"), List.of("on"))),
                List.of(),
                List.of(
                        ValueInfo.of("i", DataType.INT64, Shape.SCALAR),
                        ValueInfo.of("goesOn", DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of("a", DataType.BOOL, Shape.SCALAR)),
                List.of(
                        ValueInfo.of("on", DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of("flipped", DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of("chosen", DataType.FLOAT, Shape.of(2))));
        Model model = Model.of(
                Graph.of(
                        "g",
                        List.of(Node.of(
                                "Loop",
                                List.of("rounds", "a", "a"),
                                List.of("last", "y"),
                                Map.of("body", Attribute.of(body)))),
                        List.of(
                                Tensor.ofBytes("a", DataType.BOOL, new long[0], new byte[] {1}),
                                Tensor.ofLongs("rounds", new long[0], 4)),
                        List.of(X),
                        List.of(Y)),
                17);
        assertThat(SettledBranches.take(model, Map.of(), Map.of())).isSameAs(model);
    }

    @Test
    void nodesOfTwoTakenBranchesHaveNamesOfTheirOwn() {
        Graph named = branch("Mul", 3);
        Graph same = named.withNodes(
                named.nodes().stream().map(node -> node.withName("mm")).toList().subList(0, 2));
        Model model = byRate(Node.of("Neg", List.of("x"), List.of("unused")).withName("mm"));
        Node outer = model.graph().nodes().get(1).withAttribute("else_branch", Attribute.of(same));
        Graph settled = SettledBranches.take(
                        model.withGraph(model.graph()
                                .withNodes(List.of(
                                        model.graph().nodes().getFirst(),
                                        outer,
                                        model.graph().nodes().get(2)))
                                .withOutputs(List.of(Y, ValueInfo.of("unused", DataType.FLOAT, Shape.of(2))))),
                        rate(8000),
                        Map.of())
                .graph();
        assertThat(settled.nodes().stream().map(Node::name).filter(name -> !name.isEmpty()))
                .hasSize(4)
                .doesNotHaveDuplicates();
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
