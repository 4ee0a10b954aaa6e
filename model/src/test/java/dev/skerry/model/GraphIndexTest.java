package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphIndexTest {
    @Test
    void aUseInsideASubgraphIsAUseByTheNodeAroundIt() {
        var out = ValueInfo.of("a", DataType.FLOAT, Shape.of(4));
        Graph inner = Graph.of(
                "inner", List.of(Node.of("Relu", List.of("h"), List.of("a"))), List.of(), List.of(), List.of(out));
        Graph passing = Graph.of(
                "passing", List.of(), List.of(), List.of(), List.of(ValueInfo.of("h", DataType.FLOAT, Shape.of(4))));
        Node make = Node.of("Abs", List.of("x"), List.of("h"));
        Node branch = Node.of(
                "If",
                List.of("c"),
                List.of("y"),
                Map.of("then_branch", Attribute.of(inner), "else_branch", Attribute.of(passing)));
        Node twice = Node.of("Add", List.of("h", "h"), List.of("z"));
        GraphIndex index = GraphIndex.of(Graph.of(
                "g",
                List.of(make, branch, twice),
                List.of(),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(4)), ValueInfo.of("c", DataType.BOOL, Shape.SCALAR)),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(4)))));

        assertThat(index.consumers("h")).containsExactly(branch, twice);
        assertThat(index.producer("h")).contains(make);
        assertThat(index.producer("x")).isEmpty();
        assertThat(index.isGraphOutput("y")).isTrue();
        assertThat(index.isGraphOutput("h")).isFalse();
        assertThat(GraphIndex.captures(inner)).containsExactly("h");
    }
}
