package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Scan: states and slices go into the body, states and slices come out of it. */
final class ScanRule {
    private ScanRule() {}

    static void scan(Operation op) {
        Graph body = ControlFlowRules.body(op, "body");
        if (body == null) {
            return;
        }
        boolean old = op.opset() < 9;
        // opset 8 put the lengths of the sequences first and a batch in front of each value
        int first = old ? 1 : 0;
        int scanned = (int) op.attribute("num_scan_inputs", 1);
        int states = op.inputs() - first - scanned;
        long[] axes = op.node().intsAttribute("scan_input_axes").orElse(new long[scanned]);
        List<@Nullable ValueType> inputs = new ArrayList<>();
        Dim batch = Dims.UNKNOWN;
        Dim steps = Dims.UNKNOWN;
        for (int i = 0; i < states + scanned; i++) {
            ValueType type = op.type(first + i);
            List<Dim> dims = op.dims(first + i);
            DataType element = op.element(first + i);
            if (dims != null && element != null) {
                List<Dim> rest = new ArrayList<>(dims);
                if (old) {
                    batch = Dims.better(batch, rest.removeFirst());
                }
                if (i >= states) {
                    int axis = old ? 0 : op.axis(axes[i - states], rest.size());
                    steps = Dims.better(steps, rest.remove(axis));
                }
                type = new ValueType.OfTensor(element, new Shape(rest));
            }
            inputs.add(type);
        }
        Scope scope = ControlFlowRules.settle(op, body, inputs, List.of(), 0, 0, states);
        op.scope().adopt(body, scope);
        long[] outAxes = op.node().intsAttribute("scan_output_axes").orElse(new long[op.outputs() - states]);
        for (int i = 0; i < op.outputs(); i++) {
            ValueType type = i < states
                    ? inputs.get(i)
                    : scope.type(body.outputs().get(i).name());
            if (!(type instanceof ValueType.OfTensor(var element, var shape))) {
                continue;
            }
            List<Dim> dims = shape == null ? null : new ArrayList<>(shape.dims());
            if (dims != null && i >= states) {
                dims.add(old ? 0 : op.axis(outAxes[i - states], dims.size() + 1), steps);
            }
            if (dims != null && old) {
                dims.addFirst(batch);
            }
            op.set(i, element, dims);
        }
    }
}
