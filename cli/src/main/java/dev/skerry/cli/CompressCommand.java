package dev.skerry.cli;

import dev.skerry.compress.ActivationScheme;
import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.compress.Metric;
import dev.skerry.compress.RangeMethod;
import dev.skerry.model.ModelFormat;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.Deployment;
import dev.skerry.project.EvaluationChoice;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "compress", description = "Make a model smaller without losing accuracy or speed, or say why not.")
final class CompressCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(
            paramLabel = "MODEL",
            description = "An ONNX or TensorFlow Lite file, or a project, whose skerry.yaml says the rest.")
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

    @Option(names = "--method", paramLabel = "METHOD", description = "auto, int8, dynamic, int4, fp16, prune or none.")
    String method = "auto";

    @Option(names = "--range", paramLabel = "RANGE", description = "auto, minmax, average, percentile, entropy or mse.")
    String range = "auto";

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            description = "auto, top-1, top-5, auc, f1, rmse, iou, map, wer or agreement.")
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

    @ArgGroup(validate = false, heading = "%nWhat the result has to keep to; exit code 3 where nothing does:%n")
    BudgetOptions budget = new BudgetOptions();

    @ArgGroup(validate = false, heading = "%nWhat the integers of INT8 models are:%n")
    Int8Options int8 = new Int8Options();

    @Option(names = "--prefer", paramLabel = "WHAT", description = "speed or size.")
    String prefer = "speed";

    @Option(
            names = "--target",
            paramLabel = "TARGET",
            description = "Whose instructions integers are chosen for: this-machine, linux-x64 or linux-arm64.")
    String target = "this-machine";

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
            description = "The chosen model; TensorFlow Lite where it ends in .tflite.")
    Path output = Path.of("");

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with tables and plots.")
    @Nullable
    Path report;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    CompressCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        boolean isProject = isProject();
        if (!isProject && calibration == null && evaluation == null) {
            throw Problem.usage("compress.samples", "there are no samples to calibrate with")
                    .attempt("--calibration SAMPLES --eval SAMPLES, or one of them")
                    .toException();
        }
        Pages.requireWritable("--output", output);
        Pages.requireWritable("--report", report);
        if (report != null && same(report, output)) {
            throw Problem.usage("usage", "--report and --output name the same file")
                    .at(output.toString())
                    .attempt("--report " + output.resolveSibling("report.html"))
                    .toException();
        }
        ProjectConfig given = isProject ? ofProject() : ofOptions();
        boolean integerOnly = int8.integerOnly || !isProject && isForMicrocontroller(given.compression());
        ProjectConfig config = integerOnly ? given.withOnlyIntegers() : given;
        if (ModelFormat.of(output) == ModelFormat.TFLITE
                && (config.compression().layout().operators()
                        || config.compression().method() == CompressionRequest.Method.INT4)) {
            throw Problem.usage("usage", "TensorFlow Lite has no such form of integers")
                    .at(output.toString())
                    .because("operators on integers of ONNX Runtime and blocks of four bits are written to ONNX only")
                    .attempt("an output that ends in .onnx")
                    .attempt("--method int8, without --form qoperator")
                    .toException();
        }
        requireAnotherFile("--output", output, config.model());
        requireAnotherFile("--report", report, config.model());
        var options = new DeployOptions(
                context.keyOf(config.name()),
                null,
                0,
                RunPlan.Realtime.NONE,
                null,
                Context.typed(spec),
                context.nanoTime());
        var steps = new DeployCommand.Steps(context, common.json);
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            Path search = output.resolveSibling(output.getFileName() + ".search");
            new Deployment(bench, options, steps).compress(ModelFormat.of(output), search, made -> {
                steps.clear();
                deliver(config, made);
            });
        }
        return exitCode;
    }

    private int exitCode;

    private boolean isProject() {
        return Files.isRegularFile(model.resolve("skerry.yaml"))
                || model.toString().endsWith(".yaml");
    }

    /** A microcontroller is given by its data sheet, and nothing that is asked for needs floats. */
    private boolean isForMicrocontroller(ProjectConfig.CompressionChoice choice) {
        boolean integers = choice.scheme().isEmpty() || choice.scheme().get() == ActivationScheme.TFLITE;
        return !budget.fit.isEmpty()
                && ModelFormat.of(output) == ModelFormat.TFLITE
                && integers
                && choice.keepFloat().isEmpty()
                && switch (choice.method()) {
                    case AUTO, INT8, PRUNE -> true;
                    case DYNAMIC, INT4, FP16, NONE -> false;
                };
    }

    /** What the project's file says; options that say it too would have to win or lose, and neither would be seen. */
    private ProjectConfig ofProject() {
        List<String> allowed = List.of("--output", "--report", "--json", "--integer-only");
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
            if (!allowed.contains(given.longestName())) {
                throw Problem.usage("usage", given.longestName() + " is for a model, and this is a project")
                        .at(model.toString())
                        .because("the project's skerry.yaml says it")
                        .attempt("skerry.yaml, or the model's file in the place of the project")
                        .toException();
            }
        }
        return ProjectFile.read(model);
    }

    private ProjectConfig ofOptions() {
        Words.requireOneOf(
                "--range",
                range,
                Stream.concat(Stream.of("auto"), Stream.of(RangeMethod.values()).map(RangeMethod::label))
                        .toList());
        Words.requireOneOf("--prefer", prefer, List.of("speed", "size"));
        Words.requireOneOf("--metric", metric, Metric.words());
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
        return ProjectConfig.ofModel(
                        model,
                        calibration,
                        evaluation,
                        Words.enumOf("--target", target, ProjectConfig.Target.values(), ProjectConfig.Target::label),
                        new ProjectConfig.CompressionChoice(
                                Words.enumOf(
                                        "--method",
                                        method,
                                        CompressionRequest.Method.values(),
                                        CompressionRequest.Method::label),
                                range,
                                200,
                                prefer.equals("size"),
                                keepFloat,
                                int8.scheme(),
                                int8.layout()),
                        budget.limits(),
                        state,
                        dims)
                .withJudged(EvaluationChoice.of(metric, evaluator, Duration.ofSeconds(evaluatorTimeout)));
    }

    /** Writes what is to stay, and shows the rest. */
    private void deliver(ProjectConfig config, CompressionReport made) {
        boolean fits = made.binding() == null;
        if (fits) {
            ModelFormat.of(output).write(made.output(), dims, output);
        }
        if (report != null) {
            Pages.write(report, new CompressionPage(config.name(), made).render());
        }
        if (common.json) {
            context.printJson((Object) made.toJson(fits ? output.toString() : null));
        } else {
            context.terminal().out().print(new CompressionText(context.terminal()).render(made));
            if (report != null) {
                context.terminal().out().println("report: " + report);
            }
        }
        if (fits) {
            if (!common.json) {
                context.terminal().out().println("wrote " + output + " (" + made.chosen() + ")");
                boolean compiles = config.compression().layout().integerOnly();
                context.next(compiles ? "skerry compile " + output + " -o firmware" : "skerry inspect " + output);
            }
            return;
        }
        try {
            Deployment.requireWithinLimits(made);
        } catch (ProblemException broken) {
            // standard output has the report already, with --json as its one document
            context.terminal().err().println(ProblemText.render(broken.problem(), context.terminal()));
            exitCode = broken.problem().kind().exitCode();
        }
    }

    private void requireAnotherFile(String option, @Nullable Path written, Path trained) {
        for (Path read : Arrays.asList(trained, calibration, evaluation)) {
            if (written != null && read != null && same(written, read)) {
                throw Problem.usage("compress.overwrite", option + " is a file that is read")
                        .at(written.toString())
                        .because("it would be replaced by what is made from it")
                        .attempt("another name, with " + option)
                        .toException();
            }
        }
    }

    private static boolean same(Path one, Path other) {
        try {
            return one.toAbsolutePath()
                            .normalize()
                            .equals(other.toAbsolutePath().normalize())
                    || Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException unknown) {
            return one.toAbsolutePath()
                    .normalize()
                    .equals(other.toAbsolutePath().normalize());
        }
    }
}
