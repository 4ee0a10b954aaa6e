package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Whether all of a TensorFlow Lite file is integers, as processors without a floating-point unit want it. */
final class TfliteReals {
    private TfliteReals() {}

    /** The operators that read or make real numbers, each as {@code SOFTMAX, which makes "scores"}. */
    static List<String> operators(TfliteModel model) {
        var found = new ArrayList<String>();
        for (TfliteGraph graph : model.subgraphs()) {
            for (TfliteOperator operator : graph.operators()) {
                boolean isReal = IntStream.concat(Arrays.stream(operator.inputs()), Arrays.stream(operator.outputs()))
                        .filter(index -> index >= 0)
                        .mapToObj(graph.tensors()::get)
                        .anyMatch(TfliteReals::isReal);
                if (isReal) {
                    String made = operator.outputs().length == 0
                            ? ""
                            : ", which makes \""
                                    + graph.tensors().get(operator.outputs()[0]).name()
                                    + "\"";
                    found.add(TfliteOperators.name(operator) + made);
                }
            }
        }
        return found;
    }

    private static boolean isReal(TfliteTensor tensor) {
        return switch (tensor.type()) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE, COMPLEX64, COMPLEX128 -> true;
            case null, default -> false;
        };
    }
}
