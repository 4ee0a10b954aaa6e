package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Optional;

/**
 * How elements of a type are held in C. Half floats are held as their bits and computed with as floats; truth is a byte of 0 or 1.
 *
 * @param name of the type in which elements lie
 * @param computed the type in which the code reckons with them
 * @param member of the arena through which they are reached
 */
record CType(String name, String computed, String member, int bytes) {
    /** @throws IllegalArgumentException for a type without code; ask {@link #isKnown} before */
    static CType of(DataType type) {
        return find(type).orElseThrow(() -> new IllegalArgumentException(type.label() + " isn't held in C"));
    }

    static boolean isKnown(DataType type) {
        return find(type).isPresent();
    }

    private static Optional<CType> find(DataType type) {
        return Optional.ofNullable(
                switch (type) {
                    case FLOAT -> new CType("float", "float", "float32", 4);
                    case DOUBLE -> new CType("double", "double", "float64", 8);
                    case FLOAT16, BFLOAT16 -> new CType("uint16_t", "float", "uint16", 2);
                    case INT8 -> new CType("int8_t", "int8_t", "bytes", 1);
                    case INT16 -> new CType("int16_t", "int16_t", "int16", 2);
                    case INT32 -> new CType("int32_t", "int32_t", "words", 4);
                    case INT64 -> new CType("int64_t", "int64_t", "int64", 8);
                    case UINT8, BOOL -> new CType("uint8_t", "uint8_t", "uint8", 1);
                    case UINT16 -> new CType("uint16_t", "uint16_t", "uint16", 2);
                    case UINT32 -> new CType("uint32_t", "uint32_t", "uint32", 4);
                    case UINT64 -> new CType("uint64_t", "uint64_t", "uint64", 8);
                    case STRING,
                            COMPLEX64,
                            COMPLEX128,
                            FLOAT8E4M3FN,
                            FLOAT8E4M3FNUZ,
                            FLOAT8E5M2,
                            FLOAT8E5M2FNUZ,
                            FLOAT8E8M0,
                            UINT4,
                            INT4,
                            FLOAT4E2M1,
                            UINT2,
                            INT2 -> null;
                });
    }
}
