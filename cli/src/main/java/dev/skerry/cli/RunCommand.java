package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Verification;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.problem.Problem;
import dev.skerry.project.BudgetVerdict;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.DeployStep;
import dev.skerry.project.Deployment;
import dev.skerry.project.ExpectedOutputs;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import dev.skerry.runner.RunnerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(name = "run", description = "Sense, decide and act at a fixed rate, and report every deadline.")
final class RunCommand implements Callable<Integer> {
    private static final int SECONDS = 30;

    private final Context context;

    @Parameters(
            paramLabel = "PROJECT|BUNDLE",
            arity = "0..*",
            description =
                    "Folders with a skerry.yaml, or bundles; of several, which share each cycle, the most important one first.")
    List<Path> targets = List.of(Path.of("."));

    @Option(
            names = "--cycles",
            paramLabel = "N",
            description = "How many; about 30 s where it isn't given, 0 until Ctrl-C.")
    @Nullable
    Long cycles;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Decisions in a second; that of the bundle where it isn't given.")
    @Nullable
    Double rate;

    @Option(names = "--deadline", paramLabel = "MS", description = "Milliseconds from the release to the decision.")
    @Nullable
    Double deadlineMillis;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Folder that the source's and the actions' paths start from; for a bundle this folder.")
    Path base = Path.of(".");

    @Option(
            names = "--expected",
            paramLabel = "FILE.npz",
            description = "Don't run: compare the outputs with your own, value by value.")
    @Nullable
    Path expected;

    @Option(
            names = "--trusted",
            paramLabel = "KEY.pub",
            description = "Public keys to trust; those beside your own keys where it isn't given.")
    List<Path> trusted = List.of();

    @Option(names = "--key", paramLabel = "FILE", description = "Signing key of a project that has to be packed first.")
    @Nullable
    Path key;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with plots.")
    @Nullable
    Path report;

    @Option(
            names = "--events",
            paramLabel = "FILE.jsonl",
            description = "Write every change of level with its cause, as it comes.")
    @Nullable
    Path events;

    @Option(
            names = "--control",
            description =
                    "Take commands from standard input, a line each: reset, swap BUNDLE. A terminal is always listened to.")
    boolean control;

    @Option(names = "--no-realtime", description = "Don't ask for SCHED_FIFO, a core of its own and locked memory.")
    boolean ordinary;

