package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * Inputs that are made by a generator, and what has to come out for them as far as that is known; with a program that says how many
 * bytes differ.
 */
final class SelfTest {
    private static final int VECTORS = 4;

    private SelfTest() {}

    /** Bytes of xorshift32, the highest of each number. */
    static byte[] input(int seed, int bytes) {
        byte[] input = new byte[bytes];
        int state = seed;
        for (int i = 0; i < bytes; i++) {
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            input[i] = (byte) (state >>> 24);
        }
        return input;
    }

    /** Without outputs that are known there still are inputs, so that a device can be measured. */
    static void addTo(SequencedMap<String, String> files, Firmware firmware) {
        boolean isKnown = firmware.isExact()
                && firmware.inputs().size() == 1
                && firmware.outputs().size() == 1;
        if (!isKnown && !firmware.target().isDevice()) {
            return;
        }
        String prefix = firmware.prefix();
        files.put("golden.h", Template.of("golden.h").fill(Map.of("COUNT", isKnown ? Integer.toString(VECTORS) : "0")));
        String fill = firmware.inputs().stream().map(SelfTest::fill).collect(Collectors.joining());
        files.put(
                "golden.c",
                Template.of("golden.c").named(prefix).fill(Map.of("FILL", fill)) + wrong(firmware, isKnown));
        if (isKnown) {
            files.put("selftest.c", Template.of("selftest.c").named(prefix).text());
        }
    }

    /** Numbers between −1 and 1, bytes, or of other integers, which may be indices, 0 and 1. */
    private static String fill(Firmware.End input) {
        CType type = CType.of(input.type());
        boolean isTruth = input.type() == DataType.BOOL;
        String number = switch (isTruth ? "" : type.name()) {
            case "int8_t" -> "(int8_t)((int32_t)(state >> 24) - (state >> 31 ? 256 : 0))";
            case "uint8_t" -> "(uint8_t)(state >> 24)";
            case "float", "double" -> "(" + type.name() + ")((int32_t)(state >> 8) - 8388608) / 8388608";
            default -> "(" + type.name() + ")(state >> 31)";
        };
        return """
                    for (uint32_t i = 0; i < %d; i++) {
                        state = next(state);
                        %s()[i] = %s;
                    }
                """.formatted(input.bytes() / type.bytes(), input.function(), number);
    }

    private static String wrong(Firmware firmware, boolean isKnown) {
        if (!isKnown) {
            return "";
        }
        byte[] expected = new byte[VECTORS * firmware.outputBytes()];
        for (int vector = 0; vector < VECTORS; vector++) {
            byte[] output = firmware.expected(input(vector + 1, firmware.inputBytes()));
            System.arraycopy(output, 0, expected, vector * output.length, output.length);
        }
        return Template.of("golden_wrong.c")
                .named(firmware.prefix())
                .fill(Map.of("EXPECTED", CSource.array("int8_t", "expected", expected)));
    }
}
