package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A graph while a pass changes it: nodes and initializers that can be replaced, and who makes and uses a value. */
final class Draft {
    private final Graph graph;
    private final Surroundings around;
    final List<Node> nodes;
    final Map<String, Tensor> initializers;
    private final Set<String> outputs = new HashSet<>();
    private final Set<String> inputs = new HashSet<>();

    Draft(Graph graph) {
        this(graph, Surroundings.NONE);
    }

    /** Of a graph inside another one, whose constants it sees and whose names it doesn't take. */
    Draft(Graph graph, Surroundings around) {
        this.graph = graph;
        this.around = around;
        nodes = new ArrayList<>(graph.nodes());
        initializers = new LinkedHashMap<>(graph.initializers());
        graph.outputs().forEach(output -> outputs.add(output.name()));
        graph.dataInputs().forEach(input -> inputs.add(input.name()));
    }

    /** The graph as it stands now. Declared types of values that are gone are left out. */
    Graph toGraph() {
        Set<String> made = new HashSet<>();
        nodes.forEach(node -> made.addAll(node.outputs()));
        List<ValueInfo> values = graph.values().stream()
                .filter(value -> made.contains(value.name()))
                .toList();
        return graph.withNodes(nodes).withInitializers(initializers).withValues(values);
    }

    boolean isOutput(String value) {
        return outputs.contains(value);
    }

    boolean isInput(String value) {
        return inputs.contains(value);
    }

    Optional<Tensor> constant(String value) {
        Tensor own = initializers.get(value);
        return Optional.ofNullable(own != null ? own : around.constants().get(value));
    }

    Optional<Node> producer(String value) {
        return nodes.stream().filter(node -> node.outputs().contains(value)).findFirst();
    }

    /** Nodes that read the value, those whose subgraphs capture it included. */
    List<Node> consumers(String value) {
        return nodes.stream().filter(node -> reads(node, value)).toList();
    }

    /** The one node that reads the value, where there is one only, the value isn't an output, and no subgraph reads it. */
    Optional<Node> onlyConsumer(String value) {
        List<Node> readers = consumers(value);
        return readers.size() == 1
                        && !isOutput(value)
                        && java.util.Collections.frequency(readers.getFirst().inputs(), value) == 1
                ? Optional.of(readers.getFirst())
                : Optional.empty();
    }

    void replace(Node old, Node... replacements) {
        int at = indexOf(old);
        nodes.remove(at);
        nodes.addAll(at, List.of(replacements));
    }

    void remove(Node node) {
        nodes.remove(indexOf(node));
    }

    /** Lets all readers of {@code old} read {@code replacement}, in subgraphs too. */
    void redirect(String old, String replacement) {
        nodes.replaceAll(node -> redirect(node, old, replacement));
    }

    /** A name that nothing in the graph has, starting with {@code hint}. */
    String fresh(String hint) {
        Set<String> taken = names();
        String name = hint;
        for (int i = 2; taken.contains(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }

    /** All names of values, in subgraphs and around too. */
    Set<String> names() {
        Set<String> taken = new HashSet<>(around.names());
        taken.addAll(initializers.keySet());
        taken.addAll(inputs);
        collectNames(nodes, taken);
        return taken;
    }

    /** By identity: comparing two nodes by content would compare their tensors. */
    @SuppressWarnings("ReferenceEquality")
    private int indexOf(Node node) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i) == node) {
                return i;
            }
        }
        throw new IllegalArgumentException(node.label() + " is not in the graph");
    }

    private static boolean reads(Node node, String value) {
        return node.inputs().contains(value) || node.subgraphs().stream().anyMatch(graph -> captures(graph, value));
    }

    private static boolean captures(Graph graph, String value) {
        return graph.outputs().stream().anyMatch(output -> output.name().equals(value))
                || graph.nodes().stream().anyMatch(node -> reads(node, value));
    }

    private static Node redirect(Node node, String old, String replacement) {
        if (!reads(node, old)) {
            return node;
        }
        Node redirected = node.withInputs(node.inputs().stream()
                .map(input -> input.equals(old) ? replacement : input)
                .toList());
        var attributes = new LinkedHashMap<String, Attribute>();
        redirected
                .attributes()
                .forEach((name, attribute) -> attributes.put(name, redirect(attribute, old, replacement)));
        return redirected.withAttributes(attributes);
    }

    private static Attribute redirect(Attribute attribute, String old, String replacement) {
        return switch (attribute) {
            case Attribute.GraphValue(Graph graph) -> Attribute.of(redirect(graph, old, replacement));
            case Attribute.Graphs(List<Graph> graphs) ->
                new Attribute.Graphs(graphs.stream()
                        .map(graph -> redirect(graph, old, replacement))
                        .toList());
            default -> attribute;
        };
    }

    private static Graph redirect(Graph graph, String old, String replacement) {
        return graph.withNodes(graph.nodes().stream()
                        .map(node -> redirect(node, old, replacement))
                        .toList())
                .withOutputs(graph.outputs().stream()
                        .map(output -> output.name().equals(old)
                                ? new ValueInfo(
                                        replacement, output.type(), output.doc(), output.metadata(), output.extras())
                                : output)
                        .toList());
    }

    private static void collectNames(List<Node> nodes, Set<String> taken) {
        for (Node node : nodes) {
            taken.addAll(node.inputs());
            taken.addAll(node.outputs());
            for (Graph graph : node.subgraphs()) {
                taken.addAll(graph.initializers().keySet());
                graph.inputs().forEach(input -> taken.add(input.name()));
                collectNames(graph.nodes(), taken);
            }
        }
    }
}
