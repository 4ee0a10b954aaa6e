package dev.skerry.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Bytes alive at once while the nodes of a graph run in their order. A value lives from the node that makes it to the last that
 * uses it, an input from the start, an output to the end. Three habits of every runtime are taken into account: what only gives
 * elements another shape shares its input's memory; an activation function works in place where nothing else uses its input; and
 * Q/DQ pairs around an operator are fused into an integer kernel, so a dequantized copy takes no memory, and a real result that is
 * only quantized takes that of the quantized one.
 */
final class Liveness {
    private static final Set<String> VIEWS =
            Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "DequantizeLinear");
    private static final Set<String> IN_PLACE = Set.of(
            "QuantizeLinear",
            "Relu",
            "LeakyRelu",
            "PRelu",
            "Clip",
            "Sigmoid",
            "HardSigmoid",
            "HardSwish",
            "Tanh",
            "Elu",
            "Selu");

    private final Graph graph;
    private final Weights weights;
    private final ToLongFunction<String> bytes;
    /** Whose memory a value lies in: of a view its source, of what is overwritten in place the result. */
    private final Map<String, String> shared = new HashMap<>();

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
                shared.put(node.output(0), node.input(0));
            }
            inside.addAll(node.outputs());
        }
        for (Node node : graph.nodes()) {
            String first = node.output(0);
            List<Node> consumers = index.consumers(first);
            if (consumers.size() == 1
                    && IN_PLACE.contains(consumers.getFirst().op())
                    && consumers.getFirst().input(0).equals(first)
                    && !index.isGraphOutput(first)) {
                shared.putIfAbsent(first, consumers.getFirst().output(0));
            }
        }
    }

    /** The value whose memory {@code value} lies in. */
    private String root(String value) {
        String root = value;
        while (shared.containsKey(root)) {
            root = shared.getOrDefault(root, root);
        }
        return root;
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
                if (alive.add(root(output))) {
                    made += ownBytes(root(output));
                }
            }
            peak = Math.max(peak, live + Math.max(made, inner.applyAsLong(node)));
            live += made;
            int now = i;
            for (String value : dying(node, lastUse, now)) {
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
