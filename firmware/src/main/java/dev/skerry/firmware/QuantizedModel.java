package dev.skerry.firmware;

import dev.skerry.model.Graph;
import dev.skerry.model.GraphIndex;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Requantization;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** ONNX models with QuantizeLinear and DequantizeLinear, brought to integers by way of what TensorFlow Lite would make of them. */
final class QuantizedModel {
    private static final Set<String> WEIGHTED = Set.of("Conv", "Gemm", "MatMul");

    private QuantizedModel() {}

    /**
     * The same model with the factors and roundings of TensorFlow Lite at its layers. Empty where it has none between quantized values,
     * has them already, or has no such form with the same inputs and outputs.
     *
     * @param dims sizes of open dimensions
     */
    static Optional<Model> inIntegers(Model given, Map<String, Long> dims) {
        Model model = QuantizedOperators.spread(given, _ -> true);
        Graph graph = model.graph();
        boolean carries =
                graph.nodes().stream().anyMatch(node -> Requantization.of(node).isPresent());
        if (carries || !hasQuantizedLayer(graph)) {
            return Optional.empty();
        }
        try {
            Model made = ModelFile.parse(ModelFile.tfliteBytes(model, dims));
            return hasSameEnds(model, made, dims) ? Optional.of(made) : Optional.empty();
        } catch (ProblemException _) {
            // an operator that TensorFlow Lite has no form of: its nodes stay as the specification has them
            return Optional.empty();
        }
    }

    private static boolean hasQuantizedLayer(Graph graph) {
        var index = GraphIndex.of(graph);
        return graph.nodes().stream()
                .anyMatch(node ->
                        WEIGHTED.contains(node.op()) && isDequantized(index, node, 0) && isDequantized(index, node, 1));
    }

    private static boolean isDequantized(GraphIndex index, Node node, int input) {
        return index.producer(node.input(input))
                .filter(producer -> producer.is("DequantizeLinear"))
                .isPresent();
    }

    private static boolean hasSameEnds(Model model, Model made, Map<String, Long> dims) {
        Types before = ShapeInference.infer(model, dims);
        Types after = ShapeInference.infer(made, dims);
        return isSame(model.graph().dataInputs(), before, made.graph().dataInputs(), after)
                && isSame(model.graph().outputs(), before, made.graph().outputs(), after);
    }

    private static boolean isSame(List<ValueInfo> ends, Types before, List<ValueInfo> others, Types after) {
        return ends.size() == others.size()
                && ends.stream()
                        .allMatch(end ->
                                others.stream().anyMatch(other -> other.name().equals(end.name()))
                                        && before.tensor(end.name()).equals(after.tensor(end.name())));
    }
}
