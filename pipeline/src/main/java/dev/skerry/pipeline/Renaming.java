package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives values of a graph other names, in its subgraphs as well. */
final class Renaming {
    private final Map<String, String> names;

    private Renaming(Map<String, String> names) {
        this.names = names;
    }

    static Graph apply(Graph graph, Map<String, String> names) {
        return names.isEmpty() ? graph : new Renaming(names).graph(graph);
    }

    private Graph graph(Graph graph) {
        var weights = new LinkedHashMap<String, Tensor>();
        graph.initializers().forEach((name, tensor) -> weights.put(name(name), tensor.withName(name(name))));
        return graph.withInitializers(weights)
                .withNodes(graph.nodes().stream().map(this::node).toList())
                .withInputs(values(graph.inputs()))
                .withOutputs(values(graph.outputs()))
                .withValues(values(graph.values()));
    }

    private Node node(Node node) {
        var attributes = new LinkedHashMap<>(node.attributes());
        if (!node.subgraphs().isEmpty()) {
            attributes.replaceAll((_, attribute) -> switch (attribute) {
                case Attribute.GraphValue(Graph body) -> Attribute.of(graph(body));
                case Attribute.Graphs graphs ->
                    new Attribute.Graphs(
                            graphs.values().stream().map(this::graph).toList());
                default -> attribute;
            });
        }
        return node.withInputs(node.inputs().stream().map(this::name).toList())
                .withOutputs(node.outputs().stream().map(this::name).toList())
                .withAttributes(attributes);
    }

    private List<ValueInfo> values(List<ValueInfo> values) {
        return values.stream()
                .map(value ->
                        new ValueInfo(name(value.name()), value.type(), value.doc(), value.metadata(), value.extras()))
                .toList();
    }

    private String name(String name) {
        return names.getOrDefault(name, name);
    }
}