    @Option(names = "--gate", description = "End with exit code 3 unless the run shows the latency budget kept.")
    boolean gate;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    RunCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Pages.requireWritable("--report", report);
        if (expected != null) {
            return compare();
        }
        List<Loaded> loaded = targets.stream().map(this::load).toList();
        return run(loaded);
    }

    /** What a target comes to: a verified bundle, and where its files and its paths are. */
    private record Loaded(Path file, Bundle bundle, Path unpacked, Path folder, Path work) {}

    private static boolean isProject(Path target) {
        return Files.exists(target.resolve("skerry.yaml")) || target.endsWith("skerry.yaml");
    }

    private Loaded load(Path target) {
        if (isProject(target)) {
            return pack(target);
        }
        Targets.requireBundle(target, "run");
        Bundle bundle = verified(target);
        Path unpacked = bundle.unpack(MeasuredHere.unpacked(context));
        new MeasuredHere(context, common.json).beforeRun(bundle, unpacked);
        return new Loaded(target, bundle, unpacked, base, context.cache());
    }

    private Loaded pack(Path target) {
        ProjectConfig config = ProjectFile.read(target);
        Path signing = key != null ? key : context.keyOf(config.name());
        var options = new DeployOptions(
                signing, null, 0, RunPlan.Realtime.NONE, null, Context.typed(spec), context.nanoTime());
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            var deployment = new Deployment(bench, options, new DeployCommand.Steps(context, common.json));
            PackedBundle packed = deployment.pack();
            deployment.verify(packed);
            Bundle bundle = Bundle.open(packed.file());
            return new Loaded(
                    packed.file(),
                    bundle,
                    bundle.unpack(bench.work().resolve("unpacked")),
                    config.folder().root(),
                    bench.work());
        }
    }

    private int compare() {
        Path target = targets.getFirst();
        if (targets.size() > 1 || !isProject(target) || expected == null) {
            throw Problem.usage("run.expected", "--expected needs one project, which has the samples")
                    .at(target.toString())
                    .toException();
        }
        try (Workbench bench = Workbench.open(ProjectFile.read(target), InstalledRuntime.onnxRuntime())) {
            return compare(ExpectedOutputs.compare(bench, expected));
        }
    }

    private int compare(ExpectedOutputs.Comparison comparison) {
        if (common.json) {
            context.printJson(Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.expected/1")
                    .put("agrees", comparison.agrees())
                    .set("outputs", Context.JSON.<JsonNode>valueToTree(comparison.outputs())));
            // Text gets the problem too; here it would be a second document.
            return comparison.agrees() ? 0 : Problem.Kind.GATE.exitCode();
        } else {
            var table = new Table("output", "samples", "max difference", "mean", "same decision", "first that differs");
            comparison
                    .outputs()
                    .forEach(output -> table.row(
                            output.name(),
                            Long.toString(output.samples()),
                            Quantity.significant(output.maxDifference()),
                            Quantity.significant(output.meanDifference()),
                            output.sameDecisionPercent() == null ? "–" : Quantity.percent(output.sameDecisionPercent()),
                            output.first() == null ? "" : output.first()));
            context.terminal().out().print(table.render("  "));
        }
        if (!comparison.agrees()) {
            throw Problem.gate("run.expected", "the outputs are not those that were expected")
                    .because("the commonest cause is pre-processing: scale, mean, colour order, resize convention")
                    .attempt("the pre steps of skerry.yaml, one by one")
                    .toException();
        }
        return 0;
    }

    private Bundle verified(Path file) {
        return switch (Bundle.verify(file, Trust.keys(context, trusted))) {
            case Verification.Verified _ -> Bundle.open(file);
            case Verification.Refused refused -> throw refused.problem().toException();
        };
    }

    /** Whether the source is what is typed, or comes through a pipe: then commands can't. */
    private static boolean readsInput(BundleManifest manifest) {
        return PipelineSpec.parse(manifest.pipeline()).source() instanceof LiveSpec.Lines lines
                && lines.path().equals("-");
    }

    private int run(List<Loaded> loaded) {
        if (control && loaded.stream().anyMatch(one -> readsInput(one.bundle.manifest()))) {
            throw Problem.usage("run.control", "commands and samples can't both come through standard input")
                    .at("--control")
                    .because("the source is lines: '-'")
                    .attempt("a named pipe as the source")
                    .toException();
        }
        Loaded first = loaded.getFirst();
        BundleManifest.Budgets budgets = first.bundle.manifest().budgets();
        double hertz = rate != null ? rate : budgets.rateHz() > 0 ? budgets.rateHz() : 10;
        long period = Math.round(1e9 / hertz);
        long deadline = deadlineMillis != null
                ? Math.round(deadlineMillis * 1e6)
                : budgets.latencyMicros() > 0 ? Math.min(period, budgets.latencyMicros() * 1000) : period;
        long planned = cycles != null ? cycles : Math.max(1, Math.round(hertz * SECONDS));
        Path json = first.work.resolve("run-" + ProcessHandle.current().pid() + ".json");
        var plan = RunPlan.of(first.unpacked, first.folder, hertz, planned, Duration.ofNanos(deadline), json)
                .withRealtime(ordinary ? RunPlan.Realtime.NONE : RunPlan.Realtime.ALL)
                .withEvents(events)
                .withOthers(loaded.stream()
                        .skip(1)
                        .map(one -> new RunPlan.Other(one.unpacked, one.folder))
                        .toList());
        var line = new ProgressLine(context.terminal(), context.nanoTime());
        List<NetworkSide.Model> models = loaded.stream()
                .map(one -> new NetworkSide.Model(one.bundle.manifest(), one.folder))
                .toList();
        RunReport outcome;
        NetworkSide network = NetworkSide.open(context, models, common.json);
        try (network;
                RunnerProcess process =
                        RunnerProcess.start(network.apply(plan), RunProgress.of(context, line, common.json))) {
            if (control || Terminal.isPerson(System.console()) && !readsInput(first.bundle.manifest())) {
                new RunCommands(process, context, this::unpackedVersion).listen(System.in);
            }
            outcome = process.await();
        } finally {
            line.clear();
            json.toFile().delete();
        }
        return show(first, outcome, network, budgets.percentile() > 0 ? budgets.percentile() : 99.9);
    }

    /** A version to go on with: as trusted as the one before. */
    private Path unpackedVersion(Path file) {
        return verified(file).unpack(MeasuredHere.unpacked(context));
    }

    private int show(Loaded first, RunReport outcome, NetworkSide network, double percentile) {
        if (report != null) {
            BundleManifest manifest = first.bundle.manifest();
            var page = new HtmlPage(manifest.name() + " " + manifest.version());
            DeployPage.run(page, outcome);
            Pages.write(report, page.render());
        }
        var ran = new DeployStep.Ran(outcome, percentile);
        if (common.json) {
            context.printJson(network.into(Context.JSON.valueToTree(outcome)));
        } else {
            context.terminal().out().print(new StepText(context.terminal()).render(ran));
            network.print(context.terminal().out());
            context.next(
                    ran.verdict() == BudgetVerdict.OPEN
                            ? Context.typed(spec).replaceAll(" --cycles[= ]\\S+", "") + " --cycles "
                                    + 10 * Math.max(1, outcome.cycles())
                            : "skerry verify " + first.file);
        }
        outcome.hung().ifPresent(problem -> {
            throw problem.toException();
        });
        if (gate) {
            ran.verdict().require();
        }
        return 0;
    }
}
