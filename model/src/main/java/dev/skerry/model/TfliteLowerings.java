package dev.skerry.model;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ONNX operators that are written to TensorFlow Lite files: a new one is one line here, and one in {@code docs/tflite.md}. */
final class TfliteLowerings {
    /** What makes the operators of one node. */
    interface Lowering {
        void lower(TfliteStep step);
    }

    /** Whether an operator works on quantized integers. */
    enum Integers {
        /** With scales of any kind. */
        YES,
        /** On the numbers as they are stored. */
        MOVED,
        /** With scales that its kernel fixes, and a QUANTIZE where the model has others. */
        FIXED,
        /** In real numbers, between DEQUANTIZE and QUANTIZE. */
        NO
    }

    /**
     * How an operator is written.
     *
     * @param becomes what it becomes, mostly
     */
    record Entry(String becomes, Integers integers, Lowering lowering) {}

    private static final Map<String, Entry> ENTRIES = entries();

    private TfliteLowerings() {}

    private static Map<String, Entry> entries() {
        Map<String, Entry> all = new TreeMap<>();
        add(all, "Conv", "CONV_2D, DEPTHWISE_CONV_2D", Integers.YES, TfliteLayerLowering::conv);
        add(all, "ConvTranspose", "TRANSPOSE_CONV", Integers.YES, TfliteLayerLowering::transposed);
        add(all, "Gemm", "FULLY_CONNECTED", Integers.YES, TfliteLayerLowering::gemm);
        add(all, "MatMul", "FULLY_CONNECTED, BATCH_MATMUL", Integers.YES, TfliteLayerLowering::matMul);

        add(all, "MaxPool", "MAX_POOL_2D", Integers.MOVED, TflitePoolLowering::max);
        add(all, "GlobalMaxPool", "MAX_POOL_2D", Integers.MOVED, TflitePoolLowering::globalMax);
        add(all, "AveragePool", "AVERAGE_POOL_2D", Integers.FIXED, TflitePoolLowering::average);
        add(all, "GlobalAveragePool", "MEAN", Integers.YES, TflitePoolLowering::globalAverage);
        add(all, "Resize", "RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR", Integers.FIXED, TflitePoolLowering::resize);
        add(all, "DepthToSpace", "DEPTH_TO_SPACE", Integers.MOVED, TflitePoolLowering::depthToSpace);
        add(all, "SpaceToDepth", "SPACE_TO_DEPTH", Integers.MOVED, TflitePoolLowering::spaceToDepth);

        add(all, "Add", "ADD", Integers.YES, TfliteElementwiseLowering::add);
        add(all, "Sub", "SUB", Integers.YES, TfliteElementwiseLowering::sub);
        add(all, "Mul", "MUL", Integers.YES, TfliteElementwiseLowering::mul);
        add(all, "Div", "DIV", Integers.NO, TfliteElementwiseLowering::div);
        Map.of("Pow", "POW", "Max", "MAXIMUM", "Min", "MINIMUM", "Equal", "EQUAL", "Less", "LESS")
                .forEach((op, operator) -> plain(all, op, operator));
        Map.of("LessOrEqual", "LESS_EQUAL", "Greater", "GREATER", "GreaterOrEqual", "GREATER_EQUAL")
                .forEach((op, operator) -> plain(all, op, operator));
        Map.of("And", "LOGICAL_AND", "Or", "LOGICAL_OR").forEach((op, operator) -> plain(all, op, operator));
        Map.of("Exp", "EXP", "Log", "LOG", "Sqrt", "SQRT", "Abs", "ABS", "Neg", "NEG")
                .forEach((op, operator) -> unary(all, op, operator));
        Map.of("Floor", "FLOOR", "Ceil", "CEIL", "Round", "ROUND", "Sin", "SIN", "Cos", "COS", "Not", "LOGICAL_NOT")
                .forEach((op, operator) -> unary(all, op, operator));
        add(all, "Reciprocal", "DIV", Integers.NO, TfliteElementwiseLowering::reciprocal);
        add(all, "Where", "SELECT_V2", Integers.NO, TfliteElementwiseLowering::select);
        add(all, "Cast", "CAST", Integers.NO, TfliteElementwiseLowering::cast);
        add(all, "BatchNormalization", "MUL, ADD", Integers.NO, TfliteElementwiseLowering::batchNormalization);

        add(all, "Relu", "RELU", Integers.YES, TfliteElementwiseLowering::relu);
        add(
                all,
                "Clip",
                "RELU6, RELU_N1_TO_1, RELU_0_TO_1, MAXIMUM, MINIMUM",
                Integers.NO,
                TfliteElementwiseLowering::clip);
        add(all, "LeakyRelu", "LEAKY_RELU", Integers.YES, TfliteElementwiseLowering::leakyRelu);
        add(all, "PRelu", "PRELU", Integers.YES, TfliteElementwiseLowering::prelu);
        add(all, "HardSwish", "HARD_SWISH", Integers.YES, TfliteElementwiseLowering::hardSwish);
        add(all, "HardSigmoid", "MUL, ADD, RELU_0_TO_1", Integers.NO, TfliteElementwiseLowering::hardSigmoid);
        add(all, "Elu", "ELU", Integers.NO, TfliteElementwiseLowering::elu);
        add(all, "Gelu", "GELU", Integers.NO, TfliteElementwiseLowering::gelu);
        add(all, "Sigmoid", "LOGISTIC", Integers.FIXED, TfliteReductionLowering::sigmoid);
        add(all, "Tanh", "TANH", Integers.FIXED, TfliteReductionLowering::tanh);
        add(all, "Softmax", "SOFTMAX", Integers.FIXED, TfliteReductionLowering::softmax);
        add(all, "LogSoftmax", "LOG_SOFTMAX", Integers.FIXED, TfliteReductionLowering::logSoftmax);
        add(all, "LpNormalization", "L2_NORMALIZATION", Integers.FIXED, TfliteReductionLowering::unitLength);

        add(
                all,
                "LayerNormalization",
                "MEAN, SUB, MUL, ADD, RSQRT",
                Integers.NO,
                TfliteReductionLowering::layerNormalization);
        add(all, "ReduceMean", "MEAN", Integers.YES, step -> TfliteReductionLowering.reduce(step, "MEAN"));
        add(all, "ReduceSum", "SUM", Integers.YES, step -> TfliteReductionLowering.reduce(step, "SUM"));
        add(all, "ReduceProd", "REDUCE_PROD", Integers.NO, step -> TfliteReductionLowering.reduce(step, "REDUCE_PROD"));
        add(all, "ReduceMax", "REDUCE_MAX", Integers.MOVED, step -> TfliteReductionLowering.reduce(step, "REDUCE_MAX"));
        add(all, "ReduceMin", "REDUCE_MIN", Integers.MOVED, step -> TfliteReductionLowering.reduce(step, "REDUCE_MIN"));
        add(all, "ArgMax", "ARG_MAX", Integers.MOVED, step -> TfliteReductionLowering.arg(step, "ARG_MAX"));
        add(all, "ArgMin", "ARG_MIN", Integers.MOVED, step -> TfliteReductionLowering.arg(step, "ARG_MIN"));
        add(all, "TopK", "TOPK_V2, CAST", Integers.MOVED, TfliteReductionLowering::topK);

        for (String op : List.of("Reshape", "Flatten", "Squeeze", "Unsqueeze")) {
            add(all, op, "RESHAPE", Integers.MOVED, TfliteMoveLowering::reshape);
        }
        add(all, "Identity", "nothing", Integers.MOVED, TfliteMoveLowering::same);
        add(all, "Dropout", "nothing", Integers.MOVED, TfliteMoveLowering::dropout);
        add(all, "Transpose", "TRANSPOSE", Integers.MOVED, TfliteMoveLowering::transpose);
        add(all, "Slice", "SLICE, STRIDED_SLICE", Integers.MOVED, TfliteMoveLowering::slice);
        add(all, "Split", "SPLIT, SPLIT_V", Integers.MOVED, TfliteMoveLowering::split);
        add(all, "Concat", "CONCATENATION", Integers.MOVED, TfliteMoveLowering::concat);
        add(all, "Pad", "PAD, PADV2, MIRROR_PAD", Integers.MOVED, TfliteMoveLowering::pad);
        add(all, "Gather", "GATHER", Integers.MOVED, TfliteMoveLowering::gather);
        add(all, "Tile", "TILE", Integers.MOVED, TfliteMoveLowering::tile);
        add(all, "Expand", "BROADCAST_TO", Integers.MOVED, TfliteMoveLowering::expand);
        return all;
    }

    private static void add(Map<String, Entry> all, String op, String becomes, Integers integers, Lowering lowering) {
        all.put(op, new Entry(becomes, integers, lowering));
    }

    private static void plain(Map<String, Entry> all, String op, String operator) {
        add(all, op, operator, Integers.NO, step -> TfliteElementwiseLowering.plain(step, operator));
    }

    private static void unary(Map<String, Entry> all, String op, String operator) {
        add(all, op, operator, Integers.NO, step -> TfliteElementwiseLowering.unary(step, operator));
    }

    /** By ONNX operator, in order. */
    static Map<String, Entry> all() {
        return ENTRIES;
    }

    static void lower(TfliteStep step) {
        Entry entry = step.node().isStandard() ? ENTRIES.get(step.node().op()) : null;
        if (entry == null) {
            throw step.refuse(
                    step.node().isStandard()
                            ? "TensorFlow Lite has no operator for it that is written here"
                            : "it is of the domain " + step.node().domain() + ", which only ONNX runtimes know");
        }
        entry.lowering().lower(step);
    }
}
