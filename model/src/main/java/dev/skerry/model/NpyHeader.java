package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a {@code .npy} file, format versions 1 to 3 (numpy.lib.format): a magic, a version, a length, and a Python
 * dictionary with exactly the keys descr, fortran_order and shape.
 *
 * @param end where the content starts
 */
record NpyHeader(String descr, boolean fortranOrder, List<Long> shape, long end) {
    private static final int LONGEST = 1 << 16;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9L,\\s]*)\\)");
    // Python 2 wrote long integers with an L
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})L?");

    static NpyHeader read(MemorySegment content, String where) {
        if (content.byteSize() < 12
                || !new String(content.asSlice(0, 6).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1)
                        .equals("\u0093NUMPY")) {
            throw broken("it isn't a NumPy array", "it doesn't start as one", where);
        }
        int version = content.get(ValueLayout.JAVA_BYTE, 6);
        if (version < 1 || version > 3) {
            throw broken("it has version " + version + " of the .npy format", "versions 1 to 3 are known", where);
        }
        int start = version == 1 ? 10 : 12;
        long length = version == 1 ? content.get(SHORT, 8) & 0xffff : content.get(INT, 8) & 0xffffffffL;
        if (length > LONGEST || length > content.byteSize() - start) {
            throw broken("its header of " + length + " bytes ends after the file", "it is truncated or damaged", where);
        }
        String text = new String(
                content.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE),
                version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        if (!text.strip().startsWith("{") || !text.strip().endsWith("}")) {
            throw broken("its header is no dictionary", "it is damaged", where);
        }
        if (Pattern.compile("'descr'\\s*:\\s*\\[").matcher(text).find()) {
            throw broken("its elements are records", "a tensor holds numbers or strings", where);
        }
        String descr = only(DESCR, "descr", text, where);
        boolean fortranOrder = only(ORDER, "fortran_order", text, where).equals("True");
        String shape = only(SHAPE, "shape", text, where);
        return new NpyHeader(descr, fortranOrder, shape(shape, where), start + length);
    }

    private static String only(Pattern pattern, String key, String text, String where) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw broken("its header has no valid " + key, "it is damaged", where);
        }
        return matcher.group(1);
    }

    private static List<Long> shape(String shape, String where) {
        List<Long> dims = new ArrayList<>();
        for (String part : shape.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            Matcher size = SIZE.matcher(part.strip());
            if (!size.matches()) {
                throw broken("its shape is (" + shape + ")", "sizes must be whole numbers", where);
            }
            dims.add(Long.parseLong(size.group(1)));
        }
        return dims;
    }

    long[] dims() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** The header that NumPy writes for such an array; content then starts at a multiple of 64. */
    static byte[] bytes(String descr, long[] dims) {
        var shape = new StringBuilder("(");
        for (int i = 0; i < dims.length; i++) {
            shape.append(i == 0 ? "" : " ").append(dims[i]).append(i < dims.length - 1 || i == 0 ? "," : "");
        }
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "), }";
        int length = Math.ceilDiv(10 + text.length() + 1, 64) * 64 - 10;
        String padded = text + " ".repeat(length - text.length() - 1) + "\n";
        return ("\u0093NUMPY\u0001\u0000" + (char) (length & 0xff) + (char) (length >> 8) + padded)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static RuntimeException broken(String what, String why, String where) {
        return Problem.usage("model.npy", what).at(where).because(why).toException();
    }
}
