package dev.skerry.cli;

import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.Target;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "compile", description = "A model as C99 for microcontrollers, with exact memory.")
final class CompileCommand implements Callable<Integer> {
    private static final String INTEGERS = "integers";

    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "A TensorFlow Lite or ONNX file.")
    Path model = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "A folder for the sources.")
    Path output = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The prefix of functions and files; the file's name where it isn't given.")
    @Nullable
    String name;

    @Option(
            names = "--target",
            paramLabel = "TARGET",
            description = "What the code is for: c99 (any machine), host, cortex-m4 or another core.")
    String target = Target.C99.label();

    @Option(
            names = "--run",
            paramLabel = "EMULATOR",
            description = "qemu: builds the code, runs golden vectors, counts instructions.")
    @Nullable
    String emulator;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with tables and plots.")
    @Nullable
    Path report;

    @Option(
            names = "--arithmetic",
            paramLabel = "KIND",
            description = {
                "Of ONNX models with QuantizeLinear: integers (TensorFlow Lite's, small and fast)",
                "or specification (in real numbers, to the letter)."
            })
    String arithmetic = INTEGERS;

    @Option(
            names = "--state",
            paramLabel = "OUTPUT=INPUT",
            description = "An output that is this input of the next inference; zero at the start.")
    Map<String, String> states = Map.of();

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    CompileCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Target chosen = Words.enumOf("--target", target, Target.values(), Target::label);
        if (emulator != null) {
            Words.requireOneOf("--run", emulator, List.of("qemu"));
            requireDevice(chosen);
        }
        Words.requireOneOf("--arithmetic", arithmetic, List.of(INTEGERS, "specification"));
        if (report != null && !isInside(report)) {
            Pages.requireWritable("--report", report);
        }
        String given = name;
        String prefix =
                given != null ? given : String.valueOf(model.getFileName()).replaceFirst("\\.[^.]*$", "");
        Model read = ModelFile.read(model);
        Optional<Model> inIntegers = arithmetic.equals(INTEGERS) ? Firmware.inIntegers(read, dims) : Optional.empty();
        Firmware made =
                Firmware.of(inIntegers.orElse(read), prefix, dims, chosen).withState(states);
        CompileGolden golden = CompileGolden.of(made, read, inIntegers.isPresent());
        Map<String, String> files = golden.firmware().files();
        // first, so that they are there even where nothing can be measured
        SourceFolder.write(output, files);
        Compiled compiled = measured(golden.firmware());
        if (report != null) {
            Pages.write(report, new CompilePage(compiled).render());
        }
        if (common.json) {
            context.printJson(CompileJson.of(compiled, output));
        } else {
            context.terminal().out().print(CompileText.of(compiled));
            Problem missing = golden.missing();
            if (missing != null) {
                context.terminal().out().println("  no self-test, since there is nothing to compare with: " + missing);
            }
            context.terminal().out().println("wrote " + files.size() + " files to " + output);
            String rule = chosen.isDevice() ? " run" : files.containsKey("selftest.c") ? " test" : "";
            context.next("make -C " + output + rule);
        }
        return 0;
    }

    private static void requireDevice(Target chosen) {
        if (!chosen.isDevice()) {
            throw Problem.usage("usage", "--run qemu: " + chosen.label() + " is no device")
                    .because("only code for a device is emulated; other code runs where it is compiled, by make test")
                    .attempt("--target " + Target.CORTEX_M4.label())
                    .toException();
        }
    }

    private boolean isInside(Path file) {
        return file.toAbsolutePath()
                .normalize()
                .startsWith(output.toAbsolutePath().normalize());
    }

    /** Links and runs what was asked for. Without a compiler there still are sources. */
    private Compiled measured(Firmware firmware) {
        if (!firmware.target().isDevice()) {
            return new Compiled(firmware, null, null, null);
        }
        try (DeviceBuild build = DeviceBuild.of(firmware)) {
            return new Compiled(firmware, build.sizes(), null, emulator == null ? null : build.run());
        } catch (ProblemException refused) {
            if (emulator != null) {
                throw refused;
            }
            return new Compiled(firmware, null, refused.problem(), null);
        }
    }
}
