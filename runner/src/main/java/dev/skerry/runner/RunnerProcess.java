package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A run in a JVM of its own, seen from the parent. The child is asked to stop when this is closed, when the parent is shut
 * down, and by a Ctrl-C that reaches both; it then finishes its cycle and writes its report. A parent that is being shut down
 * stays until this is closed (some seconds at most), so that whoever waits for the report can still show it.
 */
public final class RunnerProcess implements AutoCloseable {
    private static final int LAST_LINES = 20;
    private static final long GRACE_SECONDS = 15;

    private final RunPlan plan;
    private final RunListener listener;
    private final Path folder;
    private final Process child;
    private final Thread messages;
    private final Thread lines;
    private final AtomicReference<@Nullable Problem> refusal = new AtomicReference<>();
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread onShutdown = new Thread(this::shutDown);

    private RunnerProcess(RunPlan plan, RunListener listener, Path folder, Process child) {
        this.plan = plan;
        this.listener = listener;
        this.folder = folder;
        this.child = child;
        this.messages =
                Daemon.of("skerry-run-messages", () -> read(child.errorReader(StandardCharsets.UTF_8), this::message));
        this.lines =
                Daemon.of("skerry-run-lines", () -> read(child.inputReader(StandardCharsets.UTF_8), listener::line));
    }

    private interface LineTaker {
        void take(String line);
    }

    /**
     * Starts the child. What an earlier run has left at the plan's report is deleted.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.start} where no process can be started, {@code run.report}
     *     where the report can't be written
     */
    public static RunnerProcess start(RunPlan plan, RunListener listener) {
        requireWritable(plan.report());
        Path folder = null;
        boolean started = false;
        try {
            folder = Files.createTempDirectory("skerry-run");
            Path planFile = folder.resolve("plan.json");
            PlanFile.write(plan, planFile);
            List<String> command = ChildCommand.of(
                    planFile,
                    folder.resolve("safepoints.log"),
                    plan.heapMegabytes(),
                    System.getProperties(),
                    RunnerProcess.class.getModule());
            Process child = new ProcessBuilder(command).start();
            var process = new RunnerProcess(plan, listener, folder, child);
            started = true;
            process.messages.start();
            process.lines.start();
            process.guardShutdown();
            return process;
        } catch (IOException e) {
            throw Problem.environment("run.start", "the runner's process can't be started")
                    .because(e.toString())
                    .attempt("free memory for a heap of " + plan.heapMegabytes() + " MB")
                    .attempt("space in " + System.getProperty("java.io.tmpdir"))
                    .toException();
        } finally {
            if (!started && folder != null) {
                delete(folder);
            }
        }
    }

    private static void requireWritable(Path report) {
        Path target = report.toAbsolutePath();
        try {
            Path parent = target.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.deleteIfExists(target);
            Files.createFile(target);
            Files.delete(target);
        } catch (IOException e) {
            throw Problem.usage("run.report", "the run's report can't be written")
                    .at(target.toString())
                    .because(e.toString())
                    .attempt("another file for the report")
                    .toException();
        }
    }

    private void guardShutdown() {
        try {
            Runtime.getRuntime().addShutdownHook(onShutdown);
        } catch (IllegalStateException alreadyShuttingDown) {
            stop();
        }
    }

    /** The child's process number. */
    public long pid() {
        return child.pid();
    }

    /** Asks the child to stop after the cycle at hand; returns at once. */
    public void stop() {
        try {
            // the end of its input is the sign; a signal would do where the system has them
            child.outputWriter(StandardCharsets.UTF_8).close();
        } catch (IOException _) {
            child.destroy();
        }
    }

    /** Asks the child to leave the safe state, where a model is in it and passes its self-test. The listener hears how it went. */
    public void reset() {
        send(Commands.RESET);
    }

    /**
     * Asks the child to go on with another version of a model from its next release on. The listener hears how it went.
     *
     * @param bundle folder of an unpacked, verified bundle; it must stay while the run lasts
     */
    public void swap(Path bundle) {
        send(Commands.SWAP + bundle.toAbsolutePath());
    }

