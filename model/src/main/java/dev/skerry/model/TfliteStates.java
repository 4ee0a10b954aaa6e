package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Variables, which a streaming model keeps from one inference to the next. ONNX has none: each becomes an input and an output
 * more, of real numbers, so that a state of zeros is the start also where a quantized zero isn't 0.
 */
final class TfliteStates {
    static final Set<String> OPERATORS = Set.of("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE");

    private final TfliteModel model;
    private final TfliteValues values;
    private final Map<Integer, String> handles = new HashMap<>();
    /** By variable, the tensor that holds its value now. */
    private final Map<String, Integer> current = new HashMap<>();

    private final Map<String, Integer> assigned = new LinkedHashMap<>();
    private final Map<String, String> inputNames = new HashMap<>();
    private final List<ValueInfo> inputs = new ArrayList<>();

    TfliteStates(TfliteModel model, TfliteValues values) {
        this.model = model;
        this.values = values;
    }

    void lower(String name, TfliteOperator operator, TfliteCall call) {
        switch (name) {
            case "VAR_HANDLE" -> handles.put(call.out(0), variable(call));
            case "CALL_ONCE" -> initial(call);
            case "READ_VARIABLE" -> read(call);
            case "ASSIGN_VARIABLE" -> {
                String variable = handle(call);
                current.put(variable, call.in(1));
                assigned.put(variable, call.in(1));
            }
            default -> throw new IllegalStateException(name);
        }
    }

    private static String variable(TfliteCall call) {
        return call.textOption(0) + "/" + call.textOption(1);
    }

    private String handle(TfliteCall call) {
        String variable = handles.get(call.in(0));
        if (variable == null) {
            throw call.refuse("its first input isn't a variable");
        }
        return variable;
    }

    private void read(TfliteCall call) {
        String variable = handle(call);
        int out = call.out(0);
        Integer known = current.get(variable);
        if (known != null) {
            values.sameAs(out, values.stored(known, DECLARED), DECLARED);
            return;
        }
        DataType type = values.isQuantized(out) ? DataType.FLOAT : values.type(out);
        if (type == null) {
            throw call.refuse("it holds no numbers");
        }
        String tail = variable.substring(variable.indexOf('/') + 1);
        String name = values.unique(tail.isEmpty() ? "state" : tail);
        inputs.add(ValueInfo.of(name, type, Shape.of(call.knownDims(out))));
        inputNames.put(variable, name);
        current.put(variable, out);
        if (values.isQuantized(out)) {
            values.quantized(out, DECLARED, name);
        } else {
            values.sameAs(out, name, DECLARED);
        }
    }

    /** The graph that sets variables at the start must set them to zero, since that is what a state is at first. */
    private void initial(TfliteCall call) {
        int index = call.option(0, 0);
        if (index < 1 || index >= model.subgraphs().size()) {
            throw call.refuse(
                    "it calls subgraph " + index + " of " + model.subgraphs().size());
        }
        TfliteGraph graph = model.subgraphs().get(index);
        for (TfliteOperator operator : graph.operators()) {
            switch (TfliteOperators.name(operator)) {
                case "VAR_HANDLE" -> {}
                case "ASSIGN_VARIABLE" -> requireZeros(call, graph, operator);
                default -> throw call.refuse("the values at the start are computed");
            }
        }
    }

    private static void requireZeros(TfliteCall call, TfliteGraph graph, TfliteOperator operator) {
        if (operator.inputs().length < 2 || operator.inputs()[1] < 0) {
            throw call.refuse("it assigns nothing");
        }
        TfliteTensor tensor = graph.tensors().get(operator.inputs()[1]);
        if (tensor.data() == null || tensor.type() == null || tensor.type() == DataType.STRING) {
            throw call.refuse("the values at the start are computed");
        }
        Tensor start = Tensor.of(tensor.name(), tensor.type(), tensor.dims(), tensor.data());
        double zero = tensor.scales() == null ? 0 : tensor.scales().zeroPoint();
        for (long i = 0; i < start.elements(); i++) {
            if (start.valueAt(i) != zero) {
                throw call.refuse("a state starts at other values than zero");
            }
        }
    }

    List<ValueInfo> inputs() {
        return inputs;
    }

    /** The states after the inference, made of what was assigned last. */
    List<ValueInfo> outputs() {
        List<ValueInfo> outputs = new ArrayList<>();
        assigned.forEach((variable, tensor) -> {
            String input = inputNames.get(variable);
            if (input == null) {
                return; // nothing reads it
            }
            String name = values.unique(input + "_out");
            values.emit(Node.of("Identity", List.of(values.real(tensor, DECLARED)), List.of(name)));
            DataType type =
                    values.isQuantized(tensor) ? DataType.FLOAT : java.util.Objects.requireNonNull(values.type(tensor));
            outputs.add(ValueInfo.of(name, type, Shape.of(values.tensor(tensor).dims())));
        });
        return outputs;
    }
}
