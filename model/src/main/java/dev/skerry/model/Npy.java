package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Arrays in NumPy's {@code .npy} format. */
final class Npy {
    private Npy() {}

    /** The array in {@code content}; a view of it where its layout is that of a tensor. */
    static Tensor read(String name, MemorySegment content, String where) {
        NpyHeader header = NpyHeader.read(content, where);
        NpyType type = NpyType.of(header.descr(), where);
        long elements = TensorReader.elements(header.dims(), where);
        MemorySegment data = content.asSlice(header.end());
        double wanted = (double) elements * type.bytes();
        if (wanted != data.byteSize()) {
            throw Problem.usage(
                            "model.npy-size",
                            header.descr() + java.util.Arrays.toString(header.dims()) + " takes "
                                    + String.format(java.util.Locale.ROOT, "%.0f", wanted) + " bytes, found "
                                    + data.byteSize())
                    .at(where)
                    .because("it is truncated or damaged")
                    .toException();
        }
        // zero-length strings take no bytes, so the content doesn't bound how many there are
        if (type.bytes() == 0 && elements > content.byteSize()) {
            throw Problem.usage("model.npy-size", elements + " strings of no length")
                    .at(where)
                    .toException();
        }
        boolean rowMajor = !header.fortranOrder() || header.dims().length < 2 || elements == 0;
        boolean swap = type.order() == ByteOrder.BIG_ENDIAN && type.swapped() > 1;
        if (type.type() == DataType.STRING) {
            MemorySegment ordered = rowMajor ? data : rowMajor(data, header.dims(), type.bytes());
            return Tensor.ofStrings(name, header.dims(), strings(ordered, type, elements));
        }
        if (rowMajor && !swap) {
            return Tensor.of(name, type.type(), header.dims(), data);
        }
        MemorySegment ordered = rowMajor ? data : rowMajor(data, header.dims(), type.bytes());
        return Tensor.of(name, type.type(), header.dims(), swap ? swapped(ordered, type.swapped()) : ordered);
    }

    /** Column-major content in row-major order. */
    private static MemorySegment rowMajor(MemorySegment data, long[] dims, int bytes) {
        byte[] target = new byte[Math.toIntExact(data.byteSize())];
        long[] stride = new long[dims.length];
        long next = bytes;
        for (int axis = 0; axis < dims.length; axis++) {
            stride[axis] = next;
            next *= dims[axis];
        }
        long[] index = new long[dims.length];
        long source = 0;
        for (int position = 0; position < target.length; position += bytes) {
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, source, target, position, bytes);
            int axis = dims.length - 1;
            while (axis >= 0 && ++index[axis] == dims[axis]) {
                source -= stride[axis] * (dims[axis] - 1);
                index[axis--] = 0;
            }
            source += axis >= 0 ? stride[axis] : 0;
        }
        return MemorySegment.ofArray(target);
    }

    private static MemorySegment swapped(MemorySegment data, int bytes) {
        byte[] target = data.toArray(ValueLayout.JAVA_BYTE);
        for (int start = 0; start < target.length; start += bytes) {
            for (int low = start, high = start + bytes - 1; low < high; low++, high--) {
                byte kept = target[low];
                target[low] = target[high];
                target[high] = kept;
            }
        }
        return MemorySegment.ofArray(target);
    }

    private static List<String> strings(MemorySegment data, NpyType type, long elements) {
        List<String> strings = new ArrayList<>(Math.toIntExact(elements));
        for (long i = 0; i < elements; i++) {
            byte[] bytes = data.asSlice(i * type.bytes(), type.bytes()).toArray(ValueLayout.JAVA_BYTE);
            strings.add(type.wide() ? wide(bytes, type.order()) : narrow(bytes));
        }
        return strings;
    }

    private static String narrow(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private static String wide(byte[] bytes, ByteOrder order) {
        var text = new StringBuilder();
        ByteBuffer characters = ByteBuffer.wrap(bytes).order(order);
        int end = 0;
        while (characters.hasRemaining()) {
            int character = characters.getInt();
            text.appendCodePoint(Character.isValidCodePoint(character) ? character : 0xfffd);
            end = character == 0 ? end : text.length();
        }
        return text.substring(0, end);
    }

    /** Bytes that {@link #write} writes: the header, and the content. */
    static byte[] header(Tensor tensor) {
        return NpyHeader.bytes(NpyType.descr(tensor, characters(tensor)), tensor.dims());
    }

    static long contentBytes(Tensor tensor) {
        return tensor.type() == DataType.STRING
                ? 4L * Math.max(1, characters(tensor)) * tensor.elements()
                : tensor.data().byteSize();
    }

    static void write(Tensor tensor, OutputStream out) throws IOException {
        out.write(header(tensor));
        if (tensor.type() != DataType.STRING) {
            WholeFile.copy(tensor.data(), out);
            return;
        }
        int characters = Math.max(1, characters(tensor));
        for (String string : tensor.strings()) {
            var bytes = ByteBuffer.allocate(4 * characters).order(ByteOrder.LITTLE_ENDIAN);
            string.codePoints().forEach(bytes::putInt);
            out.write(bytes.array());
        }
    }

    private static int characters(Tensor tensor) {
        return tensor.strings().stream()
                .mapToInt(string -> string.codePointCount(0, string.length()))
                .max()
                .orElse(0);
    }
}
