package dev.skerry.firmware;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/** What builds the sources, here and for a device, and what a device needs besides them to start and to be measured. */
final class BuildFiles {
    /** So that a linker can leave out what isn't called; the stack of each function is written beside its object. */
    static final String FLAGS = "-std=c99 -O2 -ffunction-sections -fdata-sections -fstack-usage";

    /** At least so many bytes of stack have to be free. */
    private static final int STACK_LEAST = 512;

    /** Sources of programs around the model. */
    private static final Set<String> PROGRAMS = Set.of("golden.c", "selftest.c");

    private static final String TEST = """
            selftest: $(OBJECTS) golden.o selftest.o
            \t$(CC) $(CFLAGS) $^ -lm -o $@

            test: selftest
            \t./selftest

            """;

    private static final String CMAKE_TEST = """

            if(NOT CMAKE_CROSSCOMPILING AND CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
                enable_testing()
                add_executable(selftest selftest.c golden.c)
                target_link_libraries(selftest PREFIX)
                add_test(NAME golden_vectors COMMAND selftest)
            endif()
            """;

    /** Rules of what can't be done fail, so that nobody takes them for done. */
    private static final String NO_TEST = """
            test:
            \t@echo 'no golden vectors: there was nothing to compare with when this was made' >&2; exit 1

            """;

    private static final String NO_DEVICE = """

            device run:
            \t@echo 'made for no device: compile with --target cortex-m4, for example' >&2; exit 1
            """;

    private BuildFiles() {}

    static void addTo(SequencedMap<String, String> files, Firmware firmware) {
        String prefix = firmware.prefix();
        String sources = files.keySet().stream()
                .filter(file -> file.endsWith(".c") && !PROGRAMS.contains(file))
                .collect(Collectors.joining(" "));
        String headers =
                files.keySet().stream().filter(file -> file.endsWith(".h")).collect(Collectors.joining(" "));
        Target target = firmware.target();
        boolean hasTest = files.containsKey("selftest.c");
        files.put("Makefile", here(headers, sources, hasTest) + (target.isDevice() ? device(firmware) : NO_DEVICE));
        files.put(
                "CMakeLists.txt",
                Template.of("CMakeLists.txt")
                        .text()
                        .concat(hasTest ? CMAKE_TEST : "")
                        .replace("PREFIX", prefix)
                        .replace("SOURCES", sources));
        if (target.isDevice()) {
            String start = target.toolchain().start();
            files.put("device/" + start, Template.of("device/" + start).text());
            files.put("device/link.ld", linkerScript(firmware.machine()));
            for (String file : List.of("semihosting.h", "semihosting.c", "selftest.c")) {
                files.put(
                        "device/" + file,
                        Template.of("device/" + file).named(prefix).text());
            }
            files.put(
                    "device/image.c",
                    Template.of("device/image.c")
                            .named(prefix)
                            .fill(Map.of(
                                    "INPUTS",
                                            each(firmware.inputs(), "        __asm__ volatile(\"\" ::\"r\"(%s()));\n"),
                                    "OUTPUTS",
                                            each(
                                                    firmware.outputs(),
                                                    "        __asm__ volatile(\"\" ::\"r\"(%s()));\n"))));
            files.put(
                    "device/stream.c",
                    Template.of("device/stream.c")
                            .named(prefix)
                            .fill(Map.of(
                                    "READ",
                                    firmware.inputs().stream()
                                            .map(end -> "skerry_read(from, %s(), %d) == 0"
                                                    .formatted(end.function(), end.bytes()))
                                            .collect(Collectors.joining(" && ")),
                                    "WRITE",
                                    each(firmware.outputs(), "        lost += skerry_write(to, %s(), %d);\n"))));
        }
    }

    private static String each(List<Firmware.End> ends, String line) {
        return ends.stream()
                .map(end -> line.formatted(end.function(), end.bytes()))
                .collect(Collectors.joining());
    }

