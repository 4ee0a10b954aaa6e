package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who makes and who uses each value of one graph. A snapshot: after a rewrite, build it anew. */
public final class GraphIndex {
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, List<Node>> consumers = new HashMap<>();
    private final Set<String> outputs = new HashSet<>();

    private GraphIndex() {}

    public static GraphIndex of(Graph graph) {
        var index = new GraphIndex();
        for (Node node : graph.nodes()) {
            node.outputs().stream().filter(name -> !name.isEmpty()).forEach(name -> index.producers.put(name, node));
            Set<String> used = new LinkedHashSet<>(node.inputs());
            node.subgraphs().forEach(subgraph -> used.addAll(captures(subgraph)));
            used.remove("");
            used.forEach(name -> index.consumers
                    .computeIfAbsent(name, _ -> new ArrayList<>(1))
                    .add(node));
        }
        graph.outputs().forEach(output -> index.outputs.add(output.name()));
        return index;
    }

    /** The node that makes {@code value}; empty for inputs, weights and values of an enclosing graph. */
    public Optional<Node> producer(String value) {
        return Optional.ofNullable(producers.get(value));
    }

    /** The nodes that use {@code value}, each once, in graph order; a use inside a node's subgraph is a use by that node. */
    public List<Node> consumers(String value) {
        return List.copyOf(consumers.getOrDefault(value, List.of()));
    }

    public boolean isGraphOutput(String value) {
        return outputs.contains(value);
    }

    /** The values that {@code subgraph} and the graphs nested in it take from the graphs around them. */
    public static Set<String> captures(Graph subgraph) {
        Set<String> own = new HashSet<>(subgraph.initializers().keySet());
        subgraph.sparseInitializers().forEach(tensor -> own.add(tensor.name()));
        subgraph.inputs().forEach(input -> own.add(input.name()));
        subgraph.nodes().forEach(node -> own.addAll(node.outputs()));
        Set<String> captured = new LinkedHashSet<>();
        for (Node node : subgraph.nodes()) {
            captured.addAll(node.inputs());
            node.subgraphs().forEach(inner -> captured.addAll(captures(inner)));
        }
        // a branch may hand on a value of the graph around it, without any node
        subgraph.outputs().forEach(output -> captured.add(output.name()));
        captured.removeAll(own);
        captured.remove("");
        return captured;
    }
}
