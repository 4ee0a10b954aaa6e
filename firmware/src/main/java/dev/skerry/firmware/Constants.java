package dev.skerry.firmware;

import java.util.Arrays;

/** The constants of one layer, as they are written; each gives its name in C. */
final class Constants {
    private final String layer;
    private final StringBuilder text = new StringBuilder();
    private int bytes;

    /** @param layer the name in C that all their names begin with */
    Constants(String layer) {
        this.layer = layer;
    }

    String text() {
        return text.toString();
    }

    int bytes() {
        return bytes;
    }

    String bytes(String name, byte[] values) {
        return array("int8_t", 1, name, widened(values));
    }

    String words(String name, int[] values) {
        return array("int32_t", 4, name, values);
    }

    /** Four bytes each, the first the lowest. */
    String packed(String name, byte[] values) {
        int[] words = new int[values.length / 4];
        Arrays.setAll(
                words,
                i -> values[4 * i] & 0xff
                        | (values[4 * i + 1] & 0xff) << 8
                        | (values[4 * i + 2] & 0xff) << 16
                        | values[4 * i + 3] << 24);
        bytes += values.length;
        text.append(CSource.hexadecimal(layer + "_" + name, words));
        return layer + "_" + name;
    }

    /** An array of structures, each in braces. */
    String structures(String type, String name, int bytesEach, String[] values) {
        bytes += bytesEach * values.length;
        text.append("static const %s %s_%s[] = {\n    %s,\n};\n"
                .formatted(type, layer, name, String.join(",\n    ", values)));
        return layer + "_" + name;
    }

    String rescale(Rescale rescale) {
        String multipliers = words("multiplier", rescale.multipliers());
        String shifts = array("int8_t", 1, "shift", rescale.shifts());
        return structure(
                "skerry_rescale",
                "rescale",
                multipliers,
                shifts,
                rescale.multipliers().length == 1 ? 0 : 1,
                rescale.zero(),
                rescale.least(),
                rescale.most());
    }

    String summand(String name, Layer.Summand summand) {
        return structure("skerry_summand", name, summand.multiplier(), summand.shift(), summand.zero());
    }

    String window(Buffer in, Buffer out, Window window) {
        return structure(
                "skerry_window",
                "window",
                in.height(),
                in.width(),
                in.channels(),
                out.height(),
                out.width(),
                out.channels(),
                window.height(),
                window.width(),
                window.strideHeight(),
                window.strideWidth(),
                window.dilationHeight(),
                window.dilationWidth(),
                window.top(),
                window.left());
    }

    /** What a convolution for the DSP extension keeps to. */
    String limits(Layer.Weights weights) {
        Rescale rescale = weights.rescale();
        return structure("skerry_limits", "limits", weights.zero(), rescale.zero(), rescale.least(), rescale.most());
    }

    private String structure(String type, String name, Object... values) {
        text.append("static const %s %s_%s = {%s};\n\n".formatted(type, layer, name, CSource.list(values)));
        return "&" + layer + "_" + name;
    }

    private String array(String type, int bytesEach, String name, int[] values) {
        bytes += bytesEach * values.length;
        text.append(CSource.array(type, layer + "_" + name, values));
        return layer + "_" + name;
    }

    private static int[] widened(byte[] values) {
        int[] numbers = new int[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return numbers;
    }
}
