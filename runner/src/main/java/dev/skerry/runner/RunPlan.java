package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the runner is asked to do; {@link PlanFile} carries it from the parent to the child.
 *
 * @param bundle folder of an unpacked, verified bundle: {@code manifest.json}, the fused model, golden vectors
 * @param base folder that relative paths of the source and of the actions start from
 * @param rateHz releases per second, above 0
 * @param cycles releases to serve; 0 runs until it is asked to stop
 * @param deadline from the scheduled release to the end of the action's hand-off; at most one period
 * @param realtime which privileges to attempt
 * @param preloadBytes how much decoded sample data is held in direct memory
 * @param heapMegabytes the child's heap, fixed
 * @param source a pipeline source to use instead of the bundle's; null for the bundle's
 * @param actions pipeline actions to use instead of the bundle's; null for the bundle's
 * @param report where the report is written, whole or not at all
 * @param events where changes of level are written as they come, a JSON object per line; null for nowhere
 * @param others models that share the cycle, the more important ones first, all less important than the bundle's
 */
public record RunPlan(
        Path bundle,
        Path base,
        double rateHz,
        long cycles,
        Duration deadline,
        Realtime realtime,
        long preloadBytes,
        int heapMegabytes,
        @Nullable JsonNode source,
        @Nullable JsonNode actions,
        Path report,
        @Nullable Path events,
        List<Other> others) {
    /**
     * Privileges that make the loop deterministic; each is attempted, and the report says what was granted.
     *
     * @param fifo run the loop under SCHED_FIFO
     * @param pin keep the loop on one core
     * @param core that core; -1 lets the runner choose
     * @param lockMemory keep all pages in memory
     */
    public record Realtime(boolean fifo, boolean pin, int core, boolean lockMemory) {
        public static final Realtime ALL = new Realtime(true, true, -1, true);
        public static final Realtime NONE = new Realtime(false, false, -1, false);
    }

    /**
     * Another model of the run.
     *
     * @param bundle folder of its unpacked, verified bundle
     * @param base folder that its relative paths start from
     * @param source a pipeline source to use instead of its bundle's; null for the bundle's
     * @param actions pipeline actions to use instead of its bundle's; null for the bundle's
     */
    public record Other(
            Path bundle,
            Path base,
            @Nullable JsonNode source,
            @Nullable JsonNode actions) {
        /** With the source and the actions of its bundle. */
        public Other(Path bundle, Path base) {
            this(bundle, base, null, null);
        }
    }

    public RunPlan {
        others = List.copyOf(others);
        if (!(rateHz > 0) || rateHz > 100_000) {
            throw Problem.usage("run.rate", "a rate of " + rateHz + " Hz can't be run")
                    .attempt("a rate between 0.001 and 100000 Hz, such as 30")
                    .toException();
        }
        if (cycles < 0) {
            throw Problem.usage("run.cycles", "found " + cycles + " cycles, expected 0 (endless) or more")
                    .toException();
        }
        if (deadline.isNegative() || deadline.isZero() || deadline.toNanos() > periodNanos(rateHz)) {
            throw Problem.usage(
                            "run.deadline", "the deadline of " + millis(deadline.toNanos()) + " doesn't fit the rate")
                    .because("at " + rateHz + " Hz the next cycle begins after " + millis(periodNanos(rateHz)))
                    .attempt("a deadline above 0 and at most " + millis(periodNanos(rateHz)))
                    .attempt("a lower rate")
                    .toException();
        }
        if (preloadBytes < 0 || heapMegabytes < 16) {
            throw Problem.usage(
                            "run.memory",
                            "found preload " + preloadBytes + " bytes and heap " + heapMegabytes
                                    + " MB, expected 0 or more and at least 16")
                    .toException();
        }
    }

    /** All privileges attempted, 256 MB of samples, a heap of 128 MB, source and actions of the bundle. */
    public static RunPlan of(Path bundle, Path base, double rateHz, long cycles, Duration deadline, Path report) {
        return new Terms(bundle, base, rateHz, cycles, deadline, report).plan();
    }

    public RunPlan withRealtime(Realtime realtime) {
        return with(terms -> terms.realtime = realtime);
    }

    public RunPlan withPreloadBytes(long preloadBytes) {
        return with(terms -> terms.preloadBytes = preloadBytes);
    }

    public RunPlan withHeapMegabytes(int heapMegabytes) {
        return with(terms -> terms.heapMegabytes = heapMegabytes);
    }

    public RunPlan withSource(@Nullable JsonNode source) {
        return with(terms -> terms.source = source);
    }

    public RunPlan withActions(@Nullable JsonNode actions) {
        return with(terms -> terms.actions = actions);
    }

    public RunPlan withEvents(@Nullable Path events) {
        return with(terms -> terms.events = events);
    }

    public RunPlan withOthers(List<Other> others) {
        return with(terms -> terms.others = others);
    }

    /** What one of the other models is asked to do: at the same pace, with its own source and its share of the samples' memory. */
    RunPlan of(Other other) {
        return of(other.bundle, other.base, rateHz, cycles, deadline, report)
                .withRealtime(realtime)
                .withPreloadBytes(preloadBytes / (1 + others.size()))
                .withHeapMegabytes(heapMegabytes)
                .withSource(other.source)
                .withActions(other.actions);
    }

    private RunPlan with(Consumer<Terms> change) {
        var terms = new Terms(this);
        change.accept(terms);
        return terms.plan();
    }

    /** A plan before it is agreed on. */
    private static final class Terms {
        private final Path bundle;
        private final Path base;
        private final double rateHz;
        private final long cycles;
        private final Duration deadline;
        private final Path report;
        private Realtime realtime = Realtime.ALL;
        private long preloadBytes = 256L << 20;
        private int heapMegabytes = 128;
        private @Nullable JsonNode source;
        private @Nullable JsonNode actions;
        private @Nullable Path events;
        private List<Other> others = List.of();

        Terms(Path bundle, Path base, double rateHz, long cycles, Duration deadline, Path report) {
            this.bundle = bundle;
            this.base = base;
            this.rateHz = rateHz;
            this.cycles = cycles;
            this.deadline = deadline;
            this.report = report;
        }

        Terms(RunPlan plan) {
            this(plan.bundle, plan.base, plan.rateHz, plan.cycles, plan.deadline, plan.report);
            realtime = plan.realtime;
            preloadBytes = plan.preloadBytes;
            heapMegabytes = plan.heapMegabytes;
            source = plan.source;
            actions = plan.actions;
            events = plan.events;
            others = plan.others;
        }

        RunPlan plan() {
            return new RunPlan(
                    bundle,
                    base,
                    rateHz,
                    cycles,
                    deadline,
                    realtime,
                    preloadBytes,
                    heapMegabytes,
                    source,
                    actions,
                    report,
                    events,
                    others);
        }
    }

    long periodNanos() {
        return periodNanos(rateHz);
    }

    private static long periodNanos(double rateHz) {
        return Math.round(1e9 / rateHz);
    }

    private static String millis(long nanos) {
        return nanos / 1e6 + " ms";
    }
}
