package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.Digest;
import dev.skerry.bundle.FirmwareLabel;
import dev.skerry.bundle.FirmwarePackage;
import dev.skerry.bundle.FirmwareVersion;
import dev.skerry.bundle.SigningKey;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.firmware.Bootloader;
import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.FlashLayout;
import dev.skerry.firmware.Slot;
import dev.skerry.firmware.SlotImages;
import dev.skerry.firmware.Target;
import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** QEMU's mps2-an386 with a bootloader, images to put into its slots, and flash in a file, which stays when the power goes. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class EmulatedDevice {
    static final SigningKey KEY = SigningKey.generate();
    static final Digest BUNDLE = Digest.of(new byte[] {4});
    private static final int FLASH_BYTES = 16 << 20;

    /** An instruction takes 2 to this nanoseconds, so that the watchdog waits as long on a busy machine. */
    private static final int SHIFT = 2;

    private static final long FLASH = FlashLayout.EMULATED.at(FlashLayout.Part.STATE);

    /** Behind all else in the flash: how many writes are left until the power is cut, and whether the last one is torn. */
    private static final int CUT_AT = FLASH_BYTES - 16;

    /** A board whose power can be cut at a write of its flash. */
    private static final String CUTTING_BOARD = """
            #define skerry_flash_erase whole_erase
            #define skerry_flash_program whole_program
            #include "mps2_an386.c"
            #undef skerry_flash_erase
            #undef skerry_flash_program

            static volatile uint32_t *const left = (volatile uint32_t *)0x21fffff0U;

            static int cut(void) { return left[0] != 0xffffffffU && left[0]-- == 0; }

            void skerry_flash_erase(unsigned page) {
                if (cut()) {
                    for (uint32_t i = 0; left[1] != 0 && i < SKERRY_PAGE_BYTES / 8; i++) {
                        page_at(page)[i] = 0xffffffffU;
                    }
                    skerry_board_reset();
                }
                whole_erase(page);
            }

            void skerry_flash_program(unsigned page, uint32_t index, uint32_t word) {
                if (cut()) {
                    if (left[1] != 0) {
                        whole_program(page, index, word | 0x5a5a5a5aU);
                    }
                    skerry_board_reset();
                }
                whole_program(page, index, word);
            }
            """;

    /** In the place of the bootloader: RFC 8032's second vector, with a timer that ticks once in 40 instructions. */
    private static final String MEASURING = """
            #include "board.h"
            #include "console.h"
            #include "ed25519.h"
            #include "sha256.h"

            #define TICKS (*(volatile uint32_t *)0xe000e018U)

            static const uint8_t key[32] = {
                0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
                0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
            static const uint8_t signature[64] = {
                0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
                0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
                0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
                0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};

            static void say(const char *what, uint32_t number) {
                skerry_console(what);
                skerry_console(" ");
                skerry_console_number(number);
                skerry_console("\\n");
            }

            int main(void) {
                uint8_t digest[32];
                skerry_board_start();
                *(volatile uint32_t *)0xe000e014U = 0xffffffU;
                TICKS = 0;
                *(volatile uint32_t *)0xe000e010U = 5;
                volatile uint32_t *here;
                __asm__ volatile("mov %0, sp" : "=r"(here));
                for (volatile uint32_t *at = here - 2048; at < here; at++) {
                    *at = 0x5ca1ab1eU;
                }
                uint32_t from = TICKS;
                bool right = skerry_ed25519_verify(signature, key, (const uint8_t *)"r", 1);
                say("signature", right ? (from - TICKS) * 40 : 0);
                volatile uint32_t *last = here - 2048;
                while (*last == 0x5ca1ab1eU) {
                    last++;
                }
                say("stack", (uint32_t)(here - last) * 4);
                from = TICKS;
                skerry_sha256((const uint8_t *)0x20100000U, 65536, digest);
                say("digest", (from - TICKS) * 40);
                return 0;
            }
            """;

    /** What an image does when it tests itself. */
    enum Behaviour {
        WORKS("return 0;"),
        FAILS("return 1;"),
        HANGS("for (;;) { }"),
        CRASHES("return *(volatile uint32_t *)0xfffffff0U;");

        private final String body;

        Behaviour(String body) {
            this.body = body;
        }
    }

    /** What a start printed, and how it ended. */
    record Start(int code, String text) {}

    private final Path folder;
    private final Map<String, byte[]> images = new HashMap<>();

    private EmulatedDevice(Path folder) {
        this.folder = folder;
    }

    /** Builds bootloader and images; skips or fails the test where tools are missing. */
    static EmulatedDevice build(Path folder) throws Exception {
        for (String tool : List.of("arm-none-eabi-gcc", "qemu-system-arm", "make")) {
            SharedData.require(isInstalled(tool), tool + " isn't installed");
        }
        var device = new EmulatedDevice(folder);
        Path boot = folder.resolve("boot");
        write(
                Bootloader.files(
                        Target.CORTEX_M4,
                        FlashLayout.EMULATED,
                        TrustedKeys.of(KEY).raw()),
                boot);
        write(Map.of("cutting.c", CUTTING_BOARD), boot);
        run(boot, "make", "-s", "-j2", "CFLAGS=-Os -Wall -Wextra -Wconversion -Werror");
        Files.copy(boot.resolve("bootloader.elf"), folder.resolve("plain.elf"));
        Files.delete(boot.resolve("bootloader.elf"));
        run(boot, "make", "-s", "BOARD=cutting.c");
        Files.copy(boot.resolve("bootloader.elf"), folder.resolve("cutting.elf"));

        Firmware model = Firmware.of(
                ModelFile.read(SharedData.at("mlperf-tiny/ad_int8.tflite")), "ad", Map.of(), Target.CORTEX_M4);
        Path sources = folder.resolve("image");
        write(SlotImages.files(model, FlashLayout.EMULATED), sources);
        write(Map.of("cutting.c", CUTTING_BOARD), sources);
        device.image(sources, "model", "mps2_an386.c");
        for (Behaviour behaviour : Behaviour.values()) {
            write(
                    Map.of(
                            "self_test.c",
                            "#include \"application.h\"\nuint32_t skerry_self_test(void) { " + behaviour.body + " }\n"),
                    sources);
            device.image(sources, behaviour.name(), "mps2_an386.c");
            if (behaviour == Behaviour.WORKS) {
                device.image(sources, "cutting", "cutting.c");
            }
        }
        device.erase();
        return device;
    }

    private void image(Path sources, String name, String board) throws Exception {
        for (Slot slot : Slot.values()) {
            Files.deleteIfExists(sources.resolve(slot.label() + ".elf"));
        }
        // times of files may be too coarse for make to see that one was written again
        Files.deleteIfExists(sources.resolve("self_test.o"));
        run(sources, "make", "-s", "-j2", "BOARD=" + board);
        for (Slot slot : Slot.values()) {
            images.put(name + slot, Files.readAllBytes(sources.resolve(slot.label() + ".bin")));
        }
    }

    /** A signed package; each version is another one. */
    byte[] packed(String image, Slot slot, String version, long counter) {
        return packed(image, slot, version, counter, KEY);
    }

    byte[] packed(String image, Slot slot, String version, long counter, SigningKey key) {
        var label = new FirmwareLabel(
                "cortex-m4", FlashLayout.EMULATED.slot(slot), FirmwareVersion.parse(version), counter, BUNDLE);
        return FirmwarePackage.sign(label, images.get(image + slot), key);
    }

    byte[] packed(Behaviour behaviour, Slot slot, String version, long counter) {
        return packed(behaviour.name(), slot, version, counter);
    }

    /** As it comes from the factory. */
    void erase() throws IOException {
        byte[] erased = new byte[FLASH_BYTES];
        Arrays.fill(erased, (byte) 0xff);
        Files.write(folder.resolve("flash.img"), erased);
    }

    void install(Slot slot, byte[] bytes) throws IOException {
        int room = (int) FlashLayout.EMULATED.at(FlashLayout.Part.SLOT_BYTES);
        byte[] content = Arrays.copyOf(bytes, room);
        Arrays.fill(content, bytes.length, room, (byte) 0xff);
        put((int) (FlashLayout.EMULATED.slot(slot) - FLASH), content);
    }

    /** The power goes at a write: after so many more, and in the midst of it where it is torn. */
    void cutAfter(int writes, boolean torn) throws IOException {
        put(
                CUT_AT,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(writes)
                        .putInt(torn ? 1 : 0)
                        .array());
    }

    /** The two pages of the bootloader's state. */
    byte[] state() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(2 * (int) FlashLayout.EMULATED.at(FlashLayout.Part.PAGE_BYTES));
        try (var file = Files.newByteChannel(folder.resolve("flash.img"))) {
            while (read.hasRemaining() && file.read(read) >= 0) {}
        }
        return read.array();
    }

    void putState(byte[] pages) throws IOException {
        put(0, pages);
    }

    private void put(int at, byte[] bytes) throws IOException {
        try (var file = Files.newByteChannel(folder.resolve("flash.img"), StandardOpenOption.WRITE)) {
            file.position(at);
            file.write(ByteBuffer.wrap(bytes));
        }
    }

    Start start() throws Exception {
        return start("plain.elf", SHIFT);
    }

    Start startCutting() throws Exception {
        return start("cutting.elf", SHIFT);
    }

    /** What one signature takes: instructions, and bytes of stack; and instructions for the digest of 64 KB. */
    Map<String, Long> measure() throws Exception {
        Path boot = folder.resolve("boot");
        write(Map.of("bootloader.c", MEASURING), boot);
        Files.deleteIfExists(boot.resolve("bootloader.o"));
        run(boot, "make", "-s", "bootloader.elf");
        Files.copy(boot.resolve("bootloader.elf"), folder.resolve("measuring.elf"));
        var taken = new HashMap<String, Long>();
        start("measuring.elf", 0).text().lines().forEach(line -> {
            String[] words = line.split(" ", -1);
            taken.put(words[0], Long.parseLong(words[1]));
        });
        return taken;
    }

    private Start start(String program, int shift) throws Exception {
        Path printed = folder.resolve("printed");
        var command = new ArrayList<>(List.of(
                "qemu-system-arm",
                "-M",
                "mps2-an386,memory-backend=flash",
                "-object",
                "memory-backend-file,id=flash,size=16M,share=on,mem-path=flash.img",
                "-display",
                "none",
                "-monitor",
                "none",
                "-serial",
                "file:printed",
                "-semihosting-config",
                "enable=on,target=native",
                "-kernel",
                program));
        command.addAll(List.of("-icount", "shift=" + shift));
        Process emulator = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        boolean ended = emulator.waitFor(60, TimeUnit.SECONDS);
        emulator.destroyForcibly();
        String text = Files.readString(printed);
        assertThat(ended).as("it ends: %s", text).isTrue();
        return new Start(emulator.exitValue(), text);
    }

    long bootloaderBytes() throws IOException {
        return Files.size(folder.resolve("boot/bootloader.bin"));
    }

    static void write(Map<String, String> files, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
    }

    static boolean isInstalled(String tool) throws InterruptedException {
        try {
            return new ProcessBuilder(tool, "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    static void run(Path folder, String... words) throws Exception {
        Path log = folder.resolve("log");
        var command = new ArrayList<>(List.of(words));
        int code = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(code).as(Files.readString(log)).isZero();
    }
}
