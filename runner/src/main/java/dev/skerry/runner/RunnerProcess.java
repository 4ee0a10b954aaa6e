package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.nio.file.Files;

/**
 * A run in a JVM of its own, seen from the parent. The child is asked to stop when this is closed, when the parent is, and by
 * a Ctrl-C that reaches both; it then finishes its cycle and writes its report.
 */
public final class RunnerProcess implements AutoCloseable {
    private final RunPlan plan;

    private RunnerProcess(RunPlan plan) {
        this.plan = plan;
    }

    /**
     * Starts the child.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.start} where no process can be started
     */
    public static RunnerProcess start(RunPlan plan, RunListener listener) {
        listener.phase("start");
        return new RunnerProcess(plan);
    }

    public long pid() {
        return 0;
    }

    /** Asks the child to stop after the cycle at hand; returns at once. */
    public void stop() {}

    /**
     * Waits for the end of the run.
     *
     * @throws dev.skerry.problem.ProblemException the child's own problem where it refused to run, or code {@code run.died}
     *     with its exit code where it ended without a report
     */
    public RunReport await() {
        if (!Files.exists(plan.report())) {
            throw Problem.environment("run.died", "the runner isn't built yet").toException();
        }
        return RunReport.read(plan.report());
    }

    /** Stops the child if it still runs and waits for it; keeps a parent that is being shut down alive until then. */
    @Override
    public void close() {}
}
