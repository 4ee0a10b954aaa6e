package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** How numbers and names are written in C. */
final class CSource {
    private static final int LINE = 110;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Set<String> taken = new HashSet<>();

    /** A name in C for one of the model's, that no other of this file has. */
    String name(String of) {
        String plain = identifier(of);
        String name = plain;
        for (int i = 2; !taken.add(name); i++) {
            name = plain + "_" + i;
        }
        return name;
    }

    /** A name for an array: one word alone could be C's own, as {@code floor} and {@code double} are. */
    String nameOfArray(String of) {
        String plain = identifier(of);
        return name(plain.contains("_") ? plain : plain + "_values");
    }

    static String identifier(String of) {
        String plain =
                of.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_+|_+$", "").toLowerCase(Locale.ROOT);
        return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? "layer_" + plain : plain;
    }

    /** What may stand in a comment. */
    static String comment(String text) {
        return text.replace("*/", "* /").replace("/*", "/ *").replaceAll("\\p{Cntrl}", " ");
    }

    static String array(String type, String name, byte[] values) {
        int[] numbers = new int[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return array(type, name, numbers);
    }

    /** Words whose bytes matter, not their value. */
    static String hexadecimal(String name, int[] words) {
        return array("uint32_t", name, words.length, i -> "0x%08xU".formatted(words[i]));
    }

    /** A number of 32 bits with its sign. */
    static String number(int value) {
        return literal(DataType.INT32, value, value);
    }

    static String array(String type, String name, int[] values) {
        return array(type, name, values.length, i -> literal(DataType.INT32, values[i], values[i]));
    }

    /** The numbers of a tensor. */
    static String array(String name, Tensor tensor) {
        int count = Math.toIntExact(tensor.elements());
        return array(CType.of(tensor.type()).name(), name, count, i -> literal(tensor, i));
    }

    private static String array(String type, String name, int count, IntFunction<String> number) {
        // C has no arrays of nothing
        var text = new StringBuilder("static const " + type + " " + name + "[" + Math.max(count, 1) + "] = {\n");
        var line = new StringBuilder("   ");
        for (int i = 0; i < Math.max(count, 1); i++) {
            String literal = count == 0 ? "0" : number.apply(i);
            if (line.length() + literal.length() + 2 > LINE) {
                text.append(line).append('\n');
                line.setLength(3);
            }
            line.append(' ').append(literal).append(',');
        }
        return text.append(line).append("\n};\n").toString();
    }

    /** Element {@code index} of a tensor as it lies in memory. */
    static String literal(Tensor tensor, int index) {
        return switch (tensor.type()) {
            case FLOAT, DOUBLE -> literal(tensor.type(), 0, tensor.valueAt(index));
            case FLOAT16, BFLOAT16 -> Integer.toString(tensor.data().get(HALF, 2L * index) & 0xffff);
            default -> literal(tensor.type(), tensor.longAt(index), 0);
        };
    }

    /** A number in C: {@code whole} where the type is one of integers, otherwise {@code real}. */
    static String literal(DataType type, long whole, double real) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16 -> isFinite(real) ? Float.toString((float) real) + "f" : infinite(real);
            case DOUBLE -> isFinite(real) ? Double.toString(real) : infinite(real);
            case INT64 ->
                whole == Long.MIN_VALUE
                        ? "(-INT64_C(9223372036854775807) - 1)"
                        : whole < 0 ? "-INT64_C(" + -whole + ")" : "INT64_C(" + whole + ")";
            case UINT64 -> "UINT64_C(" + Long.toUnsignedString(whole) + ")";
            case UINT32 -> "UINT32_C(" + whole + ")";
            // the least number has no literal of its own
            default -> whole == Integer.MIN_VALUE ? "(-2147483647 - 1)" : Long.toString(whole);
        };
    }

    private static boolean isFinite(double real) {
        return !Double.isNaN(real) && !Double.isInfinite(real);
    }

    private static String infinite(double real) {
        return Double.isNaN(real) ? "NAN" : real > 0 ? "INFINITY" : "-INFINITY";
    }

    static String list(Object... values) {
        return Arrays.stream(values).map(Object::toString).collect(Collectors.joining(", "));
    }
}
