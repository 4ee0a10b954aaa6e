package dev.skerry.cli;

import dev.skerry.assess.Bench;
import dev.skerry.assess.BenchPlan;
import dev.skerry.assess.BenchRow;
import dev.skerry.assess.LatencyObjective;
import dev.skerry.assess.ResultCheck;
import dev.skerry.assess.ResultFile;
import dev.skerry.assess.SampleLibrary;
import dev.skerry.assess.SummaryText;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.project.Release;
import dev.skerry.project.RuntimeAccuracy;
import dev.skerry.project.Workbench;
import dev.skerry.runtime.Accelerated;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "bench",
        description = "MLPerf's scenarios on every runtime that is here: latency, throughput, memory, energy, layers.")
final class BenchCommand implements Callable<Integer> {
    private static final int PROFILED = 500;

    private final Context context;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL|PROJECT|BUNDLE",
            description = "An ONNX or TensorFlow Lite file, a folder with a skerry.yaml, or a bundle.")
    @Nullable
    Path target;

    @Option(
            names = "--runtime",
            paramLabel = "NAME",
            split = ",",
            description = "onnxruntime, tflite or compiled-c; all that are here where it isn't given.")
    List<String> runtimes = List.of();

    @ArgGroup(validate = false, heading = "%nHow queries come, and for how long:%n")
    BenchOptions options = new BenchOptions();

    @ArgGroup(validate = false, heading = "%nWhat is measured:%n")
    Inputs inputs = new Inputs();

    @ArgGroup(validate = false, heading = "%nWhat is made of it:%n")
    Outputs outputs = new Outputs();

    @Mixin
    ProviderOptions providers = new ProviderOptions();

    @Mixin
    CommonOptions common = new CommonOptions();

    /** Where the model's inputs come from. */
    static final class Inputs {
        @Option(
                names = "--samples",
                paramLabel = "SAMPLES",
                description = "A model's inputs, as an .npz or a folder; noise where it isn't given.")
        @Nullable
        Path samples;

        @Option(names = "--state", paramLabel = "OUTPUT=INPUT", description = "An output that is fed back.")
        Map<String, String> state = Map.of();

        @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
        Map<String, Long> dims = Map.of();

        @Option(
                names = "--base",
                paramLabel = "DIR",
                description = "Folder that a bundle's source starts from; this folder where it isn't given.")
        Path base = Path.of(".");

        @Option(
                names = "--trusted",
                paramLabel = "KEY.pub",
                description = "Public keys to trust; those beside your own keys where it isn't given.")
        List<Path> trusted = List.of();
    }

    /** What becomes of the figures. */
    static final class Outputs {
        @Option(names = "--accuracy", description = "Also judge each sample once, by what is known to be true of it.")
        boolean accuracy;

        @Option(names = "--profile", description = "Also say where the time goes, node by node.")
        boolean profile;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "RESULT.json",
                description = "Keep every latency, so that --check can compute it all once more.")
        @Nullable
        Path output;

        @Option(
                names = "--summary",
                paramLabel = "DIR",
                description = "Write a mlperf_log_summary.txt for each run, in LoadGen's words.")
        @Nullable
        Path summary;

        @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with tables and plots.")
        @Nullable
        Path report;

        @Option(
                names = "--check",
                paramLabel = "RESULT.json",
                description = "Measure nothing: say whether a result is valid, and in itself true.")
        @Nullable
        Path check;
    }

    BenchCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (outputs.check != null) {
            return check(outputs.check);
        }
        if (target == null) {
            throw Problem.usage("usage", "there is nothing to measure")
                    .attempt("skerry bench MODEL.onnx")
                    .attempt("skerry bench --check RESULT.json")
                    .toException();
        }
        options.plan(Optional.empty(), 0);
        Pages.requireWritable("--output", outputs.output);
        Pages.requireWritable("--report", outputs.report);
        if (!Files.exists(target)) {
            throw Problem.usage("model.missing", "there is no such model, project or bundle")
                    .at(target.toString())
                    .attempt("the path of an .onnx or .tflite file")
                    .toException();
        }
        var line = new ProgressLine(context.terminal(), context.nanoTime());
        try (WorkFolder work = WorkFolder.open("skerry-bench");
                var ending = new Interruption()) {
            return measure(target, work.path(), line, ending);
        } finally {
            line.clear();
        }
    }

    private int measure(Path path, Path work, ProgressLine line, Interruption ending) {
        var request = new BenchTarget.Request(
                path,
                inputs.samples,
                inputs.state,
                inputs.dims,
                inputs.base,
                () -> Trust.keys(context, inputs.trusted),
                work,
                context.cache());
        try (BenchTarget found = BenchTarget.of(request)) {
            if (outputs.accuracy && found.bench() == null) {
                throw Problem.usage("bench.accuracy", "there are no samples of which the answer is known")
                        .at(path.toString())
                        .attempt("--samples with an .npz that has labels, or a project with samples.evaluation")
                        .toException();
            }
            BenchPlan plan = options.plan(found.latencyBound(), found.threads());
            List<RuntimeProvider> chosen = chosen(found.runtimes());
            line.step("reading samples", 0, 0);
            try (SampleLibrary samples = found.load(plan, context.nanoTime())) {
                var bench = new Bench(found.subject(), plan, samples, context.nanoTime(), ending::isAsked, line);
                List<BenchRow> rows = new ArrayList<>();
                bench.run(chosen, rows::add);
                var profile = outputs.profile && !ending.isAsked() ? profile(bench, chosen) : BenchResult.Profiled.NOT;
                List<BenchResult.Judged> judged = found.bench() != null && outputs.accuracy && !ending.isAsked()
                        ? judged(found.bench(), chosen, line)
                        : List.of();
                line.clear();
                var result = new BenchResult(
                        found.subject().name(), plan, samples, rows, profile, judged, outputs.output, ending.isAsked());
                Optional<Problem> objection = objection(result);
                deliver(result, objection);
                // standard output has it already, with --json in its one document
                return objection
                        .map(problem -> Skerry.show(context, problem, false))
                        .orElse(0);
            }
        }
    }

    /** Each one by itself, then on the execution providers that it takes. */
    private List<RuntimeProvider> chosen(List<RuntimeProvider> present) {
        List<String> known =
                present.stream().map(RuntimeProvider::name).distinct().toList();
        runtimes.forEach(name -> Words.requireOneOf("--runtime", name, known));
        List<RuntimeProvider> chosen = present.stream()
                .filter(runtime -> runtimes.isEmpty() || runtimes.contains(runtime.name()))
                .toList();
        List<Selection.Accelerator> accelerators = providers.accelerators(context);
        if (!providers.providers.isEmpty() && chosen.stream().noneMatch(RuntimeProvider::takesPlugins)) {
            throw Problem.usage("usage", "--provider: no runtime that is measured takes execution providers")
                    .because("onnxruntime does")
                    .toException();
        }
        return chosen.stream()
                .flatMap(runtime -> Stream.concat(
                        Stream.of(runtime),
                        (runtime.takesPlugins() ? accelerators : List.<Selection.Accelerator>of())
                                .stream().map(accelerator -> new Accelerated(runtime, accelerator))))
                .toList();
    }

    /** By the first runtime that tells; what was measured before isn't lost where none does. */
    private static BenchResult.Profiled profile(Bench bench, List<RuntimeProvider> chosen) {
        Problem silent = null;
        for (RuntimeProvider runtime : chosen) {
            try {
                return new BenchResult.Profiled(bench.profile(runtime, PROFILED), null);
            } catch (ProblemException failure) {
                silent = silent == null ? failure.problem() : silent;
            }
        }
        return new BenchResult.Profiled(null, silent);
    }

    private static List<BenchResult.Judged> judged(Workbench bench, List<RuntimeProvider> chosen, ProgressLine line) {
        var judged = new ArrayList<BenchResult.Judged>();
        for (RuntimeProvider runtime : chosen) {
            String name = runtime instanceof Accelerated(var plain, var accelerator)
                    ? plain.name() + " " + accelerator.plugin().provider()
                    : runtime.name();
            try {
                judged.add(new BenchResult.Judged(name, RuntimeAccuracy.of(bench, runtime, line), null));
            } catch (ProblemException failure) {
                judged.add(new BenchResult.Judged(name, null, failure.problem()));
            }
        }
        return judged;
    }

    private void deliver(BenchResult result, Optional<Problem> objection) {
        List<BenchRow.Measured> measured = result.measured();
        if (outputs.output != null && !measured.isEmpty()) {
            Pages.write(
                    "the result",
                    "--output",
                    outputs.output,
                    Context.JSON.writeValueAsString(ResultFile.document(
                            "skerry " + Release.VERSION, DeviceProbe.probe(), result.samples(), measured)));
        }
        if (outputs.summary != null) {
            measured.forEach(row -> summary(outputs.summary.resolve(system(row.subject(), measured)), row));
        }
        if (outputs.report != null) {
            Pages.write(outputs.report, new BenchPage(result).render());
        }
        if (common.json) {
            ObjectNode json = result.toJson();
            objection.ifPresent(problem -> json.set("problem", Skerry.json(problem)));
            context.printJson(json);
            return;
        }
        context.terminal().out().print(new BenchText(context.terminal()).render(result));
        if (outputs.report != null) {
            context.terminal().out().println("report: " + outputs.report);
        }
        context.next(
                outputs.output != null && !result.measured().isEmpty()
                        ? "skerry bench --check " + outputs.output
                        : "skerry bench " + target + " --official -o result.json");
    }

    /** The runtime's name, with the provider where it was measured on several. */
    private static String system(BenchRow.Subject subject, List<BenchRow.Measured> measured) {
        long providers = measured.stream()
                .map(BenchRow.Measured::subject)
                .filter(each -> each.runtime().equals(subject.runtime()))
                .map(BenchRow.Subject::provider)
                .distinct()
                .count();
        return providers > 1 ? subject.runtime() + "-" + subject.provider() : subject.runtime();
    }

    /** In the folders that submissions have. */
    private static void summary(Path system, BenchRow.Measured row) {
        Path folder =
                system.resolve(row.scenario().label()).resolve("performance").resolve("run_1");
        try {
            Files.createDirectories(folder);
        } catch (IOException refused) {
            throw Problem.environment("usage.unwritable", "it can't be written")
                    .at(folder.toString())
                    .because(String.valueOf(refused.getMessage()))
                    .attempt("another place, with --summary")
                    .toException();
        }
        Pages.write(
                "the summary",
                "--summary",
                folder.resolve("mlperf_log_summary.txt"),
                SummaryText.of(
                        row.subject().describe(),
                        row.run().settings(),
                        row.run().times(),
                        row.run().partial()));
    }

    /** Rows that failed stay in the table; an exit code says so only where there is nothing else. */
    private Optional<Problem> objection(BenchResult result) {
        if (result.measured().isEmpty()) {
            if (result.interrupted()) {
                return Optional.empty();
            }
            Problem none = Problem.gate("bench.none", "no runtime could be measured")
                    .at(String.valueOf(target))
                    .because(result.rows().stream()
                            .filter(BenchRow.Failed.class::isInstance)
                            .map(row -> row.subject().runtime() + ": " + ((BenchRow.Failed) row).problem())
                            .findFirst()
                            .orElse(null))
                    .attempt("skerry doctor");
            return Optional.of(none);
        }
        var missed = new ArrayList<String>();
        for (BenchRow.Measured row : result.measured()) {
            for (LatencyObjective.Outcome outcome : row.objectives()) {
                if (outcome.state() != LatencyObjective.State.KEPT) {
                    missed.add(outcome.objective().text() + " on "
                            + row.subject().runtime() + ", " + row.scenario().label() + ": " + outcome.describe());
                }
            }
        }
        if (missed.isEmpty()) {
            return Optional.empty();
        }
        Problem problem = Problem.gate("bench.slo", "a latency objective is not shown to be kept")
                .at(String.valueOf(target))
                .because(String.join("\n         ", missed))
                .attempt("longer, with --seconds, where it is only not shown");
        return Optional.of(problem);
    }

    private int check(Path file) {
        ResultCheck check = ResultCheck.of(file);
        if (common.json) {
            var json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.bench-check/1")
                    .put("file", file.toString());
            json.setAll(check.toJson());
            context.printJson(json);
        } else {
            context.terminal().out().print(new BenchText(context.terminal()).render(check));
            boolean official = check.valid() && check.runs().stream().allMatch(ResultCheck.Run::official);
            context.next(
                    official
                            ? "skerry bench --check " + file + " --json"
                            : "skerry bench MODEL --official -o result.json");
        }
        return check.valid() ? 0 : Problem.Kind.GATE.exitCode();
    }
}
