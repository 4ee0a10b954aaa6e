package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A model as an application that a bootloader starts, linked once for each slot. */
public final class SlotImages {
    private static final int HEADER_BYTES = 512;
    private static final int TRAILER_BYTES = 216;

    /** Is there where golden vectors are known. */
    private static final String SELF_TEST = "selftest.c";

    private SlotImages() {}

    /**
     * Sources, linker scripts and Makefile by name of the file.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.target} where there is no start-up code for it, {@code
     *     firmware.golden} where there are no golden vectors
     */
    public static Map<String, String> files(Firmware firmware, FlashLayout layout) {
        Bootloader.requireKnown(firmware.target());
        Map<String, String> model = firmware.files();
        if (!model.containsKey(SELF_TEST)) {
            throw Problem.usage("firmware.golden", "an image of this model could not test itself")
                    .because(
                            "golden vectors are known to the byte only where all layers are in INT8, and an image that can't test "
                                    + "itself would be confirmed though it is wrong")
                    .attempt("skerry compress --integer-only, which makes INT8 of all layers")
                    .attempt("--program with a program of your own, which tests itself as it sees fit")
                    .toException();
        }
        var files = new LinkedHashMap<String, String>();
        model.forEach((name, text) -> {
            // what only runs on a host, or brings start-up code of its own, has no place here
            boolean isSource = name.endsWith(".h") || name.endsWith(".c");
            if (isSource && !name.contains("/") && !name.equals(SELF_TEST)) {
                files.put(name, text);
            }
        });
        for (String name : List.of("application.h", "application.c", "work.c")) {
            files.put(name, Bootloader.resource(name));
        }
        files.put(
                "self_test.c",
                Template.of("boot/self_test.c").named(firmware.prefix()).text());
        Bootloader.SHARED.forEach(name -> files.put(name, Bootloader.resource(name)));
        files.put("layout.h", layout.header(firmware.target()));
        for (Slot slot : Slot.values()) {
            files.put(
                    slot.label() + ".ld",
                    layout.linkerScript(
                            "An image for slot " + slot + ", behind the header of its package.",
                            layout.slot(slot) + HEADER_BYTES,
                            layout.at(FlashLayout.Part.SLOT_BYTES) - HEADER_BYTES - TRAILER_BYTES));
        }
        files.put("Makefile", makefile(firmware.target(), Bootloader.sources(files)));
        return files;
    }

    /**
     * Writes the sources into a folder and builds both images.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.tool} where a compiler is missing, {@code firmware.memory} where the
     *     slot or the RAM is too small, {@code firmware.build} where the compiler refuses
     */
    public static Map<Slot, byte[]> build(Firmware firmware, FlashLayout layout, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : files(firmware, layout).entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        firmware.target().toolchain().compiler().version();
        Tool.Ended ended = Tool.MAKE.run(folder, List.of("-s", "all"));
        if (ended.code() != 0) {
            throw refused(firmware.target(), ended.text(), folder);
        }
        var images = new LinkedHashMap<Slot, byte[]>();
        for (Slot slot : Slot.values()) {
            images.put(slot, Files.readAllBytes(folder.resolve(slot.label() + ".bin")));
        }
        return images;
    }

    private static RuntimeException refused(Target target, String text, Path folder) {
        String said = text.lines()
                .filter(line -> line.contains("error") || line.contains("overflowed") || line.contains("no room"))
                .limit(3)
                .collect(Collectors.joining(" / "));
        if (said.contains("overflowed") || said.contains("no room")) {
            return Problem.usage("firmware.memory", "the image doesn't fit its slot or the RAM")
                    .because(said)
                    .attempt("a smaller model, or a device with more: --memory slot-bytes=…,ram-bytes=…")
                    .toException();
        }
        return Problem.environment("firmware.build", "the image for " + target.label() + " can't be built")
                .at(folder.toString())
                .because(said.isEmpty() ? text.strip() : said)
                .toException();
    }

    private static String makefile(Target target, String sources) {
        var rules = new ArrayList<String>();
        for (Slot slot : Slot.values()) {
            rules.add("""
                    %1$s.elf: $(OBJECTS) %1$s.o %1$s.ld
                    \t$(CROSS)gcc $(CORE) %3$s -nostartfiles -T %1$s.ld -Wl,--gc-sections $(OBJECTS) %1$s.o -o $@

                    %1$s.o: application.c $(HEADERS)
                    \t$(CROSS)gcc $(FLAGS) -DSKERRY_OWN_SLOT=SKERRY_SLOT_%2$s -DSKERRY_OWN_NAME='"%2$s"' -c $< -o $@
                    """.formatted(slot.label(), slot, target.toolchain().library()));
        }
        return """
                # make: an image for each slot. work.c is the place for what your device does; skerry pack --program signs what comes out.
                CROSS = %s
                CFLAGS = -O2
                BOARD = %s
                CORE = %s
                FLAGS = -std=c99 $(CORE) $(CFLAGS) -ffunction-sections -fdata-sections -I.
                HEADERS = $(wildcard *.h)
                OBJECTS = $(addsuffix .o,$(basename %s $(notdir $(BOARD))))

                all: slot-a.bin slot-b.bin

                %%.bin: %%.elf
                \t$(CROSS)objcopy -O binary $< $@

                %s
                %%.o: %%.c $(HEADERS)
                \t$(CROSS)gcc $(FLAGS) -c $< -o $@

                clean:
                \trm -f *.o *.elf *.bin

                .PHONY: all clean
                """.formatted(
                        target.toolchain().prefix(),
                        Bootloader.BOARD,
                        target.core(),
                        sources.replace("application.c ", ""),
                        String.join("\n", rules));
    }
}
