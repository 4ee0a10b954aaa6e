package dev.skerry.agent;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.problem.Problem;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The runners that an agent keeps deciding, each with its way to the network. */
public final class Supervision implements AutoCloseable {
    private final List<Watched> watched;
    private final Path folder;

    private record Watched(
            String name, Supervisor supervisor, @Nullable Bridge bridge) {
        RunnerStatus status() {
            return supervisor.status(bridge == null ? null : bridge.status());
        }
    }

    private Supervision(List<Watched> watched, Path folder) {
        this.watched = watched;
        this.folder = folder;
    }

    /** Whether a bundle says enough to be run: a rate, and a source of samples. */
    public static boolean isRunnable(Target.Packed target) {
        BundleManifest manifest = target.bundle().manifest();
        return manifest.budgets().rateHz() > 0
                && PipelineSpec.parse(manifest.pipeline()).source() != null;
    }

    /**
     * Opens the network's side of each target and starts its runner. Returns at once; {@link #statuses} says how they are.
     *
     * @param realtime privileges of the runners
     * @throws dev.skerry.problem.ProblemException where a declaration or one of its files can't be used
     */
    public static Supervision start(List<Target.Packed> targets, RunPlan.Realtime realtime, AgentContext context) {
        var watched = new ArrayList<Watched>();
        boolean started = false;
        Path folder = folder();
        try {
            for (Target.Packed target : targets) {
                watched.add(watched(target, folder, realtime, context));
            }
            var supervision = new Supervision(List.copyOf(watched), folder);
            watched.forEach(each -> each.supervisor.start());
            started = true;
            return supervision;
        } finally {
            if (!started) {
                watched.stream().map(Watched::bridge).forEach(Supervision::close);
                delete(folder);
            }
        }
    }

    private static Watched watched(Target.Packed target, Path folder, RunPlan.Realtime realtime, AgentContext context) {
        BundleManifest manifest = target.bundle().manifest();
        PipelineSpec pipeline = PipelineSpec.parse(manifest.pipeline());
        Bridge bridge =
                Bridge.isNeeded(pipeline) ? Bridge.open(pipeline, manifest.egress(), target.base(), context) : null;
        RunPlan plan = plan(target, manifest.budgets(), folder).withRealtime(realtime);
        return new Watched(
                target.name(),
                new Supervisor(
                        target.name(), bridge == null ? plan : bridge.apply(plan), pipeline.restartNanos(), context),
                bridge);
    }

    private static RunPlan plan(Target.Packed target, BundleManifest.Budgets budgets, Path folder) {
        long period = Math.round(1e9 / budgets.rateHz());
        long deadline = budgets.latencyMicros() > 0 ? Math.min(period, budgets.latencyMicros() * 1000) : period;
        return RunPlan.of(
                target.folder(),
                target.base(),
                budgets.rateHz(),
                0,
                Duration.ofNanos(deadline),
                folder.resolve(target.name() + ".json"));
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("skerry-agent");
        } catch (IOException e) {
            throw Problem.environment("agent.folder", "no folder for the runners' reports can be made")
                    .at(String.valueOf(System.getProperty("java.io.tmpdir")))
                    .because(e.toString())
                    .toException();
        }
    }

    /** How each runner is, in the order of the targets. */
    public List<RunnerStatus> statuses() {
        return watched.stream().map(Watched::status).toList();
    }

    /** Whether all runners decide. */
    public boolean allDeciding() {
        return statuses().stream().allMatch(status -> status.state() == RunnerStatus.State.DECIDING);
    }

    /** What the last run of each target that ended in order did, by the target's name. */
    public Map<String, RunReport> reports() {
        var reports = new TreeMap<String, RunReport>();
        for (Watched each : watched) {
            RunReport report = each.supervisor.report();
            if (report != null) {
                reports.put(each.name, report);
            }
        }
        return reports;
    }

    /** Runners finish their cycles first; then what they decided leaves, then the network goes. */
    @Override
    public void close() {
        // side by side: each may take some seconds
        List<Thread> ending = watched.stream()
                .map(each -> Thread.ofPlatform().start(() -> {
                    each.supervisor.close();
                    close(each.bridge);
                }))
                .toList();
        for (Thread thread : ending) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        delete(folder);
    }

    private static void close(@Nullable Bridge bridge) {
        if (bridge != null) {
            bridge.close();
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException _) {
            // temporary files of some bytes; the system removes them
        }
    }
}
