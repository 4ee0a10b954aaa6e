package dev.skerry.agent;

import dev.skerry.model.DataType;
import java.util.Arrays;
import java.util.Optional;

/** Element types by the names that the Open Inference Protocol has for them. */
enum Datatype {
    BOOL(DataType.BOOL, 1),
    UINT8(DataType.UINT8, 1),
    UINT16(DataType.UINT16, 2),
    UINT32(DataType.UINT32, 4),
    UINT64(DataType.UINT64, 8),
    INT8(DataType.INT8, 1),
    INT16(DataType.INT16, 2),
    INT32(DataType.INT32, 4),
    INT64(DataType.INT64, 8),
    FP16(DataType.FLOAT16, 2),
    BF16(DataType.BFLOAT16, 2),
    FP32(DataType.FLOAT, 4),
    FP64(DataType.DOUBLE, 8),
    /** Elements of any length, which are text here. */
    BYTES(DataType.STRING, 0);

    private final DataType element;
    private final int bytes;

    Datatype(DataType element, int bytes) {
        this.element = element;
        this.bytes = bytes;
    }

    DataType element() {
        return element;
    }

    /** Bytes of an element; 0 for {@link #BYTES}. */
    int bytes() {
        return bytes;
    }

    static Optional<Datatype> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    static Optional<Datatype> of(DataType element) {
        return Arrays.stream(values()).filter(type -> type.element == element).findFirst();
    }
}
