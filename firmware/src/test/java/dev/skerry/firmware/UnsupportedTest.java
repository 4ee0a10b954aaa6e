package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What there is no code for is refused with its name, before anything is written. */
final class UnsupportedTest {
    private static Graph graph(Node node, DataType type) {
        return Graph.of(
                "g",
                List.of(node),
                List.of(),
                List.of(ValueInfo.of("x", type, Shape.of(1, 4))),
                List.of(ValueInfo.of("y", type, Shape.of(1, 4))));
    }

    @Test
    void operatorOfAnotherDomain() {
        Node node = new Node(
                "odd", "Odd", "com.example", "", List.of("x"), List.of("y"), Map.of(), "", Map.of(), Extras.NONE);
        assertThatThrownBy(() -> Firmware.of(Model.of(graph(node, DataType.FLOAT), 17), "model", Map.of()))
                .hasMessageContaining("node odd (Odd)")
                .hasMessageContaining("com.example");
    }

    @Test
    void typeThatCHasNoNumbersFor() {
        Node node = Node.of("Identity", List.of("x"), List.of("y"));
        assertThatThrownBy(() -> Firmware.of(Model.of(graph(node, DataType.STRING), 17), "model", Map.of()))
                .hasMessageContaining("string");
    }
}
