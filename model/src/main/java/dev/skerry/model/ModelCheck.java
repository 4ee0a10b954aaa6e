package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a model is sound as a graph: each value made once and before its use, and each reference to something that is there
 * (ONNX IR specification: Graphs, Names Within a Graph, Model-Local Functions). Operators and types are not its matter.
 */
public final class ModelCheck {
    private ModelCheck() {}

    /**
     * Passes a sound model.
     *
     * @throws dev.skerry.problem.ProblemException that names the node and the value, where the model isn't sound
     */
    public static void check(Model model) {
        check(model, "model");
    }

    static void check(Model model, String source) {
        if (model.opsets().isEmpty() && model.irVersion() >= 3) {
            throw Problem.usage("model.opset", "it imports no operator set")
                    .at(source)
                    .because("since IR version 3 a model must say which version its operators are of")
                    .attempt("exporting the model again")
                    .toException();
        }
        GraphCheck.graph(model.graph(), source);
        for (Function function : model.functions()) {
            GraphCheck.function(function, source + ": function " + function.name());
        }
        calls(model.functions(), source);
    }

    private record Signature(String domain, String name, String overload) {
        static Signature of(Node node) {
            return new Signature(node.isStandard() ? "" : node.domain(), node.op(), node.overload());
        }
    }

    /** A function is defined once, and doesn't call itself by any detour. */
    private static void calls(List<Function> functions, String source) {
        Map<Signature, Integer> known = new HashMap<>();
        for (int i = 0; i < functions.size(); i++) {
            Function function = functions.get(i);
            var signature = new Signature(
                    function.domain().equals("ai.onnx") ? "" : function.domain(), function.name(), function.overload());
            if (function.name().isEmpty() || known.put(signature, i) != null) {
                throw Problem.usage("model.duplicate", "function \"" + function.name() + "\" has no name of its own")
                        .at(source)
                        .toException();
            }
        }
        List<List<Integer>> called = new ArrayList<>();
        for (Function function : functions) {
            called.add(function.nodes().stream()
                    .flatMap(ModelCheck::withInner)
                    .map(node -> known.get(Signature.of(node)))
                    .filter(java.util.Objects::nonNull)
                    .toList());
        }
        List<Integer> cycle = Cycle.find(functions.size(), called::get);
        if (!cycle.isEmpty()) {
            String names = Stream.concat(cycle.stream(), Stream.of(cycle.getFirst()))
                    .map(index -> functions.get(index).name())
                    .collect(Collectors.joining(" → "));
            throw Problem.usage("model.cycle", "functions call each other in a circle: " + names)
                    .at(source)
                    .toException();
        }
    }

    private static Stream<Node> withInner(Node node) {
        return Stream.concat(
                Stream.of(node),
                node.subgraphs().stream()
                        .flatMap(graph -> graph.nodes().stream())
                        .flatMap(ModelCheck::withInner));
    }
}
