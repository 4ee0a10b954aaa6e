package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.Optional;

/**
 * What an operator needs for ONNX Runtime to run it in integers, by the table that its QDQ transformer goes by. Operators that
 * are not here run in float.
 *
 * @see <a href="https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html">Quantize ONNX models</a>
 */
enum OperatorKind {
    /** Has weights, and most of the arithmetic: worth quantizing by itself. */
    LAYER,
    /** Has an integer kernel that gains only where its neighbours are integer too. */
    ARITHMETIC,
    /** Moves or picks values and leaves them as they are, so that scale and zero point go through. */
    PASSING,
    /** Cuts values off, which the end of an integer range does for nothing. */
    CUTTING,
    FLOAT;

    /** The kind of a node, where its attributes and constants are such as the integer kernel takes. */
    static OperatorKind of(Node node, Draft draft) {
        if (!node.isStandard() || Winograd.isTransform(node)) {
            return FLOAT;
        }
        return switch (node.op()) {
            case "Conv" -> layer(node, draft, 3);
            case "MatMul" -> layer(node, draft, 2);
            case "Gemm" -> isPlainGemm(node) ? layer(node, draft, 2) : FLOAT;
            case "Add", "Mul" -> ARITHMETIC;
            case "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax" -> ARITHMETIC;
            case "Reshape",
                    "Transpose",
                    "Flatten",
                    "Squeeze",
                    "Unsqueeze",
                    "Slice",
                    "Gather",
                    "Expand",
                    "Tile",
                    "Split" -> PASSING;
            case "MaxPool" -> node.outputs().size() == 1 ? PASSING : FLOAT;
            case "Resize" -> node.stringAttribute("mode", "nearest").equals("nearest") ? PASSING : FLOAT;
            case "Relu" -> CUTTING;
            case "Clip" -> constantOrAbsent(node, 1, draft) && constantOrAbsent(node, 2, draft) ? CUTTING : FLOAT;
            default -> FLOAT;
        };
    }

    private static OperatorKind layer(Node node, Draft draft, int minRank) {
        Optional<Tensor> weight = draft.constant(node.input(1))
                .filter(tensor -> tensor.type() == DataType.FLOAT && tensor.rank() >= minRank);
        if (weight.isEmpty()) {
            return FLOAT;
        }
        if (!node.hasInput(2)) {
            return LAYER;
        }
        int channels = BatchNormFolding.channels(node, weight.get());
        return draft.constant(node.input(2))
                        .filter(bias -> bias.type() == DataType.FLOAT && bias.elements() == channels)
                        .isPresent()
                ? LAYER
                : FLOAT;
    }

    private static boolean isPlainGemm(Node node) {
        return node.intAttribute("transA", 0) == 0
                && node.floatAttribute("alpha", 1) == 1
                && node.floatAttribute("beta", 1) == 1;
    }

    private static boolean constantOrAbsent(Node node, int input, Draft draft) {
        return !node.hasInput(input) || draft.constant(node.input(input)).isPresent();
    }

    /** Inputs that carry the signal; the others are shapes, axes, bounds, weights. */
    static int dataInputs(Node node) {
        return switch (node.op()) {
            case "Add", "Mul" -> 2;
            case "Concat" -> node.inputs().size();
            default -> 1;
        };
    }
}
