package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Shapes and attributes at random: inference and cost answer something for each, and throw for none. */
class InferenceFuzzTest {
    private static final int ROUNDS = 20;

    @Test
    void nothingIsThrownForAnyShapeOrAttribute() throws IOException {
        var random = new SplittableRandom(20_261_123);
        long contradictions = 0;
        for (NodeCases one : NodeCases.in(SharedData.at("onnx-node-tests"))) {
            for (int round = 0; round < ROUNDS; round++) {
                Model strange = strange(round % 2 == 0 ? one.withKnownInputs() : one.undeclared(), random);
                contradictions +=
                        ShapeInference.infer(strange, Map.of()).contradictions().size();
                assertThat(Cost.of(strange, Map.of()).macs()).isNotNegative();
            }
        }
        assertThat(contradictions).as("many of these can't be right").isGreaterThan(500);
    }

    private static Model strange(Model model, SplittableRandom random) {
        Graph graph = model.graph();
        List<ValueInfo> inputs = new ArrayList<>();
        for (ValueInfo input : graph.inputs()) {
            boolean change = random.nextInt(2) == 0 && input.type() instanceof ValueType.OfTensor;
            inputs.add(
                    change && input.type() instanceof ValueType.OfTensor(var element, var _)
                            ? input.withType(new ValueType.OfTensor(element, shape(random)))
                            : input);
        }
        var weights = new LinkedHashMap<>(graph.initializers());
        weights.keySet().removeIf(_ -> random.nextInt(4) == 0);
        List<Node> nodes =
                graph.nodes().stream().map(node -> strange(node, random)).toList();
        return model.withGraph(
                graph.withInputs(inputs).withInitializers(weights).withNodes(nodes));
    }

    private static Shape shape(SplittableRandom random) {
        List<Dim> dims = new ArrayList<>();
        for (int rank = random.nextInt(6); rank > 0; rank--) {
            dims.add(
                    switch (random.nextInt(8)) {
                        case 0 -> Dim.of("N");
                        case 1 -> Dim.of("");
                        case 2 -> Dim.of(0);
                        case 3 -> Dim.of(1L << random.nextInt(62));
                        default -> Dim.of(random.nextInt(1, 9));
                    });
        }
        return new Shape(dims);
    }

    private static Node strange(Node node, SplittableRandom random) {
        var attributes = new LinkedHashMap<String, Attribute>();
        node.attributes().forEach((name, attribute) -> {
            switch (attribute) {
                case Attribute.Ints _
                when random.nextInt(3) == 0 ->
                    attributes.put(
                            name,
                            Attribute.ofInts(
                                    random.longs(random.nextInt(5), -3, 5).toArray()));
                case Attribute.IntValue _
                when random.nextInt(3) == 0 -> attributes.put(name, Attribute.of(random.nextLong(-5, 6)));
                default -> attributes.put(name, attribute);
            }
        });
        int kept = random.nextInt(4) == 0
                ? random.nextInt(node.inputs().size() + 1)
                : node.inputs().size();
        return node.withAttributes(attributes).withInputs(node.inputs().subList(0, kept));
    }
}
