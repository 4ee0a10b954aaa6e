package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are normalized the same way by another kernel, where it is known how many there are. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class RowNormalizationsTest {
    private static final int ROWS = 10;
    private static final int LENGTH = 24;
    private static final Dim BATCH = new Dim.Symbolic("N");

    @ParameterizedTest
    @ValueSource(ints = {-1, 2})
    void rowsAreNormalizedAsInstances(int axis) {
        for (List<String> inputs : List.of(List.of("x", "scale", "bias"), List.of("x", "scale"))) {
            Model model = net(
                    List.of(BATCH, Dim.of(ROWS), Dim.of(LENGTH)),
                    Node.of(
                            "LayerNormalization",
                            inputs,
                            List.of("y"),
                            Map.of("axis", Attribute.of(axis), "epsilon", Attribute.of(0.01f))));

            Model rewritten = RowNormalizations.byVectors(model);

            assertThat(rewritten.graph().nodes())
                    .extracting(Node::op)
                    .startsWith("InstanceNormalization", "Mul")
                    .hasSize(inputs.size());
            var ratio = new Sqnr();
            Samples.random(model, 3, 11)
                    .forEach(sample -> ratio.add(
                            Nets.run(model, sample).get("y").toFloats(),
                            Nets.run(rewritten, sample).get("y").toFloats()));
            assertThat(ratio.decibel()).isGreaterThan(110);
        }
    }

    @Test
    void othersStay() {
        Node norm = Node.of("LayerNormalization", List.of("x", "scale", "bias"), List.of("y"));
        Dim rows = Dim.of(ROWS);
        Dim length = Dim.of(LENGTH);
        for (Model model : List.of(
                net(List.of(BATCH, length), norm),
                net(List.of(BATCH, Dim.of(3), length), norm),
                net(List.of(Dim.of(1), BATCH, length), norm),
                net(List.of(BATCH, rows, Dim.of(2), length), norm),
                net(List.of(BATCH, rows, length), norm.withAttribute("axis", Attribute.of(1))),
                net(List.of(BATCH, rows, length), norm.withOutputs(List.of("y", "mean"))))) {
            assertThat(RowNormalizations.byVectors(model).graph().nodes())
                    .extracting(Node::op)
                    .containsExactly("LayerNormalization");
        }
    }

    private static Model net(List<Dim> shape, Node node) {
        Graph graph = Graph.of(
                "net",
                List.of(node),
                List.of(
                        Samples.gaussian("scale", Samples.random(1), LENGTH),
                        Samples.gaussian("bias", Samples.random(2), LENGTH)),
                List.of(ValueInfo.of("x", DataType.FLOAT, new Shape(shape))),
                List.of(ValueInfo.of("y", DataType.FLOAT, null)));
        return Model.of(graph, 17);
    }
}
