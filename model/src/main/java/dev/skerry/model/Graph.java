package dev.skerry.model;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph of nodes in topological order. Old files list the weights among the inputs too (IR version 3 and before require
 * it); {@link #dataInputs} are the inputs that a caller must give.
 */
public record Graph(
        String name,
        List<Node> nodes,
        Map<String, Tensor> initializers,
        List<SparseTensor> sparseInitializers,
        List<ValueInfo> inputs,
        List<ValueInfo> outputs,
        List<ValueInfo> values,
        String doc,
        Map<String, String> metadata,
        Extras extras) {
    public Graph {
        nodes = List.copyOf(nodes);
        initializers = Ordered.copyOf(initializers);
        sparseInitializers = List.copyOf(sparseInitializers);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        values = List.copyOf(values);
        metadata = Ordered.copyOf(metadata);
    }

    /** A graph with nodes, weights, inputs and outputs, and nothing else. */
    public static Graph of(
            String name, List<Node> nodes, List<Tensor> initializers, List<ValueInfo> inputs, List<ValueInfo> outputs) {
        var weights = new LinkedHashMap<String, Tensor>();
        initializers.forEach(tensor -> weights.put(tensor.name(), tensor));
        return new Graph(name, nodes, weights, List.of(), inputs, outputs, List.of(), "", Map.of(), Extras.NONE);
    }

    /** The inputs that are not weights. */
    public List<ValueInfo> dataInputs() {
        Set<String> sparse = new LinkedHashSet<>();
        sparseInitializers.forEach(tensor -> sparse.add(tensor.name()));
        return inputs.stream()
                .filter(input -> !initializers.containsKey(input.name()) && !sparse.contains(input.name()))
                .toList();
    }

    public Graph withNodes(List<Node> nodes) {
        return with(nodes, initializers, inputs, outputs, values);
    }

    public Graph withInitializers(Map<String, Tensor> initializers) {
        return with(nodes, initializers, inputs, outputs, values);
    }

    public Graph withInputs(List<ValueInfo> inputs) {
        return with(nodes, initializers, inputs, outputs, values);
    }

    public Graph withOutputs(List<ValueInfo> outputs) {
        return with(nodes, initializers, inputs, outputs, values);
    }

    /** The declared types of inner values; a pass that changes types leaves out what no longer holds. */
    public Graph withValues(List<ValueInfo> values) {
        return with(nodes, initializers, inputs, outputs, values);
    }

    public Graph withSparseInitializers(List<SparseTensor> sparseInitializers) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, values, doc, metadata, extras);
    }

    private Graph with(
            List<Node> nodes,
            Map<String, Tensor> initializers,
            List<ValueInfo> inputs,
            List<ValueInfo> outputs,
            List<ValueInfo> values) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, values, doc, metadata, extras);
    }
}
