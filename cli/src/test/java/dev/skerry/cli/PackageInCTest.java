package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.FirmwareLabel;
import dev.skerry.bundle.FirmwarePackage;
import dev.skerry.bundle.FirmwareVersion;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.firmware.Bootloader;
import dev.skerry.firmware.FlashLayout;
import dev.skerry.firmware.Target;
import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bootloader's reading of packages, on this machine under the sanitizers: no bit may change, and no byte is read too far. */
class PackageInCTest {
    private static final byte[] GOOD = FirmwarePackage.sign(
            new FirmwareLabel(
                    "cortex-m4",
                    FlashLayout.EMULATED.at(FlashLayout.Part.SLOT_A),
                    FirmwareVersion.parse("1.2.3+4"),
                    7,
                    EmulatedDevice.BUNDLE),
            image(),
            EmulatedDevice.KEY);

    private static final String DRIVER = """
            #include <stdio.h>
            #include <stdlib.h>

            #include "layout.h"
            #include "package.h"

            extern const skerry_key skerry_keys[];
            extern const uint32_t skerry_key_count;

            /* Packages come as a length and so many bytes, which are all that the slot has; a byte says what is thought of each. */
            int main(void) {
                uint32_t bytes;
                while (fread(&bytes, sizeof bytes, 1, stdin) == 1) {
                    uint8_t *slot = malloc(bytes);
                    skerry_place place = {SKERRY_SLOT_A, bytes, SKERRY_TARGET};
                    skerry_package package;
                    if (fread(slot, 1, bytes, stdin) != bytes) {
                        abort();
                    }
                    putchar((int)skerry_package_verify(slot, &place, skerry_keys, skerry_key_count, &package));
                    free(slot);
                }
                return 0;
            }
            """;

    @TempDir
    static Path folder;

    private static byte[] image() {
        ByteBuffer image = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        return image.putInt(0x2000_8000)
                .putInt((int) FlashLayout.EMULATED.at(FlashLayout.Part.SLOT_A) + 512 + 9)
                .array();
    }

    @BeforeAll
    static void build() throws Exception {
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
                "-O2",
                "-Wall",
                "-Wextra",
                "-Wconversion",
                "-Wpedantic",
                "-Werror",
                "-fsanitize=undefined,address",
                "-fno-sanitize-recover=all",
                "driver.c",
                "package.c",
                "verify.c",
                "ed25519.c",
                "sha256.c",
                "sha512.c",
                "keys.c",
                "-o",
                "driver");
    }

    private static byte[] answers(ByteArrayOutputStream packages) throws Exception {
        Files.write(folder.resolve("packages"), packages.toByteArray());
        EmulatedDevice.run(folder, "sh", "-c", "./driver < packages > answers");
        return Files.readAllBytes(folder.resolve("answers"));
    }

    private static void add(ByteArrayOutputStream packages, byte[] bytes) {
        packages.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(bytes.length)
                .array());
        packages.writeBytes(bytes);
    }

    @Test
    void everyFlippedBit() throws Exception {
        var packages = new ByteArrayOutputStream();
        add(packages, GOOD);
        for (int bit = 0; bit < GOOD.length * 8; bit++) {
            byte[] bad = GOOD.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            add(packages, bad);
        }
        byte[] answers = answers(packages);
        assertThat(answers).hasSize(1 + GOOD.length * 8);
        assertThat(answers[0]).as("the package as it is").isZero();
        assertThat(Arrays.copyOfRange(answers, 1, answers.length)).doesNotContain(0);
    }

    @Test
    void slotsThatEndTooEarlyOrLater() throws Exception {
        var packages = new ByteArrayOutputStream();
        for (int length = 4; length < GOOD.length; length++) {
            add(packages, Arrays.copyOf(GOOD, length));
        }
        assertThat(answers(packages)).hasSize(GOOD.length - 4).doesNotContain(0);
        // behind the package a slot may hold anything
        packages.reset();
        add(packages, Arrays.copyOf(GOOD, GOOD.length + 1000));
        assertThat(answers(packages)).containsExactly(0);
    }

    /** Every size that the header can claim in its upper and lower bits, whatever the slot has. */
    @Test
    void sizesOfAllMagnitudes() throws Exception {
        var packages = new ByteArrayOutputStream();
        int asked = 0;
        for (int bit = 0; bit < 32; bit++) {
            for (int more = -3; more <= 3; more++) {
                byte[] bad = GOOD.clone();
                int size = (1 << bit) + more;
                if (size != 40) {
                    ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(12, size);
                    add(packages, bad);
                    asked++;
                }
            }
        }
        assertThat(answers(packages)).hasSize(asked).doesNotContain(0);
    }
}
