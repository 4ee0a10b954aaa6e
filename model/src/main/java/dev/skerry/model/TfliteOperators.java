package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteOperator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The operators of TensorFlow Lite that become ONNX nodes: a new one is one line here. */
final class TfliteOperators {
    /** What makes the nodes of one operator. */
    interface Lowering {
        void lower(TfliteCall call);
    }

    private static final int CUSTOM = 32;

    /** Operators by their codes in {@code BuiltinOperator}. */
    private static final List<String> NAMES = List.of(("ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D"
                    + " DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION"
                    + " L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1"
                    + " RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM"
                    + " EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND"
                    + " TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP"
                    + " TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG"
                    + " PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS"
                    + " EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR"
                    + " ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD"
                    + " RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2"
                    + " ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH"
                    + " IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM"
                    + " BATCH_MATMUL PLACEHOLDER CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE"
                    + " HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE"
                    + " ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU"
                    + " DYNAMIC_UPDATE_SLICE RELU_0_TO_1")
            .split(" "));

    private static final Map<String, Lowering> LOWERINGS = lowerings();

    private TfliteOperators() {}

    private static Map<String, Lowering> lowerings() {
        Map<String, Lowering> table = new TreeMap<>();
        table.put("CONV_2D", TfliteConvolutions::conv);
        table.put("DEPTHWISE_CONV_2D", TfliteConvolutions::depthwise);
        table.put("TRANSPOSE_CONV", TfliteConvolutions::transposed);
        table.put("FULLY_CONNECTED", TfliteMatrices::fullyConnected);
        table.put("BATCH_MATMUL", TfliteMatrices::batchMatMul);
        table.put("AVERAGE_POOL_2D", TflitePools::average);
        table.put("MAX_POOL_2D", TflitePools::max);
        table.put("RESIZE_BILINEAR", TflitePools::bilinear);
        table.put("RESIZE_NEAREST_NEIGHBOR", TflitePools::nearest);
        table.put("DEPTH_TO_SPACE", TflitePools::depthToSpace);
        table.put("SPACE_TO_DEPTH", TflitePools::spaceToDepth);

        table.put("ADD", call -> TfliteElementwise.binary(call, "Add"));
        table.put("SUB", call -> TfliteElementwise.binary(call, "Sub"));
        table.put("MUL", call -> TfliteElementwise.binary(call, "Mul"));
        table.put("DIV", call -> TfliteElementwise.binary(call, "Div"));
        table.put("POW", call -> TfliteElementwise.plain(call, "Pow"));
        table.put("MAXIMUM", call -> TfliteElementwise.plain(call, "Max"));
        table.put("MINIMUM", call -> TfliteElementwise.plain(call, "Min"));
        table.put("ADD_N", call -> TfliteElementwise.plain(call, "Sum"));
        table.put("SQUARED_DIFFERENCE", TfliteElementwise::squaredDifference);
        table.put("FLOOR_DIV", TfliteElementwise::floorDiv);
        table.put("FLOOR_MOD", TfliteElementwise::floorMod);
        table.put("EQUAL", call -> TfliteElementwise.compare(call, "Equal"));
        table.put("NOT_EQUAL", TfliteElementwise::notEqual);
        table.put("LESS", call -> TfliteElementwise.compare(call, "Less"));
        table.put("LESS_EQUAL", call -> TfliteElementwise.compare(call, "LessOrEqual"));
        table.put("GREATER", call -> TfliteElementwise.compare(call, "Greater"));
        table.put("GREATER_EQUAL", call -> TfliteElementwise.compare(call, "GreaterOrEqual"));
        table.put("LOGICAL_AND", call -> TfliteElementwise.compare(call, "And"));
        table.put("LOGICAL_OR", call -> TfliteElementwise.compare(call, "Or"));
        table.put("LOGICAL_NOT", call -> TfliteElementwise.unary(call, "Not"));
        table.put("SELECT", TfliteElementwise::select);
        table.put("SELECT_V2", TfliteElementwise::select);
        table.put("RELU", call -> TfliteElementwise.unary(call, "Relu"));
        table.put("RELU6", call -> TfliteElementwise.clip(call, 0, 6));
        table.put("RELU_N1_TO_1", call -> TfliteElementwise.clip(call, -1, 1));
        table.put("RELU_0_TO_1", call -> TfliteElementwise.clip(call, 0, 1));
        table.put("LEAKY_RELU", TfliteElementwise::leakyRelu);
        table.put("PRELU", call -> TfliteElementwise.plain(call, "PRelu"));
        table.put("ELU", call -> TfliteElementwise.unary(call, "Elu"));
        table.put("GELU", TfliteElementwise::gelu);
        table.put("HARD_SWISH", call -> TfliteElementwise.unary(call, "HardSwish"));
        table.put("LOGISTIC", call -> TfliteElementwise.unary(call, "Sigmoid"));
        table.put("TANH", call -> TfliteElementwise.unary(call, "Tanh"));
        table.put("EXP", call -> TfliteElementwise.unary(call, "Exp"));
        table.put("LOG", call -> TfliteElementwise.unary(call, "Log"));
        table.put("SIN", call -> TfliteElementwise.unary(call, "Sin"));
        table.put("COS", call -> TfliteElementwise.unary(call, "Cos"));
        table.put("SQRT", call -> TfliteElementwise.unary(call, "Sqrt"));
        table.put("RSQRT", TfliteElementwise::rsqrt);
        table.put("SQUARE", TfliteElementwise::square);
        table.put("NEG", call -> TfliteElementwise.unary(call, "Neg"));
        table.put("ABS", call -> TfliteElementwise.unary(call, "Abs"));
        table.put("FLOOR", call -> TfliteElementwise.unary(call, "Floor"));
        table.put("CEIL", call -> TfliteElementwise.unary(call, "Ceil"));
        table.put("ROUND", call -> TfliteElementwise.unary(call, "Round"));
        table.put("CAST", TfliteElementwise::cast);
        table.put("QUANTIZE", TfliteElementwise::quantize);
        table.put("DEQUANTIZE", TfliteElementwise::dequantize);

        table.put("MEAN", call -> TfliteReductions.reduce(call, "ReduceMean"));
        table.put("SUM", call -> TfliteReductions.reduce(call, "ReduceSum"));
        table.put("REDUCE_MAX", call -> TfliteReductions.reduce(call, "ReduceMax"));
        table.put("REDUCE_MIN", call -> TfliteReductions.reduce(call, "ReduceMin"));
        table.put("REDUCE_PROD", call -> TfliteReductions.reduce(call, "ReduceProd"));
        table.put("ARG_MAX", call -> TfliteReductions.arg(call, "ArgMax"));
        table.put("ARG_MIN", call -> TfliteReductions.arg(call, "ArgMin"));
        table.put("TOPK_V2", TfliteReductions::topK);
        table.put("SOFTMAX", TfliteReductions::softmax);
        table.put("LOG_SOFTMAX", TfliteReductions::logSoftmax);
        table.put("L2_NORMALIZATION", TfliteReductions::l2Normalization);
        table.put("CUMSUM", TfliteReductions::cumSum);

        table.put("RESHAPE", TfliteShapes::reshape);
        table.put("SQUEEZE", TfliteShapes::reshape);
        table.put("EXPAND_DIMS", TfliteShapes::reshape);
        table.put("TRANSPOSE", TfliteShapes::transpose);
        table.put("SHAPE", TfliteShapes::shape);
        table.put("TILE", TfliteShapes::tile);
        table.put("BROADCAST_TO", TfliteShapes::broadcastTo);
        table.put("FILL", TfliteShapes::fill);
        table.put("PAD", TfliteSlices::pad);
        table.put("PADV2", TfliteSlices::pad);
        table.put("MIRROR_PAD", TfliteSlices::mirrorPad);
        table.put("CONCATENATION", TfliteSlices::concatenation);
        table.put("SPLIT", TfliteSlices::split);
        table.put("SPLIT_V", TfliteSlices::splitV);
        table.put("SLICE", TfliteSlices::slice);
        table.put("STRIDED_SLICE", TfliteSlices::stridedSlice);
        table.put("GATHER", TfliteSlices::gather);
        table.put("GATHER_ND", TfliteSlices::gatherNd);
        table.put("PACK", TfliteSlices::pack);
        table.put("UNPACK", TfliteSlices::unpack);
        return table;
    }

    /** Names of the operators that are read, those of {@link TfliteStates} among them, in order. */
    static List<String> names() {
        var names = new java.util.TreeSet<>(LOWERINGS.keySet());
        names.addAll(TfliteStates.OPERATORS);
        return List.copyOf(names);
    }

    /** The code of an operator that the schema knows by {@code name}. */
    static int code(String name) {
        return NAMES.indexOf(name);
    }

    /** As the schema calls it; a custom operator by its own name. */
    static String name(TfliteOperator operator) {
        if (operator.code() == CUSTOM) {
            return operator.custom().isEmpty() ? "CUSTOM" : operator.custom();
        }
        return operator.code() < NAMES.size() ? NAMES.get(operator.code()) : "number " + operator.code();
    }

    static void lower(TfliteCall call, TfliteOperator operator) {
        Lowering lowering = operator.code() == CUSTOM ? null : LOWERINGS.get(name(operator));
        if (lowering == null) {
            throw call.refuse(
                    operator.code() == CUSTOM
                            ? "it is a custom operator, of which only the program that made it knows the meaning"
                            : "it isn't among those that are converted to ONNX");
        }
        lowering.lower(call);
    }
}
