package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs of a device under QEMU.
 *
 * @param folder where they are built
 */
record Emulation(Firmware firmware, Path folder) {
    /** How a program ends whose golden vectors came out otherwise. */
    private static final int WRONG = 1;

    DeviceRun run(boolean isProfiled) throws IOException {
        Machine machine = firmware.machine();
        String version = machine.emulator().version();
        @Nullable Profiler profiler = isProfiled ? Profiler.build(folder, version) : null;
        Traced whole = traced("selftest", profiler, null);
        double tick = machine.instructionsPerTick();
        long byTimer = Math.round(whole.number("ticks") * tick);
        @Nullable Execution execution = whole.execution();
        @Nullable CycleModel model = firmware.target().cycles();
        return new DeviceRun(
                machine.board(),
                version,
                Math.toIntExact(whole.number("vectors")),
                execution == null ? byTimer : execution.instructions(),
                execution == null ? (long) Math.ceil(tick) : 0,
                Math.toIntExact(whole.number("stack")),
                execution == null || model == null ? null : model.of(execution.blocks(), whole.program()),
                model == null ? null : model.source(),
                execution == null ? List.of() : layers(traced("profile", profiler, "skerry_layer_done"), model));
    }

    private List<DeviceRun.Layer> layers(Traced run, @Nullable CycleModel model) {
        @Nullable Execution execution = run.execution();
        var layers = new ArrayList<DeviceRun.Layer>();
        for (int i = 0; execution != null && i < firmware.steps().size(); i++) {
            Execution part = execution.part(i);
            layers.add(new DeviceRun.Layer(
                    part.instructions(), model == null ? null : model.of(part.blocks(), run.program())));
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
        Disassembly program = firmware.target().toolchain().disassembled(folder, elf);
        Tool.Ended ended = emulate(elf, profiler == null ? List.of() : profiler.arguments(program, part, counts));
        return new Traced(
                program, numbers(ended), Files.exists(counts) ? Execution.of(Files.readAllLines(counts)) : null);
    }

    byte[] outputs(byte[] inputs) throws IOException {
        Files.write(folder.resolve("input.i8"), inputs);
        Tool.Ended ended = emulate("build/stream.elf", List.of());
        if (ended.code() != 0) {
            throw failed("inputs from a file", ended);
        }
        return Files.readAllBytes(folder.resolve("output.i8"));
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
                .map(line -> line.split(" ", -1))
                .filter(words -> words.length == 2 && words[1].matches("\\d+"))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]), (first, _) -> first));
        if (ended.code() == 0) {
            return numbers;
        }
        if (ended.code() == WRONG) {
            throw Problem.gate(
                            "firmware.vector",
                            "golden vectors don't come out as they should on "
                                    + firmware.machine().board())
                    .because(numbers.getOrDefault("wrong", 0L) + " bytes are wrong")
                    .attempt("another compiler, or a report to us: the same code is right elsewhere")
                    .toException();
        }
        throw failed("the golden vectors", ended);
    }

    private ProblemException failed(String what, Tool.Ended ended) {
        return Problem.gate(
                        "firmware.run",
                        "the program with " + what + " failed on "
                                + firmware.machine().board())
                .because("it ended with " + ended.code() + ": " + ended.text().strip())
                .toException();
    }
}
