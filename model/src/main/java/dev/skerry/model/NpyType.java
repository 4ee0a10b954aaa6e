package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * An element type of NumPy, by its {@code descr}: byte order, kind, and size.
 *
 * @param type what the elements become; strings of either kind become {@link DataType#STRING}
 * @param bytes of one element in the file
 * @param wide strings of 4-byte characters ({@code U}) rather than of bytes ({@code S})
 */
record NpyType(DataType type, int bytes, ByteOrder order, boolean wide) {
    private static final Map<String, DataType> TYPES = Map.ofEntries(
            Map.entry("f2", DataType.FLOAT16),
            Map.entry("f4", DataType.FLOAT),
            Map.entry("f8", DataType.DOUBLE),
            Map.entry("i1", DataType.INT8),
            Map.entry("i2", DataType.INT16),
            Map.entry("i4", DataType.INT32),
            Map.entry("i8", DataType.INT64),
            Map.entry("u1", DataType.UINT8),
            Map.entry("u2", DataType.UINT16),
            Map.entry("u4", DataType.UINT32),
            Map.entry("u8", DataType.UINT64),
            Map.entry("b1", DataType.BOOL),
            Map.entry("c8", DataType.COMPLEX64),
            Map.entry("c16", DataType.COMPLEX128));

    static NpyType of(String descr, String where) {
        char first = descr.isEmpty() ? ' ' : descr.charAt(0);
        ByteOrder order = first == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        String kind = "<>|=".indexOf(first) >= 0 ? descr.substring(1) : descr;
        DataType type = TYPES.get(kind);
        if (type != null) {
            return new NpyType(type, type.bits() / 8, order, false);
        }
        if (kind.matches("[SaU][0-9]{1,8}")) {
            boolean wide = kind.charAt(0) == 'U';
            int length = Integer.parseInt(kind.substring(1));
            return new NpyType(DataType.STRING, wide ? 4 * length : length, order, wide);
        }
        throw Problem.usage("model.npy-type", "arrays of type \"" + descr + "\" can't be read")
                .at(where)
                .because(
                        kind.startsWith("O")
                                ? "it holds Python objects, and unpickling runs whatever code the file brings"
                                : "numbers, booleans and strings can")
                .attempt("array.astype(...) before saving")
                .toException();
    }

    /** The {@code descr} to write for a tensor; {@code characters} is the length of its longest string. */
    static String descr(Tensor tensor, int characters) {
        if (tensor.type() == DataType.STRING) {
            return "<U" + Math.max(1, characters);
        }
        for (Map.Entry<String, DataType> entry : TYPES.entrySet()) {
            if (entry.getValue() == tensor.type()) {
                return (tensor.type().bits() == 8 ? "|" : "<") + entry.getKey();
            }
        }
        throw Problem.usage(
                        "model.npy-type",
                        "NumPy has no type for " + tensor.type().label())
                .at(tensor.name())
                .attempt("casting it to float32 or int8")
                .toException();
    }

    /** Bytes of the smallest piece that byte order applies to; complex numbers are two. */
    int swapped() {
        return switch (type) {
            case COMPLEX64, COMPLEX128 -> bytes / 2;
            default -> bytes;
        };
    }
}
