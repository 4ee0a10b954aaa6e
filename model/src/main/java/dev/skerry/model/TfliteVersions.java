package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.model.TfliteModel.TfliteTensor;
import java.util.List;
import java.util.Set;

/**
 * Versions of operators: the oldest that does what is asked, so that old runtimes refuse only what they can't do. By what
 * TensorFlow Lite's own converter writes.
 */
final class TfliteVersions {
    /** Those that took 8-bit integers with version 2. */
    private static final Set<String> INT8_SINCE_2 = Set.of(
            "ADD",
            "SUB",
            "MUL",
            "MAXIMUM",
            "MINIMUM",
            "MAX_POOL_2D",
            "AVERAGE_POOL_2D",
            "TRANSPOSE",
            "GATHER",
            "SPLIT",
            "SPLIT_V",
            "SLICE",
            "STRIDED_SLICE",
            "PAD",
            "PADV2",
            "MIRROR_PAD",
            "CONCATENATION",
            "SOFTMAX",
            "LOG_SOFTMAX",
            "MEAN",
            "SUM",
            "REDUCE_MAX",
            "REDUCE_MIN",
            "RELU",
            "RELU6",
            "TANH",
            "LOGISTIC",
            "BATCH_MATMUL",
            "RESIZE_BILINEAR",
            "RESIZE_NEAREST_NEIGHBOR",
            "SPACE_TO_DEPTH",
            "DEPTH_TO_SPACE",
            "ARG_MAX",
            "ARG_MIN",
            "TOPK_V2",
            "EQUAL",
            "LESS",
            "LESS_EQUAL",
            "GREATER",
            "GREATER_EQUAL",
            "ABS",
            "SQUARED_DIFFERENCE",
            "L2_NORMALIZATION",
            "BROADCAST_TO",
            "EXP");

    private TfliteVersions() {}

    static int of(TfliteDraft.Operator operator, TfliteDraft draft) {
        boolean isInteger = isInt8(operator, draft, 0);
        int largestRank = operator.inputs().stream()
                .filter(index -> index >= 0)
                .mapToInt(index -> draft.tensor(index).rank())
                .max()
                .orElse(0);
        int plain = isInteger && INT8_SINCE_2.contains(operator.name()) ? 2 : 1;
        return switch (operator.name()) {
            case "CONV_2D", "DEPTHWISE_CONV_2D" -> convolution(operator, draft);
            case "FULLY_CONNECTED" -> fullyConnected(operator, draft);
            case "TRANSPOSE_CONV" ->
                operator.options().byteAt(3) != 0
                        ? 4
                        : operator.inputs().size() == 4 ? 3 : isInt8(operator, draft, 1) ? 2 : 1;
            case "MUL" -> isInteger && growsIn(operator, draft) ? 3 : plain;
            case "SPLIT" -> isInt8(operator, draft, 1) ? 2 : 1;
            case "TRANSPOSE" -> largestRank > 5 ? 6 : largestRank > 4 ? 4 : plain;
            case "SLICE" -> largestRank > 4 ? 5 : plain;
            case "STRIDED_SLICE", "PAD", "PADV2" -> largestRank > 4 ? 4 : plain;
            case "MAXIMUM", "MINIMUM" -> broadcasts(operator, draft) && largestRank > 4 ? 3 : plain;
            case "SUB" -> broadcasts(operator, draft) && largestRank > 4 ? 3 : plain;
            case "DIV" -> broadcasts(operator, draft) && largestRank > 4 ? 2 : 1;
            case "RESIZE_BILINEAR" -> operator.options().byteAt(3) != 0 ? 3 : plain;
            case "RESIZE_NEAREST_NEIGHBOR" ->
                operator.options().byteAt(0) != 0 || operator.options().byteAt(1) != 0 ? 3 : plain;
            case "TILE" -> isInteger ? 3 : 1;
            case "BROADCAST_TO" -> isInteger ? 3 : 2;
            case "DEQUANTIZE" -> dequantize(draft.tensor(operator.inputs().getFirst()));
            case "GELU" -> isInteger ? 2 : 1;
            default -> plain;
        };
    }

    private static DataType type(TfliteDraft.Operator operator, TfliteDraft draft, int input) {
        List<Integer> inputs = operator.inputs();
        DataType type = input < inputs.size() && inputs.get(input) >= 0
                ? draft.tensor(inputs.get(input)).type()
                : null;
        return type == null ? DataType.FLOAT : type;
    }

    private static boolean isInt8(TfliteDraft.Operator operator, TfliteDraft draft, int input) {
        return type(operator, draft, input) == DataType.INT8;
    }

    private static boolean broadcasts(TfliteDraft.Operator operator, TfliteDraft draft) {
        return operator.inputs().size() > 1
                && !java.util.Arrays.equals(
                        draft.tensor(operator.inputs().get(0)).dims(),
                        draft.tensor(operator.inputs().get(1)).dims());
    }

    private static boolean perChannel(TfliteTensor tensor) {
        TfliteScales scales = tensor.scales();
        return scales != null && scales.perChannel();
    }

    private static int convolution(TfliteDraft.Operator operator, TfliteDraft draft) {
        boolean depthwise = operator.name().startsWith("DEPTHWISE");
        TfliteTensor weights = draft.tensor(operator.inputs().get(1));
        if (!depthwise && draft.tensor(operator.inputs().get(0)).dims()[3] != weights.dims()[3]) {
            return 6; // in groups
        }
        if (isInt8(operator, draft, 0)) {
            return 3;
        }
        if (weights.type() == DataType.INT8) {
            return (perChannel(weights) ? 5 : 2) + (depthwise ? perChannel(weights) ? 1 : 2 : 0);
        }
        boolean dilated =
                operator.options().intAt(5, 1) != 1 || operator.options().intAt(6, 1) != 1;
        return depthwise && dilated ? 2 : 1;
    }

    private static int fullyConnected(TfliteDraft.Operator operator, TfliteDraft draft) {
        TfliteTensor weights = draft.tensor(operator.inputs().get(1));
        boolean hybrid = weights.type() == DataType.INT8 && !isInt8(operator, draft, 0);
        if (hybrid && perChannel(weights)) {
            return 12;
        }
        if (operator.inputs().size() == 2) {
            return 6;
        }
        if (operator.options().byteAt(2) != 0) {
            return 5;
        }
        return isInt8(operator, draft, 0) ? 4 : hybrid ? 3 : 1;
    }

    /** Whether the product of the input scales reaches the output's. */
    private static boolean growsIn(TfliteDraft.Operator operator, TfliteDraft draft) {
        TfliteScales one = draft.tensor(operator.inputs().get(0)).scales();
        TfliteScales other = draft.tensor(operator.inputs().get(1)).scales();
        TfliteScales out = draft.tensor(operator.outputs().get(0)).scales();
        return one != null && other != null && out != null && one.scale() * other.scale() / out.scale() >= 1;
    }

    private static int dequantize(TfliteTensor tensor) {
        return switch (tensor.type()) {
            case INT8 -> perChannel(tensor) ? 5 : 2;
            case INT16, FLOAT16 -> 3;
            case null, default -> 1;
        };
    }
}
