package dev.skerry.cli;

import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.Metric;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.DeployStep;
import dev.skerry.project.Deployment;
import dev.skerry.project.EvaluationChoice;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "compress", description = "Make a model smaller without losing accuracy or speed, or say why not.")
final class CompressCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX file.")
    Path model = Path.of("");

    @Option(
            names = "--calibration",
            paramLabel = "SAMPLES",
            description = "Samples that ranges are taken from; a part of --eval where it isn't given.")
    @Nullable
    Path calibration;

    @Option(
            names = "--eval",
            paramLabel = "SAMPLES",
            description = "Samples that accuracy is judged on, with labels if there are any.")
    @Nullable
    Path evaluation;

    @Option(names = "--method", description = "auto, int8 or none.")
    String method = "auto";

    @Option(names = "--range", description = "auto, minmax, percentile, entropy or mse.")
    String range = "auto";

    @Option(names = "--metric", description = "auto, top-1, top-5, auc, f1, rmse, iou, map, wer or agreement.")
    String metric = "auto";

    @Option(
            names = "--evaluator",
            paramLabel = "COMMAND",
            description = "A command of your own that prints how good {model} is, as JSON or a number.")
    @Nullable
    String evaluator;

    @Option(
            names = "--evaluator-timeout",
            paramLabel = "SECONDS",
            description = "How long it may take for one model; 600 s where it isn't given.")
    long evaluatorTimeout = 600;

    @Option(names = "--max-drop", description = "Points of accuracy that may be lost.")
    double maxDrop = 1;

    @Option(names = "--prefer", description = "speed or size.")
    String prefer = "speed";

    @Option(names = "--keep-float", paramLabel = "NODE", split = ",", description = "Nodes that stay float.")
    List<String> keepFloat = List.of();

    @Option(names = "--state", paramLabel = "OUTPUT=INPUT", description = "An output that is fed back.")
    Map<String, String> state = Map.of();

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "The chosen model.")
    Path output = Path.of("");

    @Mixin
    CommonOptions common = new CommonOptions();

    CompressCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (calibration == null && evaluation == null) {
            throw Problem.usage("compress.samples", "there are no samples to calibrate with")
                    .attempt("--calibration SAMPLES --eval SAMPLES, or one of them")
                    .toException();
        }
        if (!(maxDrop >= 0 && maxDrop <= 100)) {
            throw Problem.usage("usage", "--max-drop: " + maxDrop + " is not between 0 and 100")
                    .attempt("--max-drop 1")
                    .toException();
        }
        Pages.requireWritable("--output", output);
        requireOneOf("--method", method, "auto", "int8", "none");
        requireOneOf("--range", range, "auto", "minmax", "percentile", "entropy", "mse");
        requireOneOf("--prefer", prefer, "speed", "size");
        requireOneOf("--metric", metric, Metric.words().toArray(String[]::new));
        if (evaluator != null && !metric.equals("auto")) {
            throw Problem.usage("usage", "--evaluator and --metric exclude each other")
                    .because("the evaluator's figure is the metric")
                    .attempt("one of them")
                    .toException();
        }
        if (evaluatorTimeout < 1) {
            throw Problem.usage("usage", "--evaluator-timeout: " + evaluatorTimeout + " is not a time")
                    .attempt("--evaluator-timeout 600")
                    .toException();
        }
        ProjectConfig config = ProjectConfig.ofModel(
                        model,
                        calibration,
                        evaluation,
                        new ProjectConfig.CompressionChoice(
                                !method.equals("none"), range, 200, prefer.equals("size"), keepFloat),
                        maxDrop,
                        state,
                        dims)
                .withJudged(EvaluationChoice.of(metric, evaluator, Duration.ofSeconds(evaluatorTimeout)));
        var options =
                new DeployOptions(context.keyOf(config.name()), null, 0, RunPlan.Realtime.NONE, context.nanoTime());
        var steps = new DeployCommand.Steps(context, common.json);
        CompressionReport report;
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            report = new Deployment(bench, options, steps).compress();
        }
        ModelFile.write(report.output(), output);
        if (common.json) {
            context.printJson((Object) report.toJson(output.toString()));
        } else {
            context.terminal().out().print(new StepText(context.terminal()).render(new DeployStep.Compressed(report)));
            context.terminal().out().println("wrote " + output + " (" + report.chosen() + ")");
            context.next("skerry inspect " + output);
        }
        return 0;
    }

    private static void requireOneOf(String option, String word, String... known) {
        if (!List.of(known).contains(word)) {
            Problem problem =
                    Problem.usage("usage", option + ": '" + word + "' is not one of " + String.join(", ", known));
            throw dev.skerry.problem.Suggestion.nearest(word, List.of(known))
                    .map(nearest -> problem.attempt(option + " " + nearest))
                    .orElse(problem)
                    .toException();
        }
    }
}
