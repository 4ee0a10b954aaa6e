package dev.skerry.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives values of a graph other names, in its subgraphs as well. */
public final class Renaming {
    private final Map<String, String> names;

    private Renaming(Map<String, String> names) {
        this.names = names;
    }

    /** @param names new ones by old ones; a graph inside that hides a name has it renamed too, which changes nothing */
    public static Graph apply(Graph graph, Map<String, String> names) {
        return names.isEmpty() ? graph : new Renaming(names).graph(graph);
    }

    private Graph graph(Graph graph) {
        var weights = new LinkedHashMap<String, Tensor>();
        graph.initializers().forEach((name, tensor) -> weights.put(name(name), tensor.withName(name(name))));
        return graph.withInitializers(weights)
                .withSparseInitializers(graph.sparseInitializers().stream()
                        .map(tensor -> tensor.withName(name(tensor.name())))
                        .toList())
                .withNodes(graph.nodes().stream().map(this::node).toList())
                .withInputs(values(graph.inputs()))
                .withOutputs(values(graph.outputs()))
                .withValues(values(graph.values()));
    }

    private Node node(Node node) {
        return node.withSubgraphs(this::graph)
                .withInputs(node.inputs().stream().map(this::name).toList())
                .withOutputs(node.outputs().stream().map(this::name).toList());
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
