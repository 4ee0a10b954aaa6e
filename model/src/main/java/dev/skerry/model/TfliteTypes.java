package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Element types by the codes of {@code TensorType}. */
final class TfliteTypes {
    /** Resources and variants, which have no elements of a type that ONNX knows. */
    static final List<Integer> OTHERS = List.of(13, 14);

    private static final Map<DataType, Integer> CODES = new EnumMap<>(Map.ofEntries(
            Map.entry(DataType.FLOAT, 0),
            Map.entry(DataType.FLOAT16, 1),
            Map.entry(DataType.INT32, 2),
            Map.entry(DataType.UINT8, 3),
            Map.entry(DataType.INT64, 4),
            Map.entry(DataType.STRING, 5),
            Map.entry(DataType.BOOL, 6),
            Map.entry(DataType.INT16, 7),
            Map.entry(DataType.COMPLEX64, 8),
            Map.entry(DataType.INT8, 9),
            Map.entry(DataType.DOUBLE, 10),
            Map.entry(DataType.COMPLEX128, 11),
            Map.entry(DataType.UINT64, 12),
            Map.entry(DataType.UINT32, 15),
            Map.entry(DataType.UINT16, 16),
            Map.entry(DataType.INT4, 17),
            Map.entry(DataType.BFLOAT16, 18)));

    private TfliteTypes() {}

    /** Whether kernels compute with this type. */
    static boolean isComputed(DataType type) {
        return switch (type) {
            case FLOAT, INT8, UINT8, INT16, INT32, INT64, BOOL -> true;
            default -> false;
        };
    }

    static int code(DataType type) {
        Integer code = CODES.get(type);
        if (code == null) {
            throw Problem.usage("tflite.unsupported", "TensorFlow Lite has no type " + type.label())
                    .because("weights in blocks of four bits are for ONNX Runtime")
                    .attempt("keeping the ONNX file, or another method than int4")
                    .toException();
        }
        return code;
    }

    /** The type of a code; null where there is none. */
    static @Nullable DataType of(int code) {
        for (Map.Entry<DataType, Integer> entry : CODES.entrySet()) {
            if (entry.getValue() == code) {
                return entry.getKey();
            }
        }
        return null;
    }
}
