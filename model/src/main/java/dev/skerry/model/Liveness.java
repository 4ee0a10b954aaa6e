package dev.skerry.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Bytes alive at once while the nodes of a graph run in their order. A value lives from the node that makes it to the last that
 * uses it, an input from the start, an output to the end. Two habits of every runtime are taken into account: what only gives
 * elements another shape shares its input's memory, and Q/DQ pairs around an operator are fused into an integer kernel, so a
 * dequantized copy, or a real result that is only quantized, takes no memory of its own.
 */
final class Liveness {
    private static final Set<String> VIEWS =
            Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "DequantizeLinear");

    private final Graph graph;
    private final Weights weights;
    private final ToLongFunction<String> bytes;
    private final Map<String, String> roots = new HashMap<>();

    Liveness(Graph graph, Weights weights, ToLongFunction<String> bytes) {
        this.graph = graph;
        this.weights = weights;
        this.bytes = bytes;
        GraphIndex index = GraphIndex.of(graph);
        Set<String> inside = new HashSet<>();
        graph.dataInputs().forEach(input -> inside.add(input.name()));
        for (Node node : graph.nodes()) {
            // a value of the graph around this one is not ours to keep alive
            if (VIEWS.contains(node.op()) && inside.contains(node.input(0))) {
                roots.put(node.output(0), root(node.input(0)));
            } else if (node.outputs().size() == 1 && isOnlyQuantized(index, node.output(0))) {
                roots.put(node.output(0), "");
            }
            inside.addAll(node.outputs());
        }
    }

    private static boolean isOnlyQuantized(GraphIndex index, String value) {
        List<Node> consumers = index.consumers(value);
        return consumers.size() == 1
                && consumers.getFirst().op().equals("QuantizeLinear")
                && !index.isGraphOutput(value);
    }

    /** The value whose memory {@code value} lies in; empty where it takes none. */
    String root(String value) {
        return roots.getOrDefault(value, value);
    }

    /** Bytes that a value takes for itself. */
    long ownBytes(String value) {
        return value.isEmpty() || weights.isConstant(value) || !root(value).equals(value)
                ? 0
                : bytes.applyAsLong(value);
    }

    /** @param inner the peak inside of a node's subgraphs, beyond what lives around the node */
    long peak(ToLongFunction<Node> inner) {
        Map<String, Integer> lastUse = lastUses();
        Set<String> alive = new HashSet<>();
        graph.dataInputs().forEach(input -> alive.add(input.name()));
        long live = alive.stream().mapToLong(this::ownBytes).sum();
        long peak = live;
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node node = graph.nodes().get(i);
            long made = 0;
            for (String output : node.outputs()) {
                if (alive.add(output)) {
                    made += ownBytes(output);
                }
            }
            peak = Math.max(peak, live + Math.max(made, inner.applyAsLong(node)));
            live += made;
            int now = i;
            for (String value : List.copyOf(dying(node, lastUse, now))) {
                if (alive.remove(value)) {
                    live -= ownBytes(value);
                }
            }
        }
        return peak;
    }

    private Set<String> dying(Node node, Map<String, Integer> lastUse, int now) {
        Set<String> dying = new HashSet<>();
        Set<String> touched = new HashSet<>(node.outputs());
        touched.addAll(node.inputs());
        node.subgraphs().forEach(subgraph -> touched.addAll(GraphIndex.captures(subgraph)));
        for (String value : touched) {
            if (lastUse.getOrDefault(root(value), -1) <= now) {
                dying.add(root(value));
            }
        }
        return dying;
    }

    private Map<String, Integer> lastUses() {
        Map<String, Integer> last = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node node = graph.nodes().get(i);
            for (String input : node.inputs()) {
                last.put(root(input), i);
            }
            for (Graph subgraph : node.subgraphs()) {
                for (String captured : GraphIndex.captures(subgraph)) {
                    last.put(root(captured), i);
                }
            }
        }
        graph.outputs().forEach(output -> last.put(root(output.name()), Integer.MAX_VALUE));
        return last;
    }
}
