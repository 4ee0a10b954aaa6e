package dev.skerry.cli;

import dev.skerry.agent.Agent;
import dev.skerry.agent.AgentPlan;
import dev.skerry.agent.Listening;
import dev.skerry.agent.Target;
import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.Verification;
import dev.skerry.problem.Problem;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.Deployment;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Release;
import dev.skerry.project.Workbench;
import dev.skerry.runner.ProcessEnd;
import dev.skerry.runner.RunPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "agent",
        description = "Serve models to other programs, and keep bundles deciding at their rate, until Ctrl-C.")
final class AgentCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(
            paramLabel = "MODEL|BUNDLE|PROJECT",
            arity = "1..*",
            description = "Model files are served as they are; bundles, once verified, from raw sample to decision.")
    List<Path> targets = List.of();

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Folder that a bundle's source and actions start their paths from; this folder.")
    Path base = Path.of(".");

    @Option(
            names = "--trusted",
            paramLabel = "KEY.pub",
            description = "Public keys to trust; those beside your own keys where it isn't given.")
    List<Path> trusted = List.of();

    @Option(names = "--key", paramLabel = "FILE", description = "Signing key of a project that has to be packed first.")
    @Nullable
    Path key;

    @Option(
            names = "--instances",
            paramLabel = "N",
            description = "Sessions of each model, which infer side by side; 1.")
    int instances = 1;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Of an instance of a bare model; 1. A bundle says its own.")
    int threads = 1;

    @Mixin
    SupervisionOptions supervision = new SupervisionOptions();

    @Mixin
    ListeningOptions listening = new ListeningOptions();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    AgentCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Words.requireThreads(threads);
        if (instances < 1) {
            throw Problem.usage("usage", "at least one is needed")
                    .at("--instances " + instances)
                    .toException();
        }
        Listening where = listening.listening();
        warn();
        List<Target> found = new ArrayList<>();
        for (Path target : targets) {
            found.add(target(target));
        }
        leaveRoom(found.size() * instances);
        var plan = new AgentPlan(found, instances, threads, where, Release.VERSION);
        boolean loading;
        try (var running = new UntilStopped();
                SupervisedRuns runs = SupervisedRuns.start(context, supervision, found, common.json);
                Agent agent = Agent.open(plan, context.nanoTime(), InstantSource.system())) {
            agent.tells(runs.supervision());
            loading = running.before(agent::load);
            if (!loading) {
                ready(agent);
                runs.ready();
                running.await();
            }
            runs.stopping();
        }
        if (loading) {
            context.terminal().out().flush();
            context.terminal().err().flush();
            ProcessEnd.now(0);
        }
        return 0;
    }

    private void warn() {
        if (listening.open()) {
            warning("anybody who reaches " + listening.address
                    + " can ask, and read along: add --tls-cert and --tls-key, and --client-ca to know who asks");
        }
        if (listening.sharedMemory) {
            warning("--client-shm lets every client read and write shared memory of this machine");
        }
    }

    private void warning(String text) {
        Terminal terminal = context.terminal();
        terminal.err().println(terminal.styled(Terminal.Style.WARNING, "warning: ") + text);
    }

    /** An inference holds the carrier of its virtual thread; the others must get on meanwhile, health checks among them. */
    private static void leaveRoom(int sessions) {
        String carriers = "jdk.virtualThreadScheduler.parallelism";
        if (System.getProperty(carriers) == null) {
            System.setProperty(carriers, Integer.toString(Runtime.getRuntime().availableProcessors() + sessions));
        }
    }

    private void ready(Agent agent) {
        String scheme = listening.certificate == null ? "http" : "https";
        String host = listening.address.contains(":") ? "[" + listening.address + "]" : listening.address;
        String url = scheme + "://" + host + ":" + agent.port();
        agent.problems().forEach(problem -> Skerry.show(context, problem, false));
        if (common.json) {
            ObjectNode json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.agent/1")
                    .put("url", url)
                    .put("port", agent.port())
                    .put("grpcPort", agent.grpcPort());
            agent.names().forEach(json.putArray("models")::add);
            agent.problems().forEach(problem -> json.withArray("problems").add(Skerry.json(problem)));
            if (agent.problems().isEmpty()) {
                json.putArray("problems");
            }
            // one line, so that a script needs to read no more than that
            context.terminal().out().println(json);
        } else {
            var table = new Table("model", "ask");
            agent.names().forEach(name -> table.row(name, "POST " + url + "/v2/models/" + name + "/infer"));
            context.terminal().out().print(table.render("  "));
            context.terminal()
                    .out()
                    .println("serving REST on port " + agent.port() + ", gRPC on port " + agent.grpcPort()
                            + ", until Ctrl-C");
            context.next("curl " + url + "/v2/models/" + agent.names().getFirst());
        }
        context.terminal().out().flush();
    }

    private Target target(Path path) {
        if (Files.exists(path.resolve("skerry.yaml")) || path.endsWith("skerry.yaml")) {
            return project(path);
        }
        String name = String.valueOf(path.getFileName());
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".onnx") || lower.endsWith(".tflite")) {
            if (!Files.isRegularFile(path)) {
                throw Problem.usage("model.missing", "there is no such model")
                        .at(path.toString())
                        .toException();
            }
            return new Target.Bare(name.substring(0, name.lastIndexOf('.')), path);
        }
        Targets.requireBundle(path, "agent");
        return bundle(path, base);
    }

    private Target project(Path path) {
        ProjectConfig config = ProjectFile.read(path);
        Path signing = key != null ? key : context.keyOf(config.name());
        var options = new DeployOptions(
                signing, null, 0, RunPlan.Realtime.NONE, null, Context.typed(spec), context.nanoTime());
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            var deployment = new Deployment(bench, options, new DeployCommand.Steps(context, common.json));
            PackedBundle packed = deployment.pack();
            deployment.verify(packed);
            Bundle bundle = Bundle.open(packed.file());
            return new Target.Packed(
                    config.name(),
                    bundle,
                    bundle.unpack(bench.work().resolve("unpacked")),
                    config.folder().root());
        }
    }

    private Target bundle(Path file, Path folder) {
        Bundle bundle = switch (Bundle.verify(file, Trust.keys(context, trusted))) {
            case Verification.Verified _ -> Bundle.open(file);
            case Verification.Refused refused -> throw refused.problem().toException();
        };
        return new Target.Packed(
                bundle.manifest().name(), bundle, bundle.unpack(context.cache().resolve("bundles")), folder);
    }
}
