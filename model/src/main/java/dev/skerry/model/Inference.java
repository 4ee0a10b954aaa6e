package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** One pass over a model: graphs, their nodes in order, and the bodies of local functions in place of their calls. */
final class Inference {
    private static final int DEEPEST_CALL = 32;

    private final Map<String, Function> functions = new HashMap<>();
    private final Map<String, Long> pins;
    private int depth;

    Inference(Model model, Map<String, Long> pins) {
        model.functions().forEach(f -> functions.put(key(f.domain(), f.name(), f.overload()), f));
        this.pins = pins;
    }

    private static String key(String domain, String name, String overload) {
        return (domain.equals("ai.onnx") ? "" : domain) + ":" + name + ":" + overload;
    }

    /** Infers a graph whose inputs are declared. */
    Scope graph(Graph graph, @Nullable Scope outer, Map<String, Long> opsets) {
        return graph(graph, outer, opsets, List.of(), List.of());
    }

    /** Infers a subgraph; {@code inputs} are what the node around it feeds, null (or none) where it can't tell. */
    Scope graph(
            Graph graph,
            @Nullable Scope outer,
            Map<String, Long> opsets,
            List<@Nullable ValueType> inputs,
            List<@Nullable Elements> inputElements) {
        var scope = new Scope(outer, opsets);
        Map<String, ValueType> declared = declared(graph);
        for (int i = 0; i < graph.inputs().size(); i++) {
            String name = graph.inputs().get(i).name();
            ValueType type = ValueTypes.better(i < inputs.size() ? inputs.get(i) : null, declared.get(name));
            if (type != null) {
                scope.types.put(name, type);
            }
            Elements known = i < inputElements.size() ? inputElements.get(i) : null;
            if (known != null) {
                scope.elements.put(name, known);
            }
        }
        graph.initializers().values().forEach(scope::weight);
        for (SparseTensor tensor : graph.sparseInitializers()) {
            scope.types.put(
                    tensor.name(),
                    new ValueType.OfTensor(
                            tensor.values().type(),
                            Shape.of(tensor.dims().stream().mapToLong(d -> d).toArray())));
        }
        nodes(graph.nodes(), scope, declared);
        return scope;
    }

    private Map<String, ValueType> declared(Graph graph) {
        Map<String, ValueType> declared = new HashMap<>();
        for (List<ValueInfo> infos : List.of(graph.values(), graph.outputs(), graph.inputs())) {
            for (ValueInfo info : infos) {
                ValueType type = info.type();
                if (type != null) {
                    declared.put(info.name(), pinUnnamed(info.name(), ValueTypes.pin(type, pins)));
                }
            }
        }
        return declared;
    }

    /** Dimensions without a name are pinned as {@code input[axis]}. */
    private ValueType pinUnnamed(String name, ValueType type) {
        if (!(type instanceof ValueType.OfTensor(var element, var shape)) || shape == null) {
            return type;
        }
        List<Dim> dims = shape.dims();
        for (int i = 0; i < dims.size(); i++) {
            Long size = pins.get(name + "[" + i + "]");
            if (size != null && !(dims.get(i) instanceof Dim.Known)) {
                dims = Operation.with(dims, i, Dim.of(size));
            }
        }
        return new ValueType.OfTensor(element, new Shape(dims));
    }

    private void nodes(List<Node> nodes, Scope scope, Map<String, ValueType> declared) {
        for (Node node : nodes) {
            var op = new Operation(node, scope, this);
            String failed = infer(op);
            for (int i = 0; i < node.outputs().size(); i++) {
                String name = node.outputs().get(i);
                if (name.isEmpty()) {
                    continue;
                }
                ValueType type = ValueTypes.better(op.result(i), declared.get(name));
                if (type != null) {
                    scope.types.put(name, type);
                }
                op.resultElements(i).ifPresent(known -> scope.elements.put(name, known));
                if (!ValueTypes.isFull(type)) {
                    scope.unresolved.add(new Types.Unresolved(node, name, failed.isEmpty() ? why(op) : failed));
                }
            }
        }
    }

    /** Runs the rule; returns why nothing can come of it, or an empty string. */
    private String infer(Operation op) {
        Node node = op.node();
        Function function = functions.get(key(node.domain(), node.op(), node.overload()));
        if (function != null) {
            return call(op, function);
        }
        Rule rule = Rules.of(node);
        if (rule == null) {
            return "no rule for the operator " + Rules.key(node);
        }
        try {
            rule.infer(op);
            if (node.isStandard()) {
                Evaluation.evaluate(op);
            }
            return "";
        } catch (Mismatch mismatch) {
            return contradiction(op, mismatch.what());
        } catch (ArithmeticException
                | IndexOutOfBoundsException
                | NoSuchElementException
                | NegativeArraySizeException
                | IllegalArgumentException broken) {
            // attributes of the wrong length, or sizes beyond 64 bits: a rule would drown in checks for each of them
            return contradiction(op, "attributes or sizes that the operator cannot have");
        }
    }

    private static String contradiction(Operation op, String what) {
        Node node = op.node();
        op.scope()
                .contradictions
                .add(Problem.usage("model.contradiction", node.op() + ": " + what)
                        .at("node " + node.label())
                        .because("no input of these shapes makes the model run")
                        .attempt("export the model again, or give other sizes for its dimensions"));
        return what;
    }

    private static String why(Operation op) {
        for (String input : op.node().inputs()) {
            if (!input.isEmpty() && !ValueTypes.isFull(op.scope().type(input))) {
                return "its input " + input + " isn't fully known";
            }
        }
        return "only the run can tell";
    }

    /** Infers the body of a local function with the types of the call. */
    private String call(Operation op, Function function) {
        if (depth >= DEEPEST_CALL) {
            return "functions call each other more than " + DEEPEST_CALL + " deep";
        }
        var scope = new Scope(null, function.opsets().isEmpty() ? op.scope().opsets : function.opsets());
        for (int i = 0; i < function.inputs().size(); i++) {
            ValueType type = op.type(i);
            Elements known = op.elements(i);
            if (type != null) {
                scope.types.put(function.inputs().get(i), type);
            }
            if (known != null) {
                scope.elements.put(function.inputs().get(i), known);
            }
        }
        depth++;
        try {
            nodes(FunctionCall.body(function, op.node()), scope, Map.of());
        } finally {
            depth--;
        }
        op.scope().contradictions.addAll(scope.contradictions);
        for (int i = 0; i < function.outputs().size(); i++) {
            String output = function.outputs().get(i);
            op.set(i, scope.type(output));
            op.setElements(i, scope.elements(output));
        }
        return "";
    }
}
