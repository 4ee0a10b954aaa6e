package dev.skerry.project;

import dev.skerry.bundle.Digest;
import dev.skerry.firmware.Firmware;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.CompiledLibrary;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.InstructionLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;

/**
 * Compiles the C that a model becomes to shared libraries for hosts, with the compilers that are on this machine: its own, and that
 * for 64-bit Arm where it is installed. The same model and compiler give the same bytes.
 */
final class HostCompiler {
    private static final List<String> FLAGS = List.of(
            "-std=c99", "-O3", "-ffp-contract=off", "-fPIC", "-shared", "-fvisibility=hidden", "-o", "model.so");
    private static final long MOST_SECONDS = 300;
    private static final int TRIALS = 4;

    private final Path work;
    private final Device device;
    private final List<InstructionLevel> elsewhere;

    /**
     * @param work a folder for sources and libraries
     * @param elsewhere what machines have that the code is for beside this one
     */
    HostCompiler(Path work, Device device, List<InstructionLevel> elsewhere) {
        this.work = work.resolve("compiled");
        this.device = device;
        this.elsewhere = elsewhere.stream()
                .filter(level -> !level.arch().equals(device.arch()))
                .toList();
    }

    /** For this machine, and for those of the project's target. */
    static HostCompiler of(ProjectConfig config, Path work, Device device) {
        return new HostCompiler(
                work,
                device,
                switch (config.target()) {
                    case THIS_MACHINE -> List.of();
                    case LINUX_X64 -> List.of(InstructionLevel.X86_64);
                    case LINUX_ARM64 -> List.of(InstructionLevel.ARMV8);
                });
    }

    /**
     * A runtime for each level of instructions that this machine has. When a model is opened its code is compiled, for machines
     * elsewhere too: what can't be had there is no choice here.
     */
    List<CompiledRuntime> runtimes() {
        return InstructionLevel.of(device).stream()
                .map(level -> CompiledRuntime.of(level, (content, name, dims) -> {
                    elsewhere.forEach(other -> compile(content, name, dims, other));
                    return compile(content, name, dims, level);
                }))
                .toList();
    }

    /** For all machines that it is for, the level that was chosen first. */
    List<CompiledLibrary> all(byte[] content, String name, Map<String, Long> dims, InstructionLevel first) {
        return Stream.concat(Stream.of(first), Stream.concat(InstructionLevel.of(device).stream(), elsewhere.stream()))
                .distinct()
                .map(level -> compile(content, name, dims, level))
                .toList();
    }

    /**
     * Compiles, and holds the code to the integers that it was made from where those can be computed otherwise too.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.unsupported} where there is no code for the model,
     *     {@code compile.compiler} where there is no compiler or it fails
     */
    CompiledLibrary compile(byte[] content, String name, Map<String, Long> dims, InstructionLevel level) {
        Model model = ModelFile.parse(content, name);
        Firmware firmware = Firmware.of(model, "model", dims);
        String digest = Digest.of(content).text();
        Path folder = work.resolve(digest.replace(':', '-').substring(0, 23) + "-" + level.label());
        Path file = folder.resolve("model.so");
        try {
            Files.createDirectories(folder);
            var command = new ArrayList<>(List.of(compiler(level), "-march=" + level.label()));
            command.addAll(FLAGS);
            for (var source : firmware.librarySources(digest).entrySet()) {
                Files.writeString(folder.resolve(source.getKey()), source.getValue());
                if (source.getKey().endsWith(".c")) {
                    command.add(source.getKey());
                }
            }
            command.add("-lm");
            run(command, folder, level);
            var library = new CompiledLibrary(
                    file, Digest.of(Files.readAllBytes(file)).text(), level);
            if (level.runsOn(device) && firmware.isExact()) {
                requireExact(firmware, library, name);
            }
            return library;
        } catch (IOException failure) {
            throw Problem.environment("project.work", "compiled code can't be kept")
                    .at(folder.toString())
                    .because(String.valueOf(failure.getMessage()))
                    .toException();
        }
    }

    private String compiler(InstructionLevel level) {
        return level.arch().equals(device.arch()) ? "cc" : level.arch() + "-linux-gnu-gcc";
    }

    private static void run(List<String> command, Path folder, InstructionLevel level) throws IOException {
        Path log = folder.resolve("log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException missing) {
            throw Problem.environment("compile.compiler", "there is no C compiler for " + level.label())
                    .at(command.getFirst())
                    .because(String.valueOf(missing.getMessage()))
                    .attempt(
                            level == InstructionLevel.ARMV8
                                    ? "apt-get install gcc gcc-aarch64-linux-gnu"
                                    : "apt-get install gcc")
                    .toException();
        }
        try {
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw Problem.environment("compile.compiler", "the C compiler takes more than " + MOST_SECONDS + " s")
                        .at(command.getFirst())
                        .toException();
            }
        } catch (InterruptedException cancelled) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw Problem.usage("compile.cancelled", "compiling was cancelled").toException();
        }
        if (process.exitValue() != 0) {
            throw Problem.environment("compile.compiler", "the C compiler refuses the generated code")
                    .at(command.getFirst() + " " + command.get(1))
                    .because(Files.readString(log).lines().limit(3).reduce("", (all, line) -> all + line + " "))
                    .attempt("a newer gcc or clang")
                    .toException();
        }
    }

    /** Compilers have defects too, and this one's level of optimization is the highest. */
    private static void requireExact(Firmware firmware, CompiledLibrary library, String name) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        for (int trial = 0; trial < TRIALS; trial++) {
            byte[] input = new byte[firmware.inputBytes()];
            random.nextBytes(input);
            if (!Arrays.equals(library.run(input.clone()), firmware.expected(input))) {
                throw Problem.gate("compile.differs", "the compiled code doesn't give what the model means")
                        .at(name + ", " + library.level().label())
                        .because("its bytes are others than those of the same integers computed in Java")
                        .attempt("another compiler, as cc")
                        .toException();
            }
        }
    }
}
