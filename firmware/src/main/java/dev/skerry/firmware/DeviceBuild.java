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
    /** How a program ends whose golden vectors came out otherwise. */
    private static final int WRONG = 1;

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
        return of(firmware, firmware.files());
    }

    static DeviceBuild of(Firmware firmware, Map<String, String> files) {
        String compiler = firmware.target().toolchain().compiler().version();
        Path folder;
        try {
            folder = Files.createTempDirectory("skerry-device");
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        var build = new DeviceBuild(firmware, folder, compiler);
        try {
            write(files, folder);
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
     * What the model and the least that starts a device take of it; golden vectors aren't inside.
     *
     * @param flashBytes code, constants and what variables begin with
     * @param ramBytes the arena and all variables, without the stack
     * @param stackBytes the most that an inference can take, by the compiler's figures for each function
     * @param functions bytes of code, by name
     */
    public record Sizes(
            String compiler, int flashBytes, int ramBytes, int stackBytes, Map<String, Integer> functions) {}

    public Sizes sizes() {
        int flash = 0;
        int ram = 0;
        for (Section section : sections("build/image.elf")) {
            flash += section.isLoaded() ? section.bytes() : 0;
            ram += firmware.machine().ram().holds(section.address()) ? section.bytes() : 0;
        }
        Disassembly image = disassembly("build/image.elf");
        int stack = new StackUse(frames(), image).of(firmware.prefix() + "_invoke");
        return new Sizes(compiler, flash, ram, stack, image.sizes());
    }

    /** @param isLoaded whether its content lies in flash */
    private record Section(long address, int bytes, boolean isLoaded) {}

    /** Sections of a program that take memory of the device. */
    private List<Section> sections(String elf) {
        var sections = new ArrayList<Section>();
        List<String> lines = disassembler("-h", elf).lines().map(String::strip).toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            String[] columns = lines.get(i).split("\\s+");
            String flags = lines.get(i + 1);
            if (columns.length == 7 && flags.contains("ALLOC")) {
                sections.add(new Section(
                        Long.parseLong(columns[3], 16), Integer.parseInt(columns[2], 16), flags.contains("LOAD")));
            }
        }
        return sections;
    }

    private List<String> frames() {
        try (Stream<Path> files = Files.list(folder.resolve("build"))) {
            var lines = new ArrayList<String>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".su")).toList()) {
                lines.addAll(Files.readAllLines(file));
            }
            return lines;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /**
     * What a run gave.
     *
     * @param instructions of an inference
     * @param resolution how far off they may be: 0 where they were counted one by one
     * @param stackBytes that the golden vectors' inferences used at most: painted before and looked at after
     * @param cycles an estimate; null where there is no model of the core, or nothing that counts single instructions
     * @param model where the estimate's numbers come from
     * @param layers in their order; empty where nothing counts single instructions. Marks of their ends take a few more
     *     instructions than are in the whole
     */
    public record Run(
            String machine,
            String emulator,
            int vectors,
            long instructions,
            long resolution,
            int stackBytes,
            @Nullable Cycles cycles,
            @Nullable String model,
            List<LayerRun> layers) {}

    /** What one layer of an inference took. */
    public record LayerRun(long instructions, @Nullable Cycles cycles) {}

    /**
     * Runs the golden vectors and counts instructions.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.vector} where an output is wrong, {@code firmware.run} where the
     *     program doesn't come so far
     */
    public Run run() {
        return run(true);
    }

    /** @param isProfiled whether instructions are counted one by one; otherwise the device's own timer counts them */
    Run run(boolean isProfiled) {
        try {
            return measured(isProfiled);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /**
     * Runs inputs through the model, one behind the other.
     *
     * @param inputs each of {@link Firmware#inputBytes()}
     * @return an output of {@link Firmware#outputBytes()} for each
     */
    public byte[] outputs(byte[] inputs) {
        try {
            Files.write(folder.resolve("input.i8"), inputs);
            Tool.Ended ended = emulate("build/stream.elf", List.of());
            if (ended.code() != 0) {
                throw Problem.gate("firmware.run", "the program for inputs from a file failed on " + board())
                        .because("it ended with " + ended.code() + ": "
                                + ended.text().strip())
                        .toException();
            }
            return Files.readAllBytes(folder.resolve("output.i8"));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private Run measured(boolean isProfiled) throws IOException {
        Machine machine = firmware.machine();
        String version = machine.emulator().version();
        @Nullable Profiler profiler = isProfiled ? Profiler.build(folder, version) : null;
        Traced whole = traced("selftest", profiler, null);
        double tick = machine.instructionsPerTick();
        long byTimer = Math.round(whole.number("ticks") * tick);
        @Nullable Execution execution = whole.execution();
        @Nullable CycleModel model = firmware.target().cycles();
        return new Run(
                board(),
                version,
                Math.toIntExact(whole.number("vectors")),
                execution == null ? byTimer : execution.instructions(whole.program()),
                execution == null ? (long) Math.ceil(tick) : 0,
                Math.toIntExact(whole.number("stack")),
                execution == null || model == null ? null : model.of(execution.blocks(), whole.program()),
                model == null ? null : model.source(),
                execution == null ? List.of() : layers(traced("profile", profiler, "skerry_layer_done"), model));
    }

    private List<LayerRun> layers(Traced run, @Nullable CycleModel model) {
        @Nullable Execution execution = run.execution();
        var layers = new ArrayList<LayerRun>();
        for (int i = 0; execution != null && i < firmware.steps().size(); i++) {
            Execution part = execution.part(i);
            layers.add(new LayerRun(
                    part.instructions(run.program()), model == null ? null : model.of(part.blocks(), run.program())));
        }
        return layers;
    }

    /**
     * A program that has run.
     *
     * @param printed its numbers, by their names
     * @param execution null where no profiler looked on
     */
    private record Traced(
            Disassembly program,
            Map<String, Long> printed,
            @Nullable Execution execution) {
        long number(String name) {
            return printed.getOrDefault(name, 0L);
        }
    }

    private Traced traced(String name, @Nullable Profiler profiler, @Nullable String part) throws IOException {
        Path counts = folder.resolve(name + ".counts");
        String elf = "build/" + name + ".elf";
        Disassembly program = disassembly(elf);
        Tool.Ended ended = emulate(elf, profiler == null ? List.of() : profiler.arguments(program, part, counts));
        return new Traced(
                program, numbers(ended), Files.exists(counts) ? Execution.of(Files.readAllLines(counts)) : null);
    }

    private Disassembly disassembly(String elf) {
        return Disassembly.of(disassembler("-d", "--no-show-raw-insn", elf));
    }

    private String disassembler(String... arguments) {
        return firmware.target()
                .toolchain()
                .disassembler()
                .run(folder, List.of(arguments))
                .text();
    }

    private Tool.Ended emulate(String elf, List<String> profiler) {
        Machine machine = firmware.machine();
        var arguments = new ArrayList<>(machine.arguments());
        arguments.add(elf);
        arguments.addAll(profiler);
        return machine.emulator().run(folder, arguments);
    }

    /** What a program with golden vectors printed: lines of a name and a number. */
    private Map<String, Long> numbers(Tool.Ended ended) {
        Map<String, Long> numbers = ended.text()
                .lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2 && words[1].matches("\\d+"))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]), (first, _) -> first));
        if (ended.code() == 0) {
            return numbers;
        }
        if (ended.code() == WRONG) {
            throw Problem.gate("firmware.vector", "golden vectors don't come out as they should on " + board())
                    .because(numbers.getOrDefault("wrong", 0L) + " bytes are wrong")
                    .attempt("another compiler, or a report to us: the same code is right elsewhere")
                    .toException();
        }
        throw Problem.gate("firmware.run", "the program with the golden vectors failed on " + board())
                .because("it ended with " + ended.code() + ": " + ended.text().strip())
                .toException();
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
