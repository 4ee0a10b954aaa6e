package dev.skerry.cli;

import dev.skerry.model.ModelFile;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.RuntimeContest;
import dev.skerry.project.Workbench;
import dev.skerry.runtime.SelectionReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "select", description = "Every runtime that is here, measured side by side on a model.")
final class SelectCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX or TensorFlow Lite file, or a project.")
    Path model = Path.of("");

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description = "How long to measure, all runtimes together; 6 where it isn't given.")
    long seconds = 6;

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    SelectCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (seconds < 1) {
            throw Problem.usage("usage", "--seconds: " + seconds + " is not a time")
                    .attempt("--seconds 6")
                    .toException();
        }
        SelectionReport report = measured();
        if (common.json) {
            ObjectNode json = Context.JSON.createObjectNode().put("schema", "skerry.bench/1");
            json.setAll(report.toJson());
            context.printJson(json);
        } else {
            context.terminal().out().print(StepText.selection(report.rows()).render(""));
        }
        if (report.best().isEmpty()) {
            throw Problem.gate("select.none", "no runtime runs this model")
                    .at(model.toString())
                    .attempt("skerry doctor")
                    .toException();
        }
        return 0;
    }

    private SelectionReport measured() {
        Path work;
        try {
            work = Files.createTempDirectory("skerry-select");
        } catch (IOException full) {
            throw Problem.environment("project.work", "there is no room for what is compiled")
                    .because(String.valueOf(full.getMessage()))
                    .attempt("-Djava.io.tmpdir with a folder that may be written to")
                    .toException();
        }
        try {
            var contest = new RuntimeContest(work, context.nanoTime());
            boolean isProject = Files.isRegularFile(model.resolve("skerry.yaml"))
                    || model.toString().endsWith(".yaml");
            return isProject
                    ? ofProject(contest, work)
                    : contest.run(model, null, Map.of(), dims, Duration.ofSeconds(seconds));
        } finally {
            remove(work);
        }
    }

    /** The model with its pre and post steps, on its own frames. */
    private SelectionReport ofProject(RuntimeContest contest, Path work) {
        ProjectConfig config = ProjectFile.read(model);
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            Path fused = work.resolve("fused.onnx");
            ModelFile.write(bench.fuse(bench.model()), fused);
            SampleSource frames = bench.frames();
            return contest.run(fused, frames, config.stateOutputToInput(), config.dims(), Duration.ofSeconds(seconds));
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException left) {
            // what stays in the folder for temporary files goes with it
        }
    }
}
