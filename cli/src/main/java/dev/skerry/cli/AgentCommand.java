package dev.skerry.cli;

import dev.skerry.agent.Agent;
import dev.skerry.agent.AgentPlan;
import dev.skerry.agent.Target;
import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.Verification;
import dev.skerry.problem.Problem;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.Deployment;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

@Command(name = "agent", description = "Serve models to other programs, until Ctrl-C.")
final class AgentCommand implements Callable<Integer> {
    /** How long requests that are under way may take once the process is told to end. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

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

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    AgentCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<Target> found = new ArrayList<>();
        for (Path target : targets) {
            found.add(target(target));
        }
        try (var running = new UntilStopped(context.terminal(), PATIENCE);
                Agent agent = Agent.start(new AgentPlan(found))) {
            ready(agent);
            running.await();
        }
        return 0;
    }

    private void ready(Agent agent) {
        if (common.json) {
            ObjectNode json = Context.JSON.createObjectNode().put("schema", "skerry.agent/1");
            agent.names().forEach(json.putArray("models")::add);
            context.printJson(json);
        } else {
            context.terminal().out().println("serving " + String.join(", ", agent.names()));
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
