package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators with graphs inside. */
final class ControlFlowRules {
    static final Map<String, Rule> RULES = Map.of(
            "If", ControlFlowRules::branch,
            "Loop", ControlFlowRules::loop,
            "Scan", ScanRule::scan,
            "SequenceMap", ControlFlowRules::map);

    /** More passes than a shape has dimensions that could turn out to vary. */
    private static final int PASSES = 16;

    private ControlFlowRules() {}

    static @Nullable Graph body(Operation op, String attribute) {
        return op.node().attributes().get(attribute) instanceof Attribute.GraphValue(Graph graph) ? graph : null;
    }

    private static void branch(Operation op) {
        Graph then = body(op, "then_branch");
        Graph otherwise = body(op, "else_branch");
        if (then == null || otherwise == null) {
            return;
        }
        Scope outer = op.scope();
        Scope yes = op.inference().graph(then, outer, outer.opsets);
        Scope no = op.inference().graph(otherwise, outer, outer.opsets);
        long[] known = op.longs(0);
        boolean decided = known != null && known.length == 1;
        // exporters guard what fits only some shapes by an If, so a branch is wrong only if it is entered, or neither
        // is right
        boolean neither = !yes.contradictions.isEmpty() && !no.contradictions.isEmpty();
        outer.adopt(then, yes, known != null && decided ? known[0] != 0 : neither);
        outer.adopt(otherwise, no, known != null && decided ? known[0] == 0 : neither);
        for (int i = 0; i < op.outputs(); i++) {
            String a = then.outputs().get(i).name();
            String b = otherwise.outputs().get(i).name();
            if (known != null && decided) {
                Scope taken = known[0] != 0 ? yes : no;
                op.set(i, taken.type(known[0] != 0 ? a : b));
                op.setElements(i, taken.elements(known[0] != 0 ? a : b));
            } else {
                op.set(i, ValueTypes.join(yes.type(a), no.type(b)));
            }
        }
    }

    /** Inputs M, condition, carried…; the body takes (iteration, condition, carried…), gives (condition, carried…, scanned…). */
    private static void loop(Operation op) {
        Graph body = body(op, "body");
        if (body == null) {
            return;
        }
        int carried = op.inputs() - 2;
        long[] first = op.longs(1);
        boolean starts = !op.has(1) || first != null && first.length == 1 && first[0] != 0;
        List<@Nullable ValueType> inputs = new ArrayList<>();
        inputs.add(new ValueType.OfTensor(DataType.INT64, Shape.SCALAR));
        inputs.add(new ValueType.OfTensor(DataType.BOOL, Shape.SCALAR));
        for (int i = 0; i < carried; i++) {
            inputs.add(op.type(i + 2));
        }
        List<@Nullable Elements> known = new ArrayList<>();
        known.add(null);
        known.add(starts ? Elements.scalar(Entry.of(1)) : null);
        Scope scope = settle(op, body, inputs, known, 2, 1);
        op.scope().adopt(body, scope);
        for (int i = 0; i < carried; i++) {
            op.set(i, inputs.get(i + 2));
        }
        // where the condition enters true and leaves true, only M ends the loop
        Elements condition = scope.elements(body.outputs().getFirst().name());
        long[] goesOn = condition == null ? null : condition.longs();
        boolean counted = starts && goesOn != null && goesOn.length == 1 && goesOn[0] != 0;
        Dim trips = counted && op.has(0) ? op.size(0) : Dims.UNKNOWN;
        for (int i = carried; i < op.outputs(); i++) {
            String name = body.outputs().get(i + 1).name();
            if (scope.type(name) instanceof ValueType.OfTensor(var element, var shape)) {
                List<Dim> dims = null;
                if (shape != null) {
                    dims = new ArrayList<>(List.of(trips));
                    dims.addAll(shape.dims());
                }
                op.set(i, element, dims);
            }
        }
    }

    /**
     * Infers a body until what it gives back no longer changes what is known of what it takes. {@code inputs} becomes what holds
     * in every round.
     *
     * @param offset where among the inputs the carried values begin; {@code outputOffset}: among the body's outputs
     */
    static Scope settle(
            Operation op,
            Graph body,
            List<@Nullable ValueType> inputs,
            List<@Nullable Elements> known,
            int offset,
            int outputOffset) {
        int carried = inputs.size() - offset;
        return settle(op, body, inputs, known, offset, outputOffset, carried);
    }

    static Scope settle(
            Operation op,
            Graph body,
            List<@Nullable ValueType> inputs,
            List<@Nullable Elements> known,
            int offset,
            int outputOffset,
            int carried) {
        Scope scope = op.inference().graph(body, op.scope(), op.scope().opsets, inputs, known);
        for (int pass = 0; pass < PASSES; pass++) {
            boolean changed = false;
            for (int i = 0; i < carried; i++) {
                ValueType before = inputs.get(offset + i);
                ValueType after =
                        scope.type(body.outputs().get(outputOffset + i).name());
                ValueType both =
                        before == null ? null : after == null ? withoutShape(before) : ValueTypes.join(before, after);
                if (both != null && !both.equals(before) || both == null && before != null) {
                    inputs.set(offset + i, both);
                    changed = true;
                }
            }
            if (!changed) {
                return scope;
            }
            scope = op.inference().graph(body, op.scope(), op.scope().opsets, inputs, known);
        }
        return scope;
    }

    private static ValueType withoutShape(ValueType type) {
        return type instanceof ValueType.OfTensor tensor ? new ValueType.OfTensor(tensor.element(), null) : type;
    }

    /** The body takes one element of each sequence; further tensors are the same in each call. */
    private static void map(Operation op) {
        Graph body = body(op, "body");
        if (body == null) {
            return;
        }
        List<@Nullable ValueType> inputs = new ArrayList<>();
        for (int i = 0; i < op.inputs(); i++) {
            inputs.add(op.type(i) instanceof ValueType.OfSequence(var element) ? element : op.type(i));
        }
        Scope scope = op.inference().graph(body, op.scope(), op.scope().opsets, inputs, List.of());
        op.scope().adopt(body, scope);
        for (int i = 0; i < op.outputs(); i++) {
            op.set(i, new ValueType.OfSequence(scope.type(body.outputs().get(i).name())));
        }
    }
}
