package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The sources for a device, compiled and linked in a folder of their own: what they take of it, and how they run under QEMU. */
public final class DeviceBuild implements AutoCloseable {
    private final Firmware firmware;
    private final Path folder;
    private final String compiler;

    private DeviceBuild(Firmware firmware, Path folder, String compiler) {
        this.firmware = firmware;
        this.folder = folder;
        this.compiler = compiler;
    }

    /**
     * Builds all programs of a device.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.tool} where a compiler is missing, {@code firmware.memory} where
     *     the board has too little, {@code firmware.build} where the compiler refuses
     */
    public static DeviceBuild of(Firmware firmware) {
        String compiler = firmware.target().toolchain().compiler().version();
        Path folder;
        try {
            folder = Files.createTempDirectory("skerry-device");
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        var build = new DeviceBuild(firmware, folder, compiler);
        try {
            write(firmware.files(), folder);
            build.make();
            return build;
        } catch (RuntimeException | Error refused) {
            build.close();
            throw refused;
        }
    }

    private static void write(Map<String, String> files, Path folder) {
        try {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.resolve("..").normalize());
                Files.writeString(path, file.getValue());
            }
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    private void make() {
        Tool.Ended ended = Tool.MAKE.run(folder, List.of("-s", "device"));
        if (ended.code() == 0) {
            return;
        }
        String said = ended.text()
                .lines()
                .filter(line -> line.contains("error") || line.contains("overflowed") || line.contains("no room"))
                .limit(3)
                .collect(Collectors.joining(" / "));
        if (said.contains("overflowed") || said.contains("no room")) {
            throw Problem.usage("firmware.memory", "the model doesn't fit the memory of " + board())
                    .because(said)
                    .attempt("a smaller model, or a target with more memory")
                    .toException();
        }
        throw Problem.environment(
                        "firmware.build", "the code for " + firmware.target().label() + " doesn't compile")
                .because(said)
                .at(compiler)
                .toException();
    }

    private String board() {
        return firmware.machine().name() + " (" + firmware.machine().core() + ")";
    }

    /**
     * What a run gave.
     *
     * @param instructions of an inference
     * @param resolution how far off they may be: 0 where they were counted one by one
     * @param stackBytes that an inference used, painted before and looked at after
     */
    public record Run(
            String machine, String emulator, int vectors, long instructions, long resolution, int stackBytes) {}

    /**
     * Runs the golden vectors and counts instructions.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.vector} where an output is wrong
     */
    public Run run() {
        try {
            return measured();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private Run measured() throws IOException {
        Machine machine = firmware.machine();
        String version = machine.emulator().version();
        @Nullable Profiler profiler = Profiler.build(folder, version);
        Path counts = folder.resolve("counts");
        Disassembly program = disassembly("build/selftest.elf");
        Map<String, Long> printed =
                emulate("build/selftest.elf", profiler == null ? List.of() : profiler.arguments(program, null, counts));
        double tick = machine.instructionsPerTick();
        long byTimer = Math.round(printed.getOrDefault("counted", 0L) * tick);
        boolean isCounted = Files.exists(counts);
        return new Run(
                board(),
                version,
                Math.toIntExact(printed.getOrDefault("vectors", 0L)),
                isCounted ? Execution.of(Files.readAllLines(counts)).instructions(program) : byTimer,
                isCounted ? 0 : (long) Math.ceil(tick),
                Math.toIntExact(printed.getOrDefault("stack", 0L)));
    }

    private Disassembly disassembly(String elf) {
        return Disassembly.of(firmware.target()
                .toolchain()
                .disassembler()
                .run(folder, List.of("-d", "--no-show-raw-insn", elf))
                .text());
    }

    /** Runs a program, and gives the numbers that it printed. */
    private Map<String, Long> emulate(String elf, List<String> profiler) {
        Machine machine = firmware.machine();
        var arguments = new ArrayList<>(machine.arguments());
        arguments.add(elf);
        arguments.addAll(profiler);
        Tool.Ended ended = machine.emulator().run(folder, arguments);
        Map<String, Long> numbers = ended.text()
                .lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2 && words[1].matches("\\d+"))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]), (first, _) -> first));
        if (ended.code() != 0) {
            throw Problem.gate("firmware.vector", "the golden vectors don't come out as they should on " + board())
                    .because(
                            numbers.containsKey("wrong")
                                    ? numbers.get("wrong") + " bytes are wrong"
                                    : "it ended with " + ended.code() + ": "
                                            + ended.text().strip())
                    .toException();
        }
        return numbers;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // a temporary folder that stays does no harm
        }
    }
}
