package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Host tensors of the types that sources and constants have. */
final class Tensors {
    private Tensors() {}

    /** Numbers as a tensor of {@code type}, rounded and saturated where it is an integer; empty for types of no use here. */
    static Optional<Tensor> of(String name, DataType type, long[] dims, double[] values) {
        int width = type.bits() / 8;
        if (width == 0) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(values.length * width).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (!put(bytes, type, value)) {
                return Optional.empty();
            }
        }
        return Optional.of(Tensor.of(name, type, dims, MemorySegment.ofArray(bytes.array())));
    }

    private static boolean put(ByteBuffer bytes, DataType type, double value) {
        switch (type) {
            case FLOAT -> bytes.putFloat((float) value);
            case DOUBLE -> bytes.putDouble(value);
            case FLOAT16 -> bytes.putShort(Float.floatToFloat16((float) value));
            case INT64 -> bytes.putLong((long) Math.rint(value));
            case INT32 -> bytes.putInt((int) Math.rint(value));
            case INT16 -> bytes.putShort((short) Math.clamp((long) Math.rint(value), -32768, 32767));
            case UINT16 -> bytes.putShort((short) Math.clamp((long) Math.rint(value), 0, 65535));
            case INT8 -> bytes.put((byte) Math.clamp((long) Math.rint(value), -128, 127));
            case UINT8 -> bytes.put((byte) Math.clamp((long) Math.rint(value), 0, 255));
            case BOOL -> bytes.put((byte) (value == 0 ? 0 : 1));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The same values as {@code type}; the tensor itself where it has that type or none of the above. */
    static Tensor convert(Tensor tensor, DataType type) {
        if (tensor.type() == type || tensor.type() == DataType.STRING) {
            return tensor;
        }
        double[] values = new double[Math.toIntExact(tensor.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.valueAt(i);
        }
        return of(tensor.name(), type, tensor.dims(), values).orElse(tensor);
    }
}
