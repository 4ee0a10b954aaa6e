package dev.skerry.firmware;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** How numbers and names are written in C. */
final class CSource {
    private static final int LINE = 110;

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

    static String array(String type, String name, int[] values) {
        var text = new StringBuilder("static const " + type + " " + name + "[" + values.length + "] = {\n");
        var line = new StringBuilder("   ");
        for (int value : values) {
            // the least number has no literal of its own
            String number = value == Integer.MIN_VALUE ? "(-2147483647 - 1)" : Integer.toString(value);
            if (line.length() + number.length() + 2 > LINE) {
                text.append(line).append('\n');
                line.setLength(3);
            }
            line.append(' ').append(number).append(',');
        }
        return text.append(line).append("\n};\n").toString();
    }

    static String list(Object... values) {
        return Arrays.stream(values).map(Object::toString).collect(Collectors.joining(", "));
    }
}