    private void send(String line) {
        try {
            BufferedWriter writer = child.outputWriter(StandardCharsets.UTF_8);
            writer.write(line + "\n");
            writer.flush();
        } catch (IOException e) {
            listener.declined(Problem.environment("run.command", "the runner takes no commands any more")
                    .because(child.isAlive() ? String.valueOf(e.getMessage()) : "the run has ended"));
        }
    }

    /**
     * Waits for the end of the run.
     *
     * @throws dev.skerry.problem.ProblemException the child's own problem where it refused to run, or code {@code run.died}
     *     with its exit code where it ended without a report
     */
    public RunReport await() {
        int exitCode = waitFor();
        Daemon.join(messages);
        Daemon.join(lines);
        Problem problem = refusal.get();
        if (problem != null) {
            throw problem.toException();
        }
        if (!Files.exists(plan.report())) {
            throw died(exitCode).toException();
        }
        return RunReport.read(plan.report());
    }

    private int waitFor() {
        while (true) {
            try {
                return child.waitFor();
            } catch (InterruptedException _) {
                // whoever interrupts wants an end, and the report with it
                stop();
            }
        }
    }

    private Problem died(int exitCode) {
        // 128 + signal is how a shell and the JVM tell of a signal
        String how = exitCode > 128 && exitCode < 160
                ? "exit code " + exitCode + ", which is signal " + (exitCode - 128)
                        + (exitCode == 137 ? ": killed from outside, or by the kernel for want of memory" : "")
                : "exit code " + exitCode;
        synchronized (lastLines) {
            String said = lastLines.isEmpty() ? "" : " · it said: " + String.join(" / ", lastLines);
            return Problem.environment("run.died", "the runner's process ended without a report")
                    .at("process " + child.pid())
                    .because(how + said)
                    .attempt("a look at the kernel's log (dmesg) where memory may be short")
                    .attempt("a larger heap than " + plan.heapMegabytes() + " MB where it ran out of it (exit code 3)");
        }
    }

    private void message(String line) {
        switch (Wire.read(line)) {
            case Wire.Message.Phase phase -> listener.phase(phase.name());
            case Wire.Message.Progress progress ->
                listener.progress(progress.cycle(), progress.cycles(), progress.missed(), progress.lastMicros());
            case Wire.Message.Transition moved ->
                listener.transition(
                        moved.model(), moved.cycle(), moved.from(), moved.to(), moved.reason(), moved.cause());
            case Wire.Message.Swapped swapped -> listener.swapped(swapped.model(), swapped.version(), swapped.cycle());
            case Wire.Message.Reset reset -> listener.reset(reset.model(), reset.cycle());
            case Wire.Message.Declined declined -> listener.declined(declined.problem());
            case Wire.Message.Refusal refused -> refusal.set(refused.problem());
            case Wire.Message.Other other -> remember(other.line());
        }
    }

    private void remember(String line) {
        synchronized (lastLines) {
            lastLines.add(line);
            if (lastLines.size() > LAST_LINES) {
                lastLines.removeFirst();
            }
        }
    }

    private static void read(BufferedReader from, LineTaker taker) {
        try (from) {
            String line;
            while ((line = from.readLine()) != null) {
                taker.take(line);
            }
        } catch (IOException | UncheckedIOException _) {
            // the child has ended
        }
    }

    /** Stops the child if it still runs and waits for it. */
    @Override
    public void close() {
        if (closed.getCount() == 0) {
            return;
        }
        endChild();
        delete(folder);
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(onShutdown);
        } catch (IllegalStateException _) {
            // that hook is what runs, and now it can end
        }
    }

    private void endChild() {
        stop();
        if (!endsWithin(GRACE_SECONDS)) {
            child.destroyForcibly();
            endsWithin(GRACE_SECONDS);
        }
    }

    private boolean endsWithin(long seconds) {
        boolean interrupted = false;
        try {
            return child.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            interrupted = true;
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void shutDown() {
        endChild();
        try {
            closed.await(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        delete(folder);
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
