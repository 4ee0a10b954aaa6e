package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The graphs inside a graph: branches of If, bodies of Loop and Scan, to any depth. */
final class Subgraphs {
    private Subgraphs() {}

    /** Rewrites all graphs inside, the innermost first, and then the graph itself. */
    static Graph rewrite(Graph graph, UnaryOperator<Graph> each) {
        return each.apply(
                hasAny(graph)
                        ? graph.withNodes(graph.nodes().stream()
                                .map(node -> node.withSubgraphs(inner -> rewrite(inner, each)))
                                .toList())
                        : graph);
    }

    /** The same, telling each graph what it can see of those around it. */
    static Graph rewrite(Graph graph, Surroundings around, BiFunction<Graph, Surroundings, Graph> each) {
        if (!hasAny(graph)) {
            return each.apply(graph, around);
        }
        Surroundings inside = around.inside(graph);
        return each.apply(
                graph.withNodes(graph.nodes().stream()
                        .map(node -> node.withSubgraphs(inner -> rewrite(inner, inside, each)))
                        .toList()),
                around);
    }

    static boolean hasAny(Graph graph) {
        return graph.nodes().stream().anyMatch(node -> !node.subgraphs().isEmpty());
    }

    /** Lets all readers in the graph and inside read other values, by the names of the old ones. Names must have one meaning. */
    static Graph redirect(Graph graph, Map<String, String> names) {
        if (names.isEmpty()) {
            return graph;
        }
        return graph.withNodes(graph.nodes().stream()
                        .map(node -> node.withSubgraphs(inner -> redirect(inner, names))
                                .withInputs(node.inputs().stream()
                                        .map(input -> names.getOrDefault(input, input))
                                        .toList()))
                        .toList())
                .withOutputs(graph.outputs().stream()
                        .map(output -> names.containsKey(output.name())
                                ? new ValueInfo(
                                        names.getOrDefault(output.name(), ""),
                                        output.type(),
                                        output.doc(),
                                        output.metadata(),
                                        output.extras())
                                : output)
                        .toList());
    }

    /** The graph, and all graphs inside, outer ones first. */
    static List<Graph> all(Graph graph) {
        var graphs = new ArrayList<Graph>();
        collect(graph, graphs);
        return graphs;
    }

    /** The first output that isn't left out; a recurrent layer may give its last state only. */
    static String firstOutput(Node node) {
        return node.outputs().stream()
                .filter(output -> !output.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** The constants of the graph and of all graphs inside, whose names must have one meaning. */
    static Map<String, Tensor> constants(Graph graph) {
        var constants = new LinkedHashMap<String, Tensor>();
        all(graph).forEach(each -> constants.putAll(each.initializers()));
        return constants;
    }

    /** The nodes of the graph and of all graphs inside, in order of the file. */
    static List<Node> allNodes(Graph graph) {
        var nodes = new ArrayList<Node>();
        collectNodes(graph, nodes);
        return nodes;
    }

    private static void collect(Graph graph, List<Graph> graphs) {
        graphs.add(graph);
        graph.nodes().forEach(node -> node.subgraphs().forEach(inner -> collect(inner, graphs)));
    }

    private static void collectNodes(Graph graph, List<Node> nodes) {
        for (Node node : graph.nodes()) {
            nodes.add(node);
            node.subgraphs().forEach(inner -> collectNodes(inner, nodes));
        }
    }
}
