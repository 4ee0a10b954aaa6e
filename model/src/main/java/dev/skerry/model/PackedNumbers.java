package dev.skerry.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
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
    private PackedNumbers() {}

    /** Little-endian floats or doubles, which are content as they stand. */
    static MemorySegment fixed(List<ByteString> packed, UnknownFieldSet.Field single, int bytesEach) {
        if (single.getFixed32List().isEmpty() && single.getFixed64List().isEmpty()) {
            return segment(packed.size() == 1 ? packed.getFirst() : ByteString.copyFrom(packed));
        }
        var buffer = ByteBuffer.allocate(
                        bytesEach == 4
                                ? 4 * single.getFixed32List().size()
                                : 8 * single.getFixed64List().size())
                .order(ByteOrder.LITTLE_ENDIAN);
        if (bytesEach == 4) {
            single.getFixed32List().forEach(buffer::putInt);
        } else {
            single.getFixed64List().forEach(buffer::putLong);
        }
        return segment(ByteString.copyFrom(packed).concat(ByteString.copyFrom(buffer.flip())));
    }

    /** How many varints there are, without decoding them: each ends in the one byte of it without the high bit. */
    static long countVarints(List<ByteString> packed, UnknownFieldSet.Field single) {
        long count = single.getVarintList().size();
        for (ByteString chunk : packed) {
            ByteBuffer bytes = chunk.asReadOnlyByteBuffer();
            while (bytes.hasRemaining()) {
                count += bytes.get() >= 0 ? 1 : 0;
            }
        }
        return count;
    }

    /** Varints narrowed to {@code bytesEach} little-endian bytes; {@code count} as counted before. */
    static MemorySegment varints(List<ByteString> packed, UnknownFieldSet.Field single, int bytesEach, int count)
            throws IOException {
        var target = ByteBuffer.allocate(Math.multiplyExact(count, bytesEach)).order(ByteOrder.LITTLE_ENDIAN);
        for (ByteString chunk : packed) {
            CodedInputStream input = chunk.newCodedInput();
            while (!input.isAtEnd()) {
                put(target, input.readRawVarint64(), bytesEach);
            }
        }
        single.getVarintList().forEach(value -> put(target, value, bytesEach));
        return MemorySegment.ofArray(target.array());
    }

    private static void put(ByteBuffer target, long value, int bytes) {
        switch (bytes) {
            case 1 -> target.put((byte) value);
            case 2 -> target.putShort((short) value);
            case 4 -> target.putInt((int) value);
            default -> target.putLong(value);
        }
    }

    /** The bytes where they are: in the mapped file, or in the array that was parsed. */
    static MemorySegment segment(ByteString bytes) {
        return MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer());
    }

    /** The content as protobuf bytes; native memory, which a mapped file is, isn't copied. */
    static ByteString bytes(MemorySegment data) {
        return UnsafeByteOperations.unsafeWrap(
                data.isNative() ? data.asByteBuffer() : ByteBuffer.wrap(data.toArray(ValueLayout.JAVA_BYTE)));
    }
}
