package dev.skerry.firmware;

import java.util.Map;
import java.util.SequencedMap;

/**
 * Programs that run golden vectors through the code and say how many bytes differ. Inputs are made by a generator that both sides
 * have, so that only the outputs lie in the file.
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

    static void addTo(SequencedMap<String, String> files, Firmware firmware) {
        byte[] expected = new byte[VECTORS * firmware.outputBytes()];
        for (int vector = 0; vector < VECTORS; vector++) {
            byte[] output = firmware.expected(input(vector + 1, firmware.inputBytes()));
            System.arraycopy(output, 0, expected, vector * output.length, output.length);
        }
        files.put("golden.h", Template.of("golden.h").fill(Map.of("COUNT", Integer.toString(VECTORS))));
        files.put(
                "golden.c",
                Template.of("golden.c")
                        .named(firmware.prefix())
                        .fill(Map.of("EXPECTED", CSource.array("int8_t", "expected", expected))));
        files.put(
                "selftest.c", Template.of("selftest.c").named(firmware.prefix()).text());
    }
}
