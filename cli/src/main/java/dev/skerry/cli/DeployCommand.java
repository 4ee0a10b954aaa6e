package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.measure.Progress;
import dev.skerry.project.BudgetVerdict;
import dev.skerry.project.DeployListener;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.DeployStep;
import dev.skerry.project.Deployment;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunListener;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "deploy", description = "The whole way on this machine: inspect, compress, select, pack, verify, run.")
final class DeployCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "PROJECT", description = "A folder with a skerry.yaml.")
    Path project = Path.of(".");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "BUNDLE",
            description = "Where the bundle goes: a .tar, or a folder.")
    @Nullable
    Path output;

    @Option(
            names = "--cycles",
            paramLabel = "N",
            description = "Cycles of the run at the end; about 30 s where it isn't given.")
    long cycles;

    @Option(names = "--key", paramLabel = "FILE", description = "Signing key; made where there is none.")
    @Nullable
    Path key;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page with plots.")
    @Nullable
    Path report;

    @Option(names = "--no-realtime", description = "Don't ask for SCHED_FIFO, a core of its own and locked memory.")
    boolean ordinary;

    @Option(names = "--gate", description = "End with exit code 3 unless the run shows the latency budget kept.")
    boolean gate;

    @Option(
            names = "--runtime",
            paramLabel = "NAME",
            description = "onnxruntime, tflite or compiled-c; the fastest where it isn't given.")
    @Nullable
    String runtime;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    DeployCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Pages.requireWritable("--report", report);
        if (runtime != null) {
            Words.requireOneOf("--runtime", runtime, Deployment.RUNTIMES);
        }
        ProjectConfig config = ProjectFile.read(project);
        var options = new DeployOptions(
                key != null ? key : context.keyOf(config.name()),
                output,
                cycles,
                ordinary ? RunPlan.Realtime.NONE : RunPlan.Realtime.ALL,
                runtime,
                Context.typed(spec),
                context.nanoTime());
        var steps = new Steps(context, common.json);
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            var deployment = new Deployment(bench, options, steps);
            PackedBundle packed = deployment.bundle();
            var model = new NetworkSide.Model(
                    Bundle.open(packed.file()).manifest(), config.folder().root());
            RunReport run;
            NetworkSide network = NetworkSide.open(context, List.of(model), common.json);
            try (network) {
                run = deployment.run(packed.file(), network::apply);
            }
            if (report != null) {
                Pages.write(report, new DeployPage(config, steps.finished).render());
            }
            if (common.json) {
                ObjectNode json = StepJson.deploy(steps.finished);
                network.into((ObjectNode) json.path("run"));
                context.printJson(json);
            } else {
                network.print(context.terminal().out());
                if (report != null) {
                    context.terminal().out().println("report: " + report);
                }
                context.next("skerry run " + project + " --cycles " + 10 * Math.max(1, run.cycles()));
            }
            if (gate) {
                BudgetVerdict.of(config.budget().percentile(), run.missed(), run.cycles())
                        .require();
            }
        }
        return 0;
    }

    /** Shows steps as they finish, and keeps them for the report. */
    static final class Steps implements DeployListener {
        final List<DeployStep> finished = new ArrayList<>();
        private final Context context;
        private final boolean quiet;
        private final ProgressLine line;

        Steps(Context context, boolean quiet) {
            this.context = context;
            this.quiet = quiet;
            this.line = new ProgressLine(context.terminal(), context.nanoTime());
        }

        @Override
        public void finished(DeployStep step) {
            line.clear();
            finished.add(step);
            if (!quiet) {
                context.terminal().out().print(new StepText(context.terminal()).render(step));
            }
        }

        /** Makes room for what is printed next. */
        void clear() {
            line.clear();
        }

        @Override
        public Progress progress() {
            return line;
        }

        @Override
        public RunListener run() {
            return RunProgress.of(context, line, quiet);
        }
    }
}
