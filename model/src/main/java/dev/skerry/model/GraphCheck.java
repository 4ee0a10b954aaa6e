package dev.skerry.model;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks the names in one graph, or in the body of one function: see {@link ModelCheck}. */
final class GraphCheck {
    /** What is defined here so far, and what the graphs around define. A name may be given anew in an inner graph. */
    private record Scope(Set<String> own, @Nullable Scope outer) {
        boolean knows(String name) {
            return own.contains(name) || outer != null && outer.knows(name);
        }
    }

    private final String where;
    private final Scope scope;
    private final @Nullable Function function;

    private GraphCheck(String where, @Nullable Scope outer, @Nullable Function function) {
        this.where = where;
        this.scope = new Scope(new HashSet<>(), outer);
        this.function = function;
    }

    static void graph(Graph graph, String where) {
        new GraphCheck(where, null, null).graph(graph);
    }

    static void function(Function function, String where) {
        var check = new GraphCheck(where, null, function);
        function.inputs().forEach(input -> check.define(input, "input", where));
        check.nodes(function.nodes());
        function.outputs().forEach(output -> check.output(output));
    }

    private void graph(Graph graph) {
        graph.inputs().forEach(input -> define(input.name(), "input", where));
        for (String name : graph.initializers().keySet()) {
            if (name.isEmpty()) {
                throw Problem.usage("model.name", "an initializer has no name")
                        .at(where)
                        .toException();
            }
        }
        for (SparseTensor tensor : graph.sparseInitializers()) {
            if (graph.initializers().containsKey(tensor.name()) || tensor.name().isEmpty()) {
                throw Problem.usage(
                                "model.duplicate",
                                "sparse initializer \"" + tensor.name() + "\" has no name of its own")
                        .at(where)
                        .toException();
            }
            SparseCheck.check(tensor, where + ": sparse initializer " + tensor.name());
            scope.own().add(tensor.name());
        }
        // a weight may be listed among the inputs too, and is then what they are where the caller gives nothing
        scope.own().addAll(graph.initializers().keySet());
        nodes(graph.nodes());
        graph.outputs().forEach(output -> output(output.name()));
    }

    private void nodes(List<Node> nodes) {
        for (Node node : nodes) {
            String place = where + ": node " + node.label();
            if (node.op().isEmpty()) {
                throw Problem.usage("model.operator", "it has no operator")
                        .at(place)
                        .toException();
            }
            for (String input : node.inputs()) {
                if (!input.isEmpty() && !scope.knows(input)) {
                    throw undefined(input, nodes, place);
                }
            }
            node.attributes().forEach((name, attribute) -> attribute(name, attribute, nodes, place));
            for (String output : node.outputs()) {
                if (!output.isEmpty()) {
                    define(output, "output", place);
                }
            }
        }
    }

    private void attribute(String name, Attribute attribute, List<Node> nodes, String place) {
        if (name.isEmpty()) {
            throw Problem.usage("model.attribute", "an attribute has no name")
                    .at(place)
                    .toException();
        }
        switch (attribute) {
            case Attribute.GraphValue(Graph graph) -> inner(graph, name, nodes, place);
            case Attribute.Graphs(List<Graph> graphs) -> graphs.forEach(graph -> inner(graph, name, nodes, place));
            case Attribute.Reference(String parameter, int _) -> reference(parameter, name, place);
            case Attribute.SparseTensorValue(SparseTensor tensor) ->
                SparseCheck.check(tensor, place + ": attribute " + name);
            default -> {}
        }
    }

    private void inner(Graph graph, String name, List<Node> nodes, String place) {
        Set<String> captured = TopologicalOrder.captures(graph);
        for (String value : captured) {
            // told here rather than inside, since only here it is seen whether a later node makes the value
            if (!scope.knows(value)) {
                throw undefined(value, nodes, place + ": " + name);
            }
        }
        new GraphCheck(place + ": " + name, scope, function).graph(graph);
    }

    private void reference(String parameter, String name, String place) {
        boolean known = function != null
                && (function.attributes().contains(parameter)
                        || function.attributeDefaults().containsKey(parameter));
        if (!known) {
            throw Problem.usage(
                            "model.reference",
                            "attribute " + name + " refers to the parameter \"" + parameter + "\", which there is not")
                    .at(place)
                    .because(function == null ? "only the body of a function has parameters" : "the function lacks it")
                    .toException();
        }
    }

    private void define(String name, String kind, String place) {
        if (name.isEmpty()) {
            throw Problem.usage("model.name", "an " + kind + " has no name")
                    .at(place)
                    .toException();
        }
        if (!scope.own().add(name)) {
            throw Problem.usage("model.duplicate", kind + " \"" + name + "\" is defined a second time")
                    .at(place)
                    .because("each value of a graph is made exactly once")
                    .toException();
        }
    }

    private void output(String name) {
        if (!scope.knows(name)) {
            throw hinted(
                            Problem.usage("model.undefined", "output \"" + name + "\" of the graph is made by no node")
                                    .at(where),
                            name)
                    .toException();
        }
    }

    private RuntimeException undefined(String name, List<Node> nodes, String place) {
        Map<String, Integer> producers = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String output : nodes.get(i).outputs()) {
                producers.put(output, i);
            }
        }
        Integer producer = producers.get(name);
        if (producer == null) {
            return hinted(
                            Problem.usage("model.undefined", "it uses \"" + name + "\", which nothing makes")
                                    .at(place)
                                    .because("it is no input, no initializer and no output of a node"),
                            name)
                    .toException();
        }
        List<Integer> cycle = Cycle.find(
                nodes.size(),
                index -> TopologicalOrder.uses(nodes.get(index)).stream()
                        .map(producers::get)
                        .filter(java.util.Objects::nonNull)
                        .toList());
        if (cycle.isEmpty()) {
            return Problem.usage(
                            "model.order",
                            "it uses \"" + name + "\" before node "
                                    + nodes.get(producer).label() + " makes it")
                    .at(place)
                    .because("nodes must be in topological order")
                    .toException();
        }
        // edges lead from user to maker; a reader follows the data
        List<String> labels = new ArrayList<>(
                cycle.reversed().stream().map(index -> nodes.get(index).label()).toList());
        labels.add(labels.getFirst());
        return Problem.usage("model.cycle", "nodes depend on each other in a circle: " + circle(labels))
                .at(where)
                .because("no order lets each value be made before it is used")
                .toException();
    }

    private static String circle(List<String> labels) {
        int shown = 8;
        return labels.size() <= shown
                ? String.join(" → ", labels)
                : Stream.concat(labels.stream().limit(shown), Stream.of("… (" + (labels.size() - 1) + " nodes)"))
                        .collect(Collectors.joining(" → "));
    }

    private Problem hinted(Problem problem, String name) {
        return Suggestion.nearest(name, scope.own())
                .map(near -> problem.attempt("\"" + near + "\", which is near"))
                .orElse(problem);
    }
}
