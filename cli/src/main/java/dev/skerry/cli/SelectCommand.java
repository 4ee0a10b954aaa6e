package dev.skerry.cli;

import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.project.Budget;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.RuntimeContest;
import dev.skerry.project.SelectionEntries;
import dev.skerry.project.Units;
import dev.skerry.project.Workbench;
import dev.skerry.runtime.AcceleratorFit;
import dev.skerry.runtime.AcceleratorSupport;
import dev.skerry.runtime.AcceleratorTable;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.RowBudget;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.SelectionRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "select",
        description =
                "Every runtime, execution provider, precision and number of threads that is here, measured side by side.")
final class SelectCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL|PROJECT", description = "An ONNX or TensorFlow Lite file, or a project.")
    Path model = Path.of("");

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description = "How long to measure, all combinations together; 6 where it isn't given.")
    long seconds = 6;

    @Option(
            names = "--variant",
            paramLabel = "NAME=FILE",
            description = "The same model in another precision: int8=small.onnx; may be repeated.")
    Map<String, Path> variants = new LinkedHashMap<>();

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description = "Threads to try; 1, 2, 4 and so on up to the cores where it isn't given.")
    List<Integer> threads = List.of();

    @Option(
            names = "--samples",
            paramLabel = "FILE.npz",
            description = "Inputs to measure with; noise where it isn't given.")
    @Nullable
    Path samples;

    @Option(
            names = "--golden",
            paramLabel = "FILE.npz",
            description = "Golden vectors of a bundle: inputs and outputs that each combination is held to.")
    @Nullable
    Path golden;

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Option(
            names = "--budget",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "What a combination has to keep to: latency=5ms,percentile=99,memory=64MB.")
    Map<String, String> budget = Map.of();

    @Option(names = "--memory", description = "Measure what each combination holds, in a process of its own.")
    boolean memory;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with plots.")
    @Nullable
    Path report;

    @Mixin
    ProviderOptions providers = new ProviderOptions();

    @Mixin
    CommonOptions common = new CommonOptions();

    SelectCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        requireSensible();
        boolean isProject = Files.isRegularFile(model.resolve("skerry.yaml"))
                || model.toString().endsWith(".yaml");
        Found found = isProject ? measured(ProjectFile.read(model)) : measured(null);
        Optional<Problem> refusal = refusal(found.report);
        if (report != null) {
            Pages.write(
                    report,
                    SelectionPage.render(
                            String.valueOf(model.getFileName()),
                            StepText.machine(DeviceProbe.probe()),
                            found.report,
                            found.fits));
        }
        if (common.json) {
            ObjectNode json = Context.JSON.createObjectNode().put("schema", "skerry.bench/1");
            json.setAll(found.report.toJson());
            var accelerators = json.putArray("accelerators");
            found.fits.forEach(fit -> accelerators.add(fit.toJson()));
            refusal.ifPresent(problem -> json.set("problem", Skerry.json(problem)));
            context.printJson(json);
        } else {
            var text = new SelectionText(context.terminal());
            context.terminal().out().println("machine: " + StepText.machine(DeviceProbe.probe()));
            context.terminal().out().println("inputs: " + inputs(isProject) + "\n");
            context.terminal()
                    .out()
                    .print(SelectionText.table(found.report.rows()).render(""));
            context.terminal().out().print(text.accelerators(found.fits));
            if (report != null) {
                context.terminal().out().println("report: " + report);
            }
            found.report.best().ifPresent(row -> context.terminal().out().println(SelectionText.fastest(row)));
        }
        if (refusal.isPresent()) {
            // standard output has it already, with --json in its one document
            return Skerry.show(context, refusal.get(), false);
        }
        if (!common.json) {
            context.next(isProject ? "skerry deploy " + model : "skerry init " + model + " --samples DIR");
        }
        return 0;
    }

    private String inputs(boolean isProject) {
        return golden != null
                ? String.valueOf(golden)
                : samples != null
                        ? String.valueOf(samples)
                        : isProject
                                ? "the project's samples"
                                : "noise: times hold where the model has no branches, equal decisions say little;"
                                        + " --samples takes real ones";
    }

    private record Found(SelectionReport report, List<AcceleratorFit> fits) {}

    /** @param project null for a bare model */
    private Found measured(@Nullable ProjectConfig project) {
        var line = new ProgressLine(context.terminal(), context.nanoTime());
        try (WorkFolder work = WorkFolder.open("skerry-select")) {
            var contest = new RuntimeContest(work.path(), context.nanoTime(), line);
            SelectionReport measured = project == null ? ofModel(contest) : ofProject(project, contest, work.path());
            Model graph = ModelFile.read(project == null ? model : project.model());
            return new Found(
                    measured,
                    new AcceleratorSupport(AcceleratorTable.load()).of(graph, project == null ? dims : project.dims()));
        } finally {
            line.clear();
        }
    }

    private void requireSensible() {
        if (seconds < 1) {
            throw Problem.usage("usage", "--seconds: " + seconds + " is not a time")
                    .attempt("--seconds 6")
                    .toException();
        }
        threads.forEach(Words::requireThreads);
        budget.keySet().forEach(key -> Words.requireOneOf("--budget", key, List.of("latency", "percentile", "memory")));
        Pages.requireWritable("--report", report);
    }

    private RowBudget limits(RowBudget otherwise) {
        if (budget.isEmpty()) {
            return otherwise;
        }
        String latency = budget.get("latency");
        String bytes = budget.get("memory");
        String percentile = budget.getOrDefault("percentile", "99");
        if (!percentile.matches("\\d{1,2}(\\.\\d+)?|100")) {
            throw Problem.usage("usage", "--budget: percentile=" + percentile + " is not between 0 and 100")
                    .attempt("--budget latency=5ms,percentile=99")
                    .toException();
        }
        return new RowBudget(
                latency == null ? 0 : positive("latency", latency, Units.nanos(latency)),
                Double.parseDouble(percentile),
                bytes == null ? 0 : positive("memory", bytes, Units.bytes(bytes)));
    }

    private static long positive(String key, String text, OptionalDouble value) {
        if (value.isEmpty() || value.getAsDouble() <= 0) {
            throw Problem.usage("usage", "--budget: " + key + "=" + text + " can't be read")
                    .attempt("--budget latency=5ms,memory=64MB")
                    .toException();
        }
        return (long) value.getAsDouble();
    }

    private SelectionReport ofModel(RuntimeContest contest) {
        if (samples == null) {
            return contest.run(entries(model, variants, null, Map.of(), dims, RowBudget.NONE));
        }
        ProjectConfig config = SelectionEntries.ofSamples(model, samples, dims);
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            return contest.run(entries(model, variants, bench.evaluation(), Map.of(), dims, RowBudget.NONE));
        }
    }

    /** The model with its pre and post steps, on its own frames, and what its last compression left. */
    private SelectionReport ofProject(ProjectConfig config, RuntimeContest contest, Path work) {
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            Map<String, Path> files = new LinkedHashMap<>(SelectionEntries.fused(bench, work));
            Path fused = files.remove(SelectionEntries.GIVEN);
            if (fused == null) {
                throw new IllegalStateException("a project has a model");
            }
            variants.forEach((name, file) -> files.put(name, SelectionEntries.fused(bench, name, file, work)));
            Budget promised = config.budget();
            return contest.run(entries(
                    fused,
                    files,
                    bench.frames(),
                    config.stateOutputToInput(),
                    config.dims(),
                    new RowBudget(
                            promised.latencyNanos(),
                            promised.percentile(),
                            promised.memoryBytes().orElse(0))));
        }
    }

    private RuntimeContest.Entries entries(
            Path file,
            Map<String, Path> others,
            @Nullable SampleSource inputs,
            Map<String, String> states,
            Map<String, Long> sizes,
            RowBudget promised) {
        RowBudget limits = limits(promised);
        return new RuntimeContest.Entries(
                file,
                others,
                inputs,
                golden == null ? null : GoldenVectors.read(golden),
                states,
                sizes,
                threads.stream().distinct().sorted().toList(),
                providers.accelerators(context),
                limits,
                memory || limits.memoryBytes() > 0,
                Duration.ofSeconds(seconds));
    }

    /** Why nothing can be taken; empty where something can. */
    private Optional<Problem> refusal(SelectionReport measured) {
        if (measured.best().isPresent()) {
            return Optional.empty();
        }
        var over = measured.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OVER_BUDGET)
                .findFirst();
        return Optional.of(
                over.isPresent()
                        ? Problem.gate("select.budget", "no combination keeps to the budget")
                                .at(model.toString())
                                .because("the fastest is " + SelectionText.combination(over.get()) + ": "
                                        + over.get().reason())
                                .attempt("skerry compress, for a smaller model")
                                .attempt("a larger budget")
                        : Problem.gate("select.none", "no runtime runs this model")
                                .at(model.toString())
                                .attempt("skerry doctor"));
    }
}
