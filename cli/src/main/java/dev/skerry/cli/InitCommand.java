package dev.skerry.cli;

import dev.skerry.project.ProjectInit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "init", description = "Write a commented skerry.yaml, guessed from a model and its samples.")
final class InitCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX or TensorFlow Lite file.")
    Path model = Path.of("");

    @Option(
            names = "--samples",
            required = true,
            paramLabel = "SAMPLES",
            description = "A folder of images or WAV files, or an .npz, .npy, .wav, .csv or video file.")
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
        ProjectInit.Written written = ProjectInit.write(model, samples, folder);
        Path file = written.file();
        if (common.json) {
            ObjectNode json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.init/1")
                    .put("file", file.toString());
            written.open().forEach(json.putArray("open")::add);
            json.put("unfit", written.unfit().isEmpty() ? null : written.unfit());
            context.printJson(json);
        } else {
            context.terminal()
                    .out()
                    .println("wrote " + file
                            + "; read it once: what it guessed about pre-processing decides the accuracy");
            if (!written.unfit().isEmpty()) {
                context.terminal().out().println("the samples don't fit the model yet; to fill in: " + written.unfit());
            }
            context.terminal()
                    .out()
                    .println("outputs of your own, where you have them, are compared first: skerry run " + folder
                            + " --expected predictions.npz");
            var gaps = new ArrayList<String>();
            if (!written.unfit().isEmpty()) {
                gaps.add("pipeline.source and pre");
            }
            if (!written.open().isEmpty()) {
                gaps.add("values of " + String.join(", ", written.open()) + " under pipeline.constants");
            }
            context.next(
                    gaps.isEmpty()
                            ? "skerry deploy " + folder
                            : "fill in " + String.join(", and ", gaps) + " in " + file + ", then skerry deploy "
                                    + folder);
        }
        return 0;
    }
}
