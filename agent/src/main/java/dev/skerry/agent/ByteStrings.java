package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** {@link Datatype#BYTES} tensors in their packed form: each element is its length in four bytes, then its bytes. */
final class ByteStrings {
    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** What the heap holds for an element beside its characters. */
    static final int ELEMENT = 48;

    private ByteStrings() {}

    /** What elements hold, with two bytes a character. */
    static long heldBytes(List<String> elements) {
        return elements.stream().mapToLong(text -> ELEMENT + 2L * text.length()).sum();
    }

    /**
     * Elements out of their packed form.
     *
     * @param count of elements that the shape announces
     * @param memory is told of bytes before they are had, and may refuse them
     */
    static List<String> read(MemorySegment packed, long count, String tensor, LongConsumer memory) {
        // each element takes four bytes at least, so a lie about the count costs no memory
        if (count > packed.byteSize() / 4) {
            throw wrong(
                    "the shape says " + count + " elements, " + packed.byteSize() + " bytes can't hold as many",
                    tensor);
        }
        memory.accept(packed.byteSize() + count * ELEMENT);
        var elements = new ArrayList<String>((int) count);
        long at = 0;
        for (long i = 0; i < count; i++) {
            if (packed.byteSize() - at < 4) {
                throw wrong("element " + i + " has no length", tensor);
            }
            long length = packed.get(LENGTH, at) & 0xffffffffL;
            at += 4;
            if (length > packed.byteSize() - at) {
                throw wrong(
                        "element " + i + " says " + length + " bytes, " + (packed.byteSize() - at) + " are left",
                        tensor);
            }
            elements.add(text(packed.asSlice(at, length).asByteBuffer(), i, tensor));
            at += length;
        }
        if (at != packed.byteSize()) {
            throw wrong((packed.byteSize() - at) + " bytes are left after the last element", tensor);
        }
        return elements;
    }

    /** Runtimes take text only, so the bytes have to be UTF-8. */
    static String text(ByteBuffer bytes, long index, String tensor) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw wrong("element " + index + " is not UTF-8, and the runtime takes text only", tensor);
        }
    }

    private static RuntimeException wrong(String why, String tensor) {
        return Problem.usage("serve.tensor", "the content is no BYTES tensor of this shape")
                .at("input " + tensor)
                .because(why)
                .toException();
    }

    static byte[] write(List<String> elements, LongConsumer memory) {
        // a character takes three bytes of UTF-8 at most, and an array that grows twice its size
        memory.accept(
                elements.stream().mapToLong(text -> 4 + 3L * text.length()).sum() * 2);
        var out = new ByteArrayOutputStream();
        for (String element : elements) {
            byte[] bytes = element.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(bytes.length)
                    .array());
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }
}
