package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** Leaves out nodes and weights on which no output depends. */
public final class DeadCode {
    private DeadCode() {}

    public static Graph remove(Graph graph) {
        Set<String> needed = new HashSet<>();
        graph.outputs().forEach(output -> needed.add(output.name()));
        List<Node> kept = new ArrayList<>();
        // nodes are in topological order, so that from the back every reader comes before what it reads
        for (Node node : graph.nodes().reversed()) {
            if (node.outputs().stream().anyMatch(needed::contains)) {
                kept.addFirst(node);
                collectReads(node, needed);
            }
        }
        Set<String> made = new HashSet<>();
        kept.forEach(node -> made.addAll(node.outputs()));
        var initializers = new LinkedHashMap<>(graph.initializers());
        initializers.keySet().retainAll(needed);
        return graph.withNodes(kept)
                .withInitializers(initializers)
                .withValues(graph.values().stream()
                        .filter(value -> made.contains(value.name()))
                        .toList());
    }

    /** Adds all names that the node reads; names made inside its subgraphs are among them and do no harm. */
    private static void collectReads(Node node, Set<String> needed) {
        needed.addAll(node.inputs());
        for (Graph graph : node.subgraphs()) {
            graph.outputs().forEach(output -> needed.add(output.name()));
            graph.nodes().forEach(inner -> collectReads(inner, needed));
        }
    }
}