    private static String here(String headers, String sources, boolean hasTest) {
        return """
                # make: the model as objects%s.
                CC ?= cc
                CFLAGS ?= -O2
                SOURCES = %s
                OBJECTS = $(SOURCES:.c=.o)
                HEADERS = %s

                all: $(OBJECTS)

                %%.o: %%.c $(HEADERS)
                \t$(CC) -std=c99 $(CFLAGS) -c $< -o $@

                %sclean:
                \trm -rf *.o selftest build

                .PHONY: all test clean device run
                """.formatted(
                        hasTest ? "; make test: builds and runs the golden vectors on this machine" : "",
                        sources,
                        headers,
                        hasTest ? TEST : NO_TEST);
    }

    private static String device(Firmware firmware) {
        Target target = firmware.target();
        Machine machine = firmware.machine();
        return """

                # make device: programs for %s; make run: golden vectors under QEMU, on %s (%s). Of these programs
                # image.elf has the model and nothing else, selftest.elf the golden vectors; profile.elf marks where layers end; and
                # stream.elf takes inputs from a file.
                CROSS ?= %s
                DEVICE_CC = $(CROSS)gcc
                DEVICE_FLAGS ?= %s
                DEVICE_CORE = %s %s
                DEVICE_LINK = -nostartfiles -T device/link.ld -Wl,--gc-sections
                DEVICE_OBJECTS = $(addprefix build/,$(SOURCES:.c=.o) start.o)
                EMULATOR = %s %s

                device: build/image.elf build/selftest.elf build/profile.elf build/stream.elf

                run: build/selftest.elf
                \t$(EMULATOR) build/selftest.elf

                build/%%.o: %%.c $(HEADERS)
                \t@mkdir -p build/profile
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) -c $< -o $@

                build/device_%%.o: device/%%.c device/semihosting.h $(HEADERS)
                \t@mkdir -p build/profile
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) -c $< -o $@

                build/start.o: device/%s
                \t@mkdir -p build/profile
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) -c $< -o $@

                build/profile/%%.o: %%.c $(HEADERS)
                \t@mkdir -p build/profile
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) -DSKERRY_PROFILE -c $< -o $@

                build/profile/device_%%.o: device/%%.c device/semihosting.h $(HEADERS)
                \t@mkdir -p build/profile
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) -DSKERRY_PROFILE -c $< -o $@

                build/image.elf: $(DEVICE_OBJECTS) build/device_image.o
                build/selftest.elf: $(DEVICE_OBJECTS) build/golden.o build/device_semihosting.o build/device_selftest.o
                build/profile.elf: $(addprefix build/profile/,$(SOURCES:.c=.o) device_selftest.o) build/golden.o build/device_semihosting.o build/start.o
                build/stream.elf: $(DEVICE_OBJECTS) build/device_semihosting.o build/device_stream.o
                build/image.elf build/selftest.elf build/profile.elf build/stream.elf: device/link.ld
                \t$(DEVICE_CC) $(DEVICE_CORE) $(DEVICE_FLAGS) $(DEVICE_LINK) $(filter %%.o,$^) -lm -o $@
                """.formatted(
                        target.label(),
                        machine.name(),
                        machine.core(),
                        target.toolchain().prefix(),
                        FLAGS,
                        target.core(),
                        target.toolchain().library(),
                        machine.emulator().name(),
                        String.join(" ", machine.arguments()),
                        target.toolchain().start());
    }

    private static String linkerScript(Machine machine) {
        return Template.of("device/link.ld")
                .fill(Map.of(
                        "MACHINE",
                        "Memory of " + machine.name() + ". For your device, write its own.",
                        "FLASH_REGION",
                        machine.flash().text(),
                        "RAM_REGION",
                        machine.ram().text(),
                        "STACK_LEAST",
                        Integer.toString(STACK_LEAST)));
    }
}
