package dev.skerry.cli;

import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.Target;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "compile", description = "A model in INT8 as C99 for microcontrollers, with exact memory.")
final class CompileCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "A TensorFlow Lite file in INT8.")
    Path model = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "A folder for the sources.")
    Path output = Path.of("");

    @Option(names = "--name", description = "The prefix of functions and files; the file's name where it isn't given.")
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

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    CompileCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        String given = name;
        String prefix =
                given != null ? given : String.valueOf(model.getFileName()).replaceFirst("\\.[^.]*$", "");
        Target chosen = Words.enumOf("--target", target, Target.values(), Target::label);
        if (emulator != null) {
            Words.requireOneOf("--run", emulator, List.of("qemu"));
        }
        Firmware firmware = Firmware.of(ModelFile.read(model), prefix, dims, chosen);
        DeviceBuild.@Nullable Run run = null;
        if (emulator != null) {
            try (DeviceBuild build = DeviceBuild.of(firmware)) {
                run = build.run();
            }
        }
        Map<String, String> files = firmware.files();
        write(files);
        if (common.json) {
            context.printJson(json(firmware, run));
        } else {
            context.terminal().out().print(text(firmware));
            if (run != null) {
                context.terminal()
                        .out()
                        .println("  %,d instructions an inference on %s, %d golden vectors right, %d bytes of stack"
                                .formatted(run.instructions(), run.machine(), run.vectors(), run.stackBytes()));
            }
            context.terminal().out().println("wrote " + files.size() + " files to " + output);
            context.next("make -C " + output + " test");
        }
        return 0;
    }

    private void write(Map<String, String> files) {
        try {
            Files.createDirectories(output);
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.createDirectories(
                        output.resolve(file.getKey()).resolve("..").normalize());
                Files.writeString(output.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException unwritable) {
            throw Problem.environment("usage.unwritable", "the sources can't be written")
                    .at(output.toString())
                    .because(unwritable.getMessage())
                    .attempt("another place, with -o")
                    .toException();
        }
    }

    private static String text(Firmware firmware) {
        var layers = new Table("layer", "kernel", "shape", "MACs", "constants");
        for (Firmware.Step step : firmware.steps()) {
            layers.row(
                    step.name(),
                    step.kernel(),
                    step.shape(),
                    step.macs() == 0 ? "–" : Quantity.count(step.macs()),
                    step.constantBytes() == 0 ? "–" : step.constantBytes() + " B");
        }
        return layers.render("  ")
                + "  arena %d bytes, input and output inside (whole values alone need %d)%n"
                        .formatted(firmware.arenaBytes(), firmware.arenaBound())
                + "  constants %d bytes, %s MACs%n"
                        .formatted(firmware.constantBytes(), Quantity.count(firmware.macs()));
    }

    private ObjectNode json(Firmware firmware, DeviceBuild.@Nullable Run run) {
        ObjectNode json = Context.JSON
                .createObjectNode()
                .put("schema", "skerry.compile/1")
                .put("target", firmware.target().label())
                .put("arenaBytes", firmware.arenaBytes())
                .put("arenaBoundBytes", firmware.arenaBound())
                .put("constantBytes", firmware.constantBytes())
                .put("macs", firmware.macs())
                .put("stackBytes", run == null ? null : run.stackBytes())
                .put("instructions", run == null ? null : run.instructions())
                .put("output", output.toString());
        ArrayNode layers = json.putArray("layers");
        firmware.steps()
                .forEach(step -> layers.addObject()
                        .put("name", step.name())
                        .put("kernel", step.kernel())
                        .put("shape", step.shape())
                        .put("macs", step.macs())
                        .put("constantBytes", step.constantBytes()));
        return json;
    }
}
