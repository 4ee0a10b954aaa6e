package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Brings nodes into an order in which each value is made before it is used, as the specification demands and some exporters
 * don't care. Of the orders that are possible it takes the one nearest to the file's (Kahn, 1962, with the position as priority).
 */
final class TopologicalOrder {
    private TopologicalOrder() {}

    /** The model in order. Nodes that form a cycle stay as they are, which {@link ModelCheck} tells. */
    static Model sort(Model model) {
        return model.withGraph(sort(model.graph()));
    }

    private static Graph sort(Graph graph) {
        return graph.withNodes(
                order(graph.nodes().stream().map(TopologicalOrder::sortWithin).toList()));
    }

    private static Node sortWithin(Node node) {
        if (node.subgraphs().isEmpty()) {
            return node;
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        node.attributes()
                .forEach((name, attribute) -> attributes.put(
                        name,
                        switch (attribute) {
                            case Attribute.GraphValue(Graph graph) -> new Attribute.GraphValue(sort(graph));
                            case Attribute.Graphs(List<Graph> graphs) ->
                                new Attribute.Graphs(graphs.stream()
                                        .map(TopologicalOrder::sort)
                                        .toList());
                            default -> attribute;
                        }));
        return node.withAttributes(attributes);
    }

    /** {@code nodes} itself where they are in order or can't be brought into one. */
    private static List<Node> order(List<Node> nodes) {
        Map<String, Integer> producers = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String output : nodes.get(i).outputs()) {
                producers.putIfAbsent(output, i);
            }
        }
        producers.remove("");
        int[] waitingFor = new int[nodes.size()];
        List<List<Integer>> followers = new ArrayList<>();
        nodes.forEach(_ -> followers.add(new ArrayList<>()));
        boolean inOrder = true;
        for (int i = 0; i < nodes.size(); i++) {
            for (String used : uses(nodes.get(i))) {
                Integer producer = producers.get(used);
                if (producer != null) {
                    waitingFor[i]++;
                    followers.get(producer).add(i);
                    inOrder &= producer < i;
                }
            }
        }
        if (inOrder) {
            return nodes;
        }
        var ready = new PriorityQueue<Integer>();
        for (int i = 0; i < waitingFor.length; i++) {
            if (waitingFor[i] == 0) {
                ready.add(i);
            }
        }
        List<Node> sorted = new ArrayList<>(nodes.size());
        while (!ready.isEmpty()) {
            int next = ready.remove();
            sorted.add(nodes.get(next));
            for (int follower : followers.get(next)) {
                if (--waitingFor[follower] == 0) {
                    ready.add(follower);
                }
            }
        }
        return sorted.size() == nodes.size() ? sorted : nodes;
    }

    /** The values that a node uses of its own graph and those around: its inputs, and what its subgraphs capture. */
    static Set<String> uses(Node node) {
        Set<String> used = new LinkedHashSet<>(node.inputs());
        node.subgraphs().forEach(graph -> used.addAll(captures(graph)));
        used.remove("");
        return used;
    }

    /** The values of the graphs around that {@code graph} uses. */
    static Set<String> captures(Graph graph) {
        Set<String> own = new LinkedHashSet<>(graph.initializers().keySet());
        graph.sparseInitializers().forEach(tensor -> own.add(tensor.name()));
        graph.inputs().forEach(input -> own.add(input.name()));
        graph.nodes().forEach(node -> own.addAll(node.outputs()));
        Set<String> used = new LinkedHashSet<>();
        graph.nodes().forEach(node -> used.addAll(uses(node)));
        graph.outputs().forEach(output -> used.add(output.name()));
        used.removeAll(own);
        used.remove("");
        return used;
    }
}
