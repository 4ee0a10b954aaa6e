package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the conversions off the ends of a quantized model: what was a real input that is made integers at once becomes an input of
 * these integers, and so does an output. Names and shapes stay.
 */
final class IntegerEnds {
    private final Draft draft;
    private final Map<String, DataType> types = new HashMap<>();

    private IntegerEnds(Graph graph) {
        draft = new Draft(graph);
    }

    static Model of(Model model) {
        Graph graph = model.graph();
        var ends = new IntegerEnds(graph);
        graph.dataInputs().forEach(input -> ends.input(input.name()));
        graph.outputs().forEach(output -> ends.output(output.name()));
        Graph stripped = ends.draft.toGraph();
        return model.withGraph(DeadCode.remove(
                stripped.withInputs(ends.typed(graph.inputs())).withOutputs(ends.typed(graph.outputs()))));
    }

    private void input(String name) {
        List<Node> readers = draft.consumers(name);
        boolean alike = !readers.isEmpty()
                && !draft.isOutput(name)
                && readers.stream()
                        .allMatch(node -> node.is("QuantizeLinear")
                                && node.inputs().equals(readers.getFirst().inputs()));
        if (!alike) {
            return;
        }
        type(readers.getFirst()).ifPresent(type -> {
            types.put(name, type);
            for (Node conversion : readers) {
                draft.remove(conversion);
                draft.redirect(conversion.output(0), name);
            }
        });
    }

    private void output(String name) {
        Optional<Node> conversion = draft.producer(name).filter(node -> node.is("DequantizeLinear"));
        Optional<DataType> type = conversion.flatMap(this::type);
        Optional<Node> maker = conversion.flatMap(node -> draft.producer(node.input(0)));
        if (type.isEmpty() || maker.isEmpty()) {
            return;
        }
        types.put(name, type.get());
        String stored = conversion.get().input(0);
        if (draft.consumers(name).isEmpty()) {
            draft.remove(conversion.get());
        } else {
            String real = draft.fresh(name + "_real");
            draft.replace(conversion.get(), conversion.get().withOutputs(List.of(real)));
            draft.redirect(name, real);
        }
        Node made = draft.producer(stored).orElseThrow();
        draft.replace(
                made,
                made.withOutputs(made.outputs().stream()
                        .map(value -> value.equals(stored) ? name : value)
                        .toList()));
        draft.redirect(stored, name);
    }

    /** Of the integers of a conversion, which its zero point has; those of ONNX without one are unsigned. */
    private Optional<DataType> type(Node conversion) {
        return conversion.hasInput(2)
                ? draft.constant(conversion.input(2)).map(Tensor::type)
                : Optional.of(DataType.UINT8);
    }

    private List<ValueInfo> typed(List<ValueInfo> ends) {
        var typed = new ArrayList<ValueInfo>();
        for (ValueInfo end : ends) {
            DataType type = types.get(end.name());
            typed.add(
                    type != null && end.type() instanceof ValueType.OfTensor(var _, var shape)
                            ? end.withType(new ValueType.OfTensor(type, shape))
                            : end);
        }
        return typed;
    }
}
