package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteTensor;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From a TensorFlow Lite file to an ONNX model that computes the same. Inputs and outputs keep their names, types and layout;
 * quantized tensors become pairs of QuantizeLinear and DequantizeLinear with the file's scales.
 *
 * @see <a href="https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec">quantization
 *     specification</a>
 */
final class TfliteImport {
    /** The first whose quantization knows 16-bit activations; its nodes carry metadata. */
    private static final long OPSET = 21;

    private final TfliteGraph graph;
    private final TfliteValues values;
    private final TfliteStates states;
    private final String source;

    private TfliteImport(TfliteModel model, String source) {
        this.source = source;
        this.graph = model.subgraphs().getFirst();
        this.values = new TfliteValues(graph, source);
        this.states = new TfliteStates(model, values);
    }

    /**
     * The model in {@code content}, whose weights may be views of it.
     *
     * @throws dev.skerry.problem.ProblemException where the file is damaged, or has an operator that isn't converted
     */
    static Model read(MemorySegment content, String source) {
        try {
            return new TfliteImport(TfliteReader.read(content, source), source).model();
        } catch (TfliteTable.Damaged
                | ArithmeticException
                | IndexOutOfBoundsException
                | IllegalArgumentException
                | NegativeArraySizeException broken) {
            // sizes that don't belong together: each lowering would drown in checks of what only a damaged file has
            throw TfliteReader.damaged(source, "shapes and options contradict each other: " + broken.getMessage())
                    .toException();
        }
    }

    private Model model() {
        Map<String, ValueInfo> inputs = new LinkedHashMap<>();
        for (int input : graph.inputs()) {
            if (values.constant(input) == null && !inputs.containsKey(values.name(input))) {
                inputs.put(values.name(input), info(input));
                values.given(input);
            }
        }
        for (TfliteOperator operator : graph.operators()) {
            lower(operator);
        }
        Map<String, ValueInfo> outputs = new LinkedHashMap<>();
        for (int output : graph.outputs()) {
            requireMade(output, "the model's output");
            String name = values.stored(output, DECLARED);
            if (!name.equals(values.name(output))) {
                values.emit(Node.of("Identity", List.of(name), List.of(values.name(output))));
            }
            outputs.put(values.name(output), info(output));
        }
        List<ValueInfo> allOutputs = new ArrayList<>(outputs.values());
        allOutputs.addAll(states.outputs());
        List<ValueInfo> allInputs = new ArrayList<>(inputs.values());
        allInputs.addAll(states.inputs());
        String name = graph.name().isEmpty() ? "main" : graph.name();
        return Model.of(Graph.of(name, values.nodes(), values.initializers(), allInputs, allOutputs), OPSET);
    }

    private void lower(TfliteOperator operator) {
        var call = new TfliteCall(values, operator);
        String name = TfliteOperators.name(operator);
        if (TfliteStates.OPERATORS.contains(name)) {
            if (name.equals("ASSIGN_VARIABLE") && call.has(1)) {
                requireMade(call.in(1), "operator " + operator.index() + ", " + name + ",");
            }
            states.lower(name, operator, call);
            return;
        }
        for (int input : operator.inputs()) {
            if (input >= 0) {
                requireMade(input, "operator " + operator.index() + ", " + name + ",");
            }
        }
        for (int output : operator.outputs()) {
            if (values.isMade(output)) {
                throw TfliteReader.damaged(source, "tensor " + values.name(output) + " is made twice")
                        .toException();
            }
        }
        TfliteOperators.lower(call, operator);
    }

    private void requireMade(int tensor, String user) {
        if (values.isMade(tensor)) {
            return;
        }
        TfliteTensor wanted = values.tensor(tensor);
        Problem problem = wanted.sparse()
                ? Problem.usage("model.tflite-operator", "sparse weights can't be read here")
                        .because("tensor " + wanted.name() + " of " + user + " is stored sparse")
                        .attempt("an ONNX export of the model")
                : TfliteReader.damaged(
                        source,
                        user + " uses tensor " + tensor + " (" + wanted.name() + ") before an operator makes it");
        throw problem.at(source).toException();
    }

    private ValueInfo info(int tensor) {
        DataType type = values.type(tensor);
        if (type == null) {
            throw Problem.usage("model.tflite-operator", "a tensor at the model's ends holds no numbers")
                    .at(source)
                    .because("tensor " + values.name(tensor) + " is a resource")
                    .toException();
        }
        List<Dim> dims = new ArrayList<>();
        for (long size : values.tensor(tensor).dims()) {
            dims.add(size < 0 ? new Dim.Unknown() : Dim.of(size));
        }
        return ValueInfo.of(values.name(tensor), type, new Shape(dims));
    }
}
