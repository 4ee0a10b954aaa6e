package dev.skerry.cli;

import dev.skerry.project.ProjectInit;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "init", description = "Write a commented skerry.yaml, guessed from a model and its samples.")
final class InitCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX file.")
    Path model = Path.of("");

    @Option(
            names = "--samples",
            required = true,
            description = "A folder of images or WAV files, or an .npz, .npy, .wav or .csv file.")
    Path samples = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The project's folder; named after the model where it isn't given.")
    @Nullable
    Path output;

    @Mixin
    CommonOptions common = new CommonOptions();

    InitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Path folder =
                output != null ? output : Path.of(model.getFileName().toString().replaceFirst("\\.[^.]*$", ""));
        Path file = ProjectInit.write(model, samples, folder);
        if (common.json) {
            context.printJson(Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.init/1")
                    .put("file", file.toString()));
        } else {
            context.terminal()
                    .out()
                    .println("wrote " + file
                            + "; read it once: what it guessed about pre-processing decides the accuracy");
            context.next("skerry deploy " + folder);
        }
        return 0;
    }
}
