package dev.skerry.model;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors of integers of any width, from whole numbers that fit it. */
final class Numbers {
    private Numbers() {}

    static Tensor of(String name, DataType type, long[] dims, long... values) {
        if (type.bits() < 8) {
            byte[] packed = new byte[Math.toIntExact(type.bytes(values.length))];
            int perByte = 8 / type.bits();
            for (int i = 0; i < values.length; i++) {
                packed[i / perByte] |= (byte) ((values[i] & (1L << type.bits()) - 1) << i % perByte * type.bits());
            }
            return Tensor.of(name, type, dims, MemorySegment.ofArray(packed));
        }
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(values.length))).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            switch (type.bits()) {
                case 8 -> buffer.put((byte) value);
                case 16 -> buffer.putShort((short) value);
                case 32 -> buffer.putInt((int) value);
                default -> buffer.putLong(value);
            }
        }
        return Tensor.of(name, type, dims, MemorySegment.ofArray(buffer.array()));
    }
}
