package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A bootloader as C99: it starts the newest of two images that is validly signed, and falls back from one that doesn't confirm itself. */
public final class Bootloader {
    static final String BOARD = "mps2_an386.c";

    /** What images share with the bootloader. */
    static final List<String> SHARED = List.of(
            "board.h", BOARD, "console.h", "console.c", "package.h", "package.c", "start.c", "state.h", "state.c");

    private static final List<String> OWN = List.of(
            "bootloader.c",
            "choice.h",
            "choice.c",
            "ed25519.h",
            "ed25519.c",
            "memory.c",
            "sha256.h",
            "sha256.c",
            "sha512.h",
            "sha512.c",
            "verify.c");

    private Bootloader() {}

    /**
     * Sources, linker script and Makefile by name of the file.
     *
     * @param keys whose images are started: the 32 bytes of each Ed25519 key by its id, {@code sha256:} and the digest of its
     *     SubjectPublicKeyInfo
     * @throws dev.skerry.problem.ProblemException {@code firmware.target} where there is none for it
     */
    public static Map<String, String> files(Target target, FlashLayout layout, SortedMap<String, byte[]> keys) {
        requireKnown(target);
        var files = new LinkedHashMap<String, String>();
        OWN.forEach(name -> files.put(name, resource(name)));
        SHARED.forEach(name -> files.put(name, resource(name)));
        files.put("layout.h", layout.header(target));
        files.put("keys.c", keys(keys));
        files.put(
                "link.ld",
                layout.linkerScript(
                        "The bootloader.", layout.at(FlashLayout.Part.BOOT), layout.at(FlashLayout.Part.BOOT_BYTES)));
        files.put("Makefile", makefile(target, layout, sources(files)));
        return files;
    }

    /** @throws dev.skerry.problem.ProblemException {@code firmware.target} */
    static void requireKnown(Target target) {
        if (target != Target.CORTEX_M4) {
            throw Problem.usage(
                            "firmware.target", "there is no bootloader and no package for " + target.label() + " yet")
                    .attempt("--target " + Target.CORTEX_M4.label())
                    .toException();
        }
    }

    static String resource(String name) {
        return Template.of("boot/" + name).text();
    }

    /** The C files among these, the board left out, which may be another one. */
    static String sources(Map<String, String> files) {
        return files.keySet().stream()
                .filter(name -> name.endsWith(".c") && !name.equals(BOARD))
                .collect(Collectors.joining(" "));
    }

    private static String keys(SortedMap<String, byte[]> keys) {
        String entries = keys.entrySet().stream()
                .map(entry -> "    /* " + entry.getKey() + " */\n    {{"
                        + bytes(HexFormat.of().parseHex(entry.getKey().replaceFirst("^sha256:", ""))) + "},\n     {"
                        + bytes(entry.getValue()) + "}},\n")
                .collect(Collectors.joining());
        return """
                /* Whose images are started. */
                #include "package.h"

                extern const skerry_key skerry_keys[];
                extern const uint32_t skerry_key_count;

                const skerry_key skerry_keys[] = {
                %s};

                const uint32_t skerry_key_count = sizeof skerry_keys / sizeof skerry_keys[0];
                """.formatted(entries);
    }

    private static String bytes(byte[] bytes) {
        return IntStream.range(0, bytes.length)
                .mapToObj(i -> (i > 0 && i % 16 == 0 ? "\n      " : "") + "0x%02x".formatted(bytes[i]))
                .collect(Collectors.joining(", "));
    }

    private static String makefile(Target target, FlashLayout layout, String sources) {
        return """
                # make: bootloader.elf and bootloader.bin, and what they take. BOARD is the file that knows the board.
                CROSS = %s
                CFLAGS = -Os
                BOARD = %s
                CORE = %s
                OBJECTS = $(addsuffix .o,$(basename %s $(notdir $(BOARD))))

                all: bootloader.bin

                bootloader.elf: $(OBJECTS) link.ld
                \t$(CROSS)gcc $(CORE) -nostdlib -T link.ld -Wl,--gc-sections $(OBJECTS) -lgcc -o $@
                \t$(CROSS)size $@

                bootloader.bin: bootloader.elf
                \t$(CROSS)objcopy -O binary $< $@

                %%.o: %%.c $(wildcard *.h)
                \t$(CROSS)gcc -std=c99 $(CORE) $(CFLAGS) -ffreestanding -ffunction-sections -fdata-sections -fstack-usage -I. -c $< -o $@
                %s
                clean:
                \trm -f *.o *.su *.elf *.bin flash.img

                .PHONY: all run clean
                """.formatted(
                target.toolchain().prefix(), BOARD, target.core(), sources, layout.isEmulated() ? run(layout) : "");
    }

    /** The emulator's PSRAM is a file, which goes on from one start to the next as flash does. */
    private static String run(FlashLayout layout) {
        long flash = layout.at(FlashLayout.Part.STATE);
        long block = layout.at(FlashLayout.Part.PAGE_BYTES);
        String install = Arrays.stream(Slot.values())
                .map(slot ->
                        "\t[ -z \"$(%1$s)\" ] || dd if=\"$(%1$s)\" of=flash.img bs=%2$d seek=%3$d conv=notrunc status=none\n"
                                .formatted(slot, block, (layout.slot(slot) - flash) / block))
                .collect(Collectors.joining());
        return """

                # make run A=PACKAGE B=PACKAGE: puts packages into slots, and starts the device under QEMU; without them it starts as it is.
                # What it remembers lies in flash.img: remove it for a device as it leaves the factory.
                run: bootloader.elf
                \t[ -f flash.img ] || head -c 16777216 /dev/zero | tr '\\000' '\\377' > flash.img
                %s\tqemu-system-arm %s -kernel bootloader.elf
                """.formatted(install, String.join(" ", emulator("flash.img")));
    }

    /** What QEMU is told, but for the program. */
    static List<String> emulator(String flash) {
        return List.of(
                "-M",
                "mps2-an386,memory-backend=flash",
                "-object",
                "memory-backend-file,id=flash,size=16M,share=on,mem-path=" + flash,
                "-nographic",
                "-monitor",
                "none",
                "-serial",
                "stdio",
                "-semihosting-config",
                "enable=on,target=native",
                // an instruction takes four nanoseconds, so that the watchdog waits as long on a busy host
                "-icount",
                "shift=2");
    }
}
