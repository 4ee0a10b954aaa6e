package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.TrustedKeys;
import dev.skerry.firmware.Bootloader;
import dev.skerry.firmware.FlashLayout;
import dev.skerry.firmware.Target;
import dev.skerry.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bootloader's state on this machine: after a cut anywhere, the last record is there or the new one. */
class StateInCTest {
    private static final String DRIVER = """
            #include <setjmp.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>

            #include "state.c"

            static uint32_t pages[2][SKERRY_STATE_BYTES / 4 + 8];
            static uint32_t seed = 1;
            static int left; /* writes until the power is cut, below zero for never */
            static jmp_buf power;
            static skerry_state before, after, now;
            static int cuts, old, whole;

            static uint32_t any(void) {
                seed ^= seed << 13;
                seed ^= seed >> 17;
                seed ^= seed << 5;
                return seed;
            }

            const volatile uint32_t *skerry_flash_page(unsigned page) { return pages[page]; }

            /* A cut in the midst of erasing sets some bits, one in the midst of programming clears some. */
            void skerry_flash_erase(unsigned page) {
                int cut = left-- == 0;
                for (unsigned i = 0; i < sizeof pages[0] / 4; i++) {
                    pages[page][i] |= cut ? any() : 0xffffffffU;
                }
                if (cut) {
                    longjmp(power, 1);
                }
            }

            void skerry_flash_program(unsigned page, uint32_t index, uint32_t word) {
                int cut = left-- == 0;
                pages[page][index] &= cut && any() % 4 != 0 ? word | any() : word;
                if (cut) {
                    longjmp(power, 1);
                }
            }

            static void require(int holds, const char *what) {
                if (!holds) {
                    printf("%s\\n", what);
                    exit(1);
                }
            }

            int main(void) {
                for (int i = 0; i < 100000; i++) {
                    uint8_t digest[32];
                    for (unsigned j = 0; j < 32; j++) {
                        digest[j] = (uint8_t)any();
                    }
                    if (i == 50) { /* the sequence is about to wrap around */
                        for (unsigned page = 0; page < 2; page++) {
                            uint32_t *words = pages[page];
                            words[1] += 0xffffffb0U; /* some 50 were written */
                            words[WORDS - 1] = checksum(words);
                        }
                    }
                    skerry_state_read(&before);
                    after = before;
                    left = i < 60 || any() % 4 == 0 ? -1 : (int)(any() % 21);
                    int confirms = any() % 2 == 0;
                    uint32_t counter = before.counter + any() % 3 - 1;
                    memcpy(confirms ? after.confirmed : after.trial, digest, 32);
                    if (confirms) {
                        memset(after.trial, 0, 32);
                        after.counter = counter > before.counter && counter < 0x80000000U ? counter : before.counter;
                        counter = after.counter;
                    }
                    if (setjmp(power) == 0) {
                        require(confirms ? skerry_state_confirm(digest, counter) : skerry_state_try(digest), "not written");
                        skerry_state_read(&now);
                        require(memcmp(&now, &after, sizeof now) == 0, "another record than was written");
                    } else {
                        cuts++;
                        skerry_state_read(&now);
                        int is_old = memcmp(&now, &before, sizeof now) == 0;
                        int is_new = memcmp(&now, &after, sizeof now) == 0;
                        old += is_old;
                        whole += is_new;
                        require(is_old || is_new, "neither the last record nor the new one");
                    }
                }
                printf("%d %d %d\\n", cuts, old, whole);
                return 0;
            }
            """;

    @TempDir
    Path folder;

    @Test
    void cutAnywhereAgainAndAgain() throws Exception {
        SharedData.require(EmulatedDevice.isInstalled("gcc"), "gcc isn't installed");
        EmulatedDevice.write(
                Bootloader.files(
                        Target.CORTEX_M4,
                        FlashLayout.EMULATED,
                        TrustedKeys.of(EmulatedDevice.KEY).raw()),
                folder);
        EmulatedDevice.write(Map.of("driver.c", DRIVER), folder);
        EmulatedDevice.run(
                folder,
                "gcc",
                "-std=c99",
                "-O1",
                "-Wall",
                "-Wextra",
                "-Wno-clobbered",
                "-Werror",
                "-fsanitize=undefined,address",
                "-fno-sanitize-recover=all",
                "driver.c",
                "-o",
                "driver");
        EmulatedDevice.run(folder, "./driver");
        String[] counts = Files.readString(folder.resolve("log")).strip().split(" ", -1);
        assertThat(counts).hasSize(3);
        assertThat(Integer.parseInt(counts[0])).as("cuts").isGreaterThan(50_000);
        assertThat(Integer.parseInt(counts[1]))
                .as("where the last record stayed")
                .isGreaterThan(50_000);
        assertThat(Integer.parseInt(counts[2]))
                .as("where the new one was whole")
                .isGreaterThan(0);
    }
}
