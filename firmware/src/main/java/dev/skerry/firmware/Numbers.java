package dev.skerry.firmware;

import dev.skerry.model.DataType;

/** What C needs to reckon in a type: names of functions, literals, the least and the largest number. */
final class Numbers {
    private Numbers() {}

    static boolean isReal(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
    }

    static boolean isUnsigned(DataType type) {
        return switch (type) {
            case UINT8, UINT16, UINT32, UINT64, BOOL -> true;
            default -> false;
        };
    }

    /** The suffix of functions and literals: {@code sqrtf(2.0f)}, and {@code sqrt(2.0)} of doubles. */
    static String suffix(DataType type) {
        return type == DataType.DOUBLE ? "" : "f";
    }

    static String literal(DataType type, double value) {
        return CSource.literal(type, (long) value, value);
    }

    /** The unsigned type in which sums and products may wrap around. */
    static String wrapping(DataType type) {
        return CType.of(type).bytes() == 8 ? "uint64_t" : "uint32_t";
    }

    /** The type that sums of many elements are held in. */
    static String sum(DataType type) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16 -> "float";
            case DOUBLE -> "double";
            case UINT64 -> "uint64_t";
            case INT64, INT32, UINT32 -> "int64_t";
            default -> "int32_t";
        };
    }

    static String least(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> "-INFINITY";
            case INT8 -> "INT8_MIN";
            case INT16 -> "INT16_MIN";
            case INT32 -> "INT32_MIN";
            case INT64 -> "INT64_MIN";
            default -> "0";
        };
    }

    static String most(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> "INFINITY";
            case INT8 -> "INT8_MAX";
            case INT16 -> "INT16_MAX";
            case INT32 -> "INT32_MAX";
            case INT64 -> "INT64_MAX";
            case UINT8 -> "UINT8_MAX";
            case UINT16 -> "UINT16_MAX";
            case UINT32 -> "UINT32_MAX";
            case UINT64 -> "UINT64_MAX";
            default -> "1";
        };
    }

    /** An expression as a number of {@code type}; real ones are such already. */
    static String as(DataType type, String expression) {
        return isReal(type) ? expression : "(" + CType.of(type).computed() + ")(" + expression + ")";
    }
}
