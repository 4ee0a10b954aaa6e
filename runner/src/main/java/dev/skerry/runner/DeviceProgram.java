package dev.skerry.runner;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The program of a device: verifies its bundle and runs it, in this one process. What starts it (a unit, a container engine)
 * also restarts it. Decisions of a standard-output action go to standard output, and with {@code --json} the report too;
 * everything else to standard error.
 */
final class DeviceProgram {
    private static final int SECONDS = 30;

    private DeviceProgram() {}

    public static void main(String[] arguments) {
        var stdout = new FileOutputStream(FileDescriptor.out);
        var stderr = new FileOutputStream(FileDescriptor.err);
        Runner.untilSignalled(stop -> {
            boolean json = List.of(arguments).contains("--json");
            try {
                return run(DeviceOptions.read(List.of(arguments)), stdout, stderr, stop);
            } catch (ProblemException e) {
                print(stderr, "error: " + e.problem());
                if (json) {
                    print(stdout, Wire.json(e.problem()));
                }
                return e.problem().kind().exitCode();
            }
        });
    }

    private static int run(DeviceOptions options, OutputStream stdout, OutputStream stderr, StopSignal stop) {
        Thread ahead = loadAhead(options);
        Bundle bundle = verified(options);
        Daemon.join(ahead);
        // before a session takes its own
        StartPages.letGo();
        bundle.requireLinked(options.model());
        RunPlan plan = options.train() == null
                ? plan(options, bundle.manifest().budgets())
                : training(options, options.train());
        @Nullable Path safepoints = safepointLog();
        try {
            Wire wire = Wire.nobody();
            RunReport outcome = new Run(
                            plan,
                            stdout,
                            wire,
                            stop,
                            new Commands(wire),
                            safepoints,
                            Path.of("/proc/self/fd/0"),
                            Warmth.of(Math.round(options.warmUpSeconds() * 1e9)))
                    .run();
            if (options.report() != null) {
                outcome.write(options.report());
            }
            if (options.json()) {
                print(stdout, outcome.json().strip());
            }
            print(stderr, DeviceText.of(outcome, bundle));
            return outcome.state() == ExitState.HUNG ? Runner.HUNG_CODE : 0;
        } finally {
            delete(safepoints);
        }
    }

    private static RunPlan plan(DeviceOptions options, BundleManifest.Budgets budgets) {
        double rateHz = options.rateHz() != null ? options.rateHz() : budgets.rateHz() > 0 ? budgets.rateHz() : 10;
        long period = Math.round(1e9 / rateHz);
        long deadline = options.deadlineMillis() != null
                ? Math.round(options.deadlineMillis() * 1e6)
                : budgets.latencyMicros() > 0 ? Math.min(period, budgets.latencyMicros() * 1000) : period;
        long cycles = options.cycles() != null ? options.cycles() : Math.max(1, Math.round(rateHz * SECONDS));
        Path report = options.report() != null ? options.report() : Path.of("");
        return RunPlan.of(options.model(), options.base(), rateHz, cycles, Duration.ofNanos(deadline), report)
                .withPreloadBytes((long) options.preloadMegabytes() << 20)
                .withRealtime(options.ordinary() ? RunPlan.Realtime.NONE : RunPlan.Realtime.ALL);
    }

    /** So slow that nothing is ever late: what is loaded then is the same each time. */
    private static RunPlan training(DeviceOptions options, Path decisions) {
        var actions = JsonNodeFactory.instance.arrayNode();
        actions.addObject().put("json-lines", decisions.toAbsolutePath().toString());
        return RunPlan.of(options.model(), options.base(), 2, 3, Duration.ofMillis(500), Path.of(""))
                .withPreloadBytes(0)
                .withRealtime(RunPlan.Realtime.NONE)
                .withActions(actions);
    }

    /** The runtime's native library is there by the time that the bundle is verified; it sees nothing of the bundle yet. */
    private static Thread loadAhead(DeviceOptions options) {
        Thread thread = Daemon.of(
                "skerry-runtime",
                () -> Runtimes.all().stream()
                        .filter(runtime -> runtime.name().equals(options.runtime()))
                        .forEach(RuntimeProvider::probe));
        thread.start();
        return thread;
    }

    private static Bundle verified(DeviceOptions options) {
        return switch (Bundle.verify(options.bundle(), TrustedKeys.read(options.trusted()))) {
            case Verification.Verified _ -> Bundle.open(options.bundle());
            case Verification.Refused refused -> throw refused.problem().toException();
        };
    }

    /** The JVM puts its process number for {@code %p} in the log's name; in the property it stays as it was written. */
    private static @Nullable Path safepointLog() {
        String log = System.getProperty(Runner.SAFEPOINT_LOG);
        return log == null
                ? null
                : Path.of(
                        log.replace("%p", Long.toString(ProcessHandle.current().pid())));
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // some kilobytes in memory, which go with the container or the next start of the machine
        }
    }

    private static void print(OutputStream out, String text) {
        try {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException _) {
            // nobody listens any more
        }
    }
}
