package dev.skerry.model;

import com.google.protobuf.UnknownFieldSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The typed data of a {@code TensorProto} as tensor content. Protobuf allows a repeated number in packed form (what ONNX asks
 * for) and one by one; the latter arrive as unknown fields.
 */
final class PackedNumbers {
    private static final int BITS_PER_BYTE = 7;
    private static final long LARGEST_ON_HEAP = 1 << 20;

    private PackedNumbers() {}

    /** Little-endian floats or doubles, which are content as they stand. */
    static MemorySegment fixed(List<MemorySegment> packed, UnknownFieldSet.Field single, int bytesEach) {
        int singleBytes = bytesEach == 4
                ? 4 * single.getFixed32List().size()
                : 8 * single.getFixed64List().size();
        if (packed.size() == 1 && singleBytes == 0) {
            return packed.getFirst();
        }
        long bytes = packed.stream().mapToLong(MemorySegment::byteSize).sum() + singleBytes;
        var joined = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        packed.forEach(chunk -> joined.put(chunk.asByteBuffer()));
        if (bytesEach == 4) {
            single.getFixed32List().forEach(joined::putInt);
        } else {
            single.getFixed64List().forEach(joined::putLong);
        }
        return MemorySegment.ofArray(joined.array());
    }

    /** How many varints there are, without decoding them: each ends in the one byte of it without the high bit. */
    static long countVarints(List<MemorySegment> packed, UnknownFieldSet.Field single) {
        long count = single.getVarintList().size();
        for (MemorySegment chunk : packed) {
            for (long i = 0; i < chunk.byteSize(); i++) {
                count += chunk.get(ValueLayout.JAVA_BYTE, i) >= 0 ? 1 : 0;
            }
        }
        return count;
    }

    /** Varints narrowed to {@code bytesEach} little-endian bytes; {@code count} as counted before. A last one that is cut off is left out. */
    static MemorySegment varints(List<MemorySegment> packed, UnknownFieldSet.Field single, int bytesEach, long count) {
        long bytes = count * bytesEach;
        var target = new Target(
                bytes > LARGEST_ON_HEAP ? Arena.ofAuto().allocate(bytes) : MemorySegment.ofArray(new byte[(int) bytes]),
                bytesEach);
        for (MemorySegment chunk : packed) {
            long value = 0;
            int shift = 0;
            for (long i = 0; i < chunk.byteSize(); i++) {
                byte next = chunk.get(ValueLayout.JAVA_BYTE, i);
                // beyond 64 bits there is nothing to keep, and a shift would start again
                value |= shift < Long.SIZE ? (next & 0x7fL) << shift : 0;
                shift += BITS_PER_BYTE;
                if (next >= 0) {
                    target.put(value);
                    value = 0;
                    shift = 0;
                }
            }
        }
        single.getVarintList().forEach(target::put);
        return target.data;
    }

    /** Numbers of one width, put one after the other. */
    private static final class Target {
        private final MemorySegment data;
        private final int bytesEach;
        private long position;

        Target(MemorySegment data, int bytesEach) {
            this.data = data;
            this.bytesEach = bytesEach;
        }

        void put(long value) {
            for (int i = 0; i < bytesEach; i++) {
                data.set(ValueLayout.JAVA_BYTE, position++, (byte) (value >>> Byte.SIZE * i));
            }
        }
    }
}
