package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
    static void addTo(SequencedMap<String, String> files, Firmware firmware, @Nullable Golden golden) {
        boolean isExact = golden == null
                && firmware.isExact()
                && firmware.inputs().size() == 1
                && firmware.outputs().size() == 1;
        boolean isKnown = isExact || golden != null;
        if (!isKnown && !firmware.target().isDevice()) {
            return;
        }
        String prefix = firmware.prefix();
        int vectors = golden != null ? golden.vectors().size() : isExact ? VECTORS : 0;
        boolean isGenerated = golden == null || isGenerated(firmware, golden);
        files.put("golden.h", Template.of("golden.h").fill(Map.of("COUNT", Integer.toString(vectors))));
        Template template =
                Template.of(isGenerated ? "golden.c" : "golden_given.c").named(prefix);
        String fill = firmware.inputs().stream()
                .map(end -> isGenerated ? fill(end) : GoldenSource.copied(end))
                .collect(Collectors.joining());
        String given = isGenerated || golden == null ? "" : GoldenSource.inputs(firmware, golden);
        String wrong = golden != null ? GoldenSource.wrong(firmware, golden) : isExact ? exactly(firmware) : "";
        files.put("golden.c", template.fill(Map.of("FILL", fill, "GIVEN", given)) + wrong);
        if (isKnown) {
            files.put("selftest.c", Template.of("selftest.c").named(prefix).text());
        }
    }

    private static boolean isGenerated(Firmware firmware, Golden golden) {
        return IntStream.range(0, golden.vectors().size())
                .allMatch(i ->
                        generated(firmware, i).equals(golden.vectors().get(i).inputs()));
    }

    /** The inputs that the generated code makes for itself, see {@link #fill}. */
    static Map<String, Tensor> generated(Firmware firmware, int vector) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        int state = vector + 1;
        for (Firmware.End end : firmware.inputs()) {
            double[] values = new double[end.bytes() / CType.of(end.type()).bytes()];
            for (int i = 0; i < values.length; i++) {
                state ^= state << 13;
                state ^= state >>> 17;
                state ^= state << 5;
                values[i] = switch (end.type()) {
                    case INT8 -> (byte) (state >>> 24);
                    case UINT8 -> state >>> 24;
                    case FLOAT, DOUBLE -> ((state >>> 8) - 8388608) / 8388608.0;
                    default -> state >>> 31;
                };
            }
            long[] dims = end.dims().stream().mapToLong(Integer::longValue).toArray();
            inputs.put(end.name(), Generators.tensor(end.type(), dims, values).withName(end.name()));
        }
        return inputs;
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

    private static String exactly(Firmware firmware) {
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
