package dev.skerry.firmware;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * A program that runs golden vectors through the code and says which differ. Inputs are made by a generator that both sides have,
 * so that only the outputs lie in the file.
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

    static String source(String prefix, Firmware firmware) {
        byte[] expected = new byte[VECTORS * firmware.outputBytes()];
        for (int vector = 0; vector < VECTORS; vector++) {
            byte[] output = firmware.expected(input(vector + 1, firmware.inputBytes()));
            System.arraycopy(output, 0, expected, vector * output.length, output.length);
        }
        return """
                /* Runs golden vectors through the model: ends with 0 where all give what they should. */
                #include <stdio.h>

                #include "PREFIX.h"

                #define VECTORS COUNT

                EXPECTED
                /* The same numbers as where the golden vectors were made: xorshift32. */
                static void fill(int8_t *input, uint32_t seed) {
                    for (uint32_t i = 0; i < UPPER_INPUT_BYTES; i++) {
                        seed ^= seed << 13;
                        seed ^= seed >> 17;
                        seed ^= seed << 5;
                        int32_t byte = (int32_t)(seed >> 24);
                        input[i] = (int8_t)(byte > 127 ? byte - 256 : byte);
                    }
                }

                int main(void) {
                    int wrong = 0;
                    PREFIX_init();
                    for (uint32_t vector = 0; vector < VECTORS; vector++) {
                        fill(PREFIX_input(), vector + 1);
                        PREFIX_invoke();
                        const int8_t *output = PREFIX_output();
                        for (uint32_t i = 0; i < UPPER_OUTPUT_BYTES; i++) {
                            int8_t right = expected[vector * UPPER_OUTPUT_BYTES + i];
                            if (output[i] != right) {
                                printf("vector %lu, byte %lu: %d, expected %d\\n", (unsigned long)vector, (unsigned long)i,
                                       output[i], right);
                                wrong++;
                            }
                        }
                    }
                    printf("%d golden vectors, %d bytes wrong\\n", VECTORS, wrong);
                    return wrong == 0 ? 0 : 1;
                }
                """.replace("EXPECTED", CSource.array("int8_t", "expected", expected))
                .replace("PREFIX", prefix)
                .replace("UPPER", prefix.toUpperCase(java.util.Locale.ROOT))
                .replace("COUNT", Integer.toString(VECTORS));
    }

    /**
     * @param files of the folder
     * @param needsMath whether the code calls functions of the C library's mathematics
     */
    static String makefile(Collection<String> files, boolean needsMath) {
        String sources = files.stream()
                .filter(file -> file.endsWith(".c") && !file.equals("selftest.c"))
                .collect(Collectors.joining(" "));
        String headers = files.stream().filter(file -> file.endsWith(".h")).collect(Collectors.joining(" "));
        return """
                # make: the model as objects; make test: builds and runs the golden vectors. For a device, set CC and CFLAGS.
                CC ?= cc
                CFLAGS ?= -O2
                LDLIBS ?=%s
                OBJECTS = $(patsubst %%.c,%%.o,%s)

                all: $(OBJECTS)

                %%.o: %%.c %s
                \t$(CC) -std=c99 $(CFLAGS) -c $< -o $@

                selftest: $(OBJECTS) selftest.o
                \t$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

                test: selftest
                \t./selftest

                clean:
                \trm -f *.o selftest

                .PHONY: all test clean
                """.formatted(needsMath ? " -lm" : "", sources, headers);
    }
}
