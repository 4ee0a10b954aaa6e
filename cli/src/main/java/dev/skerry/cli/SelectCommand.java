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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
        Path work = temporary();
        SelectionReport measured;
        List<AcceleratorFit> fits;
        try {
            var line = new ProgressLine(context.terminal(), context.nanoTime());
            var contest = new RuntimeContest(work, context.nanoTime(), line);
            measured = isProject ? ofProject(contest, work) : ofModel(contest);
            line.clear();
            Path looked = isProject ? ProjectFile.read(model).model() : model;
            Model graph = ModelFile.read(looked);
            fits = new AcceleratorSupport(AcceleratorTable.load())
                    .of(graph, isProject ? ProjectFile.read(model).dims() : dims);
        } finally {
            remove(work);
        }
        if (report != null) {
            Pages.write(
                    report,
                    SelectionPage.render(
                            String.valueOf(model.getFileName()),
                            StepText.machine(DeviceProbe.probe()),
                            measured,
                            fits));
        }
        if (common.json) {
            ObjectNode json = Context.JSON.createObjectNode().put("schema", "skerry.bench/1");
            json.setAll(measured.toJson());
            var accelerators = json.putArray("accelerators");
            fits.forEach(fit -> accelerators.add(fit.toJson()));
            context.printJson(json);
        } else {
            var text = new SelectionText(context.terminal());
            context.terminal().out().print(SelectionText.table(measured.rows()).render(""));
            context.terminal().out().print(text.accelerators(fits));
            if (report != null) {
                context.terminal().out().println("report: " + report);
            }
        }
        requireOne(measured);
        if (!common.json) {
            context.next(isProject ? "skerry deploy " + model : "skerry init " + model + " --samples DIR");
        }
        return 0;
    }

    private void requireSensible() {
        if (seconds < 1) {
            throw Problem.usage("usage", "--seconds: " + seconds + " is not a time")
                    .attempt("--seconds 6")
                    .toException();
        }
        threads.stream().filter(count -> count < 1 || count > 1024).findFirst().ifPresent(count -> {
            throw Problem.usage("usage", "--threads: " + count + " is no number of threads")
                    .attempt("--threads 1,2")
                    .toException();
        });
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
    private SelectionReport ofProject(RuntimeContest contest, Path work) {
        ProjectConfig config = ProjectFile.read(model);
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

    private void requireOne(SelectionReport measured) {
        if (measured.best().isPresent()) {
            return;
        }
        var over = measured.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OVER_BUDGET)
                .findFirst();
        throw (over.isPresent()
                        ? Problem.gate("select.budget", "no combination keeps to the budget")
                                .at(model.toString())
                                .because(nearest(over.get()))
                                .attempt("skerry compress, for a smaller model")
                                .attempt("a larger budget")
                        : Problem.gate("select.none", "no runtime runs this model")
                                .at(model.toString())
                                .attempt("skerry doctor"))
                .toException();
    }

    private static String nearest(SelectionRow row) {
        return "the fastest is " + row.runtime() + " " + row.provider() + ", " + row.precision() + ", " + row.threads()
                + (row.threads() == 1 ? " thread: " : " threads: ") + row.reason();
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("skerry-select");
        } catch (IOException full) {
            throw Problem.environment("project.work", "there is no room for what is compiled")
                    .because(String.valueOf(full.getMessage()))
                    .attempt("-Djava.io.tmpdir with a folder that may be written to")
                    .toException();
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
