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
     * Builds the model and the least that starts a device; other programs are built when they are run.
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
            build.make("image");
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

    private void make(String program) {
        Tool.Ended ended = Tool.MAKE.run(folder, List.of("-s", "build/" + program + ".elf"));
        if (ended.code() == 0) {
            return;
        }
        String said = ended.text()
                .lines()
                .filter(line -> line.contains("error") || line.contains("overflowed") || line.contains("no room"))
                .limit(3)
                .collect(Collectors.joining(" / "));
        if (said.contains("overflowed") || said.contains("no room")) {
            throw Problem.usage(
                            "firmware.memory",
                            "the model doesn't fit the memory of "
                                    + firmware.machine().board())
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
        Disassembly image = firmware.target().toolchain().disassembled(folder, "build/image.elf");
        int stack = new StackUse(frames(), image).of(firmware.prefix() + "_invoke");
        return new Sizes(compiler, flash, ram, stack, image.sizes());
    }

    /** @param isLoaded whether its content lies in flash */
    private record Section(long address, int bytes, boolean isLoaded) {}

    /** Sections of a program that take memory of the device. */
    private List<Section> sections(String elf) {
        var sections = new ArrayList<Section>();
        List<String> lines = firmware.target()
                .toolchain()
                .disassembler()
                .run(folder, List.of("-h", elf))
                .text()
                .lines()
                .map(String::strip)
                .toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            String[] columns = lines.get(i).split("\\s+", -1);
            String flags = lines.get(i + 1);
            // thread-local variables have their room in .bss
            boolean isRoom = flags.contains("ALLOC") && (flags.contains("LOAD") || !flags.contains("THREAD_LOCAL"));
            if (columns.length == 7 && isRoom) {
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
     * Runs the golden vectors and counts instructions.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.vector} where an output is wrong, {@code firmware.run} where the
     *     program doesn't come so far
     */
    public DeviceRun run() {
        return run(true);
    }

    /** @param isProfiled whether instructions are counted one by one; otherwise the device's own timer counts them */
    DeviceRun run(boolean isProfiled) {
        make("selftest");
        if (isProfiled) {
            make("profile");
        }
        try {
            return new Emulation(firmware, folder).run(isProfiled);
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
        make("stream");
        try {
            return new Emulation(firmware, folder).outputs(inputs);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
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
