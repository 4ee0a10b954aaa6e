package dev.skerry.runner;

import dev.skerry.measure.LatencySummary;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.Level;
import dev.skerry.pipeline.SourceContext;
import dev.skerry.runtime.spi.Binding;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The runner's loop over a bundle, cycle after cycle without waiting in between and without actions: warms the loop up, and
 * shows what it costs. Everything else is as in a run, the hand-off to a queue and the counters included; only
 * no thread is woken for an answer. For one thread.
 */
public final class Rehearsal implements AutoCloseable {
    /** On a clock that jumps over what is to be waited for, any rate does; at this one nothing is ever late. */
    private static final double RATE_HZ = 0.1;

    private static final long DEADLINE_NANOS = 10_000_000_000L;
    private static final int QUEUE_SLOTS = 4096;
    /** For one in the middle of a run, which must not use up the run's heap. */
    private static final int FEW_SLOTS = 128;

    private final Runnable release;
    private final boolean inRun;
    private final ActionQueue<Decision, Edition> queue;
    private final Thread sink;
    private final ModelWork work;
    private final Lane lane;
    private final DeadlineLoop loop;
    private final ThreadEvidence evidence = new ThreadEvidence();
    private long cycles;

    /** @param inRun whether it is in the middle of a run: then no thread is started that others could have to wait for */
    Rehearsal(LoadedModel model, Feed feed, List<Binding> bindings, boolean inRun) {
        this(model, feed, bindings, inRun, () -> {});
    }

    private Rehearsal(LoadedModel model, Feed feed, List<Binding> bindings, boolean inRun, Runnable release) {
        this.release = release;
        this.inRun = inRun;
        this.queue = ModelWork.queue(
                model.reader(),
                bindings,
                new Answers(model.reader().newDecision(), null),
                inRun ? FEW_SLOTS : QUEUE_SLOTS);
        this.work = ModelWork.of(model, feed, bindings, queue, Level.NOMINAL);
        var pacer = new RushingPacer();
        var schedule = new Schedule(pacer.nanoTime(), RATE_HZ, DEADLINE_NANOS, 0);
        this.lane = new Lane(schedule, work, new Response(schedule, Levels.NONE));
        this.loop = new DeadlineLoop(0, List.of(lane), pacer, evidence, new StopSignal(), new Grip());
        this.sink = Daemon.of("skerry-rehearsal", queue);
        if (!inRun) {
            sink.start();
        }
    }

    /**
     * Loads what a plan names, as a run does, golden vectors included.
     *
     * @throws dev.skerry.problem.ProblemException as the run would be refused
     */
    public static Rehearsal open(RunPlan plan) {
        LoadedModel model = LoadedModel.open(plan);
        boolean opened = false;
        try {
            model.checkGolden();
            Supply supply = model.supply(
                    new SourceContext(System::nanoTime, RandomGenerator.getDefault(), Path.of("/dev/null")));
            var rehearsal = new Rehearsal(model, supply.rehearsal(), supply.bindings(), false, () -> {
                supply.close();
                model.close();
            });
            opened = true;
            return rehearsal;
        } finally {
            if (!opened) {
                model.close();
            }
        }
    }

    /** Some more cycles. */
    public void run(long more) {
        cycles += more;
        loop.serveUntil(cycles);
        while (inRun && queue.drain()) {
            // nobody else does
        }
    }

    /** What came before was the warm-up: from here on it is measured. */
    public void settle() {
        lane.record().latency.reset();
    }

    /** What a cycle takes, from the sample to the hand-off. */
    public LatencySummary latency() {
        return lane.record().latency.summary();
    }

    /** Java heap that a cycle allocates on the loop's thread, on average, once it is warm. */
    public double bytesPerCycle() {
        return lane.record().bytesPerCycle();
    }

    @Override
    public void close() {
        if (!inRun) {
            queue.finish(cycles);
            Daemon.join(sink);
        }
        work.reset();
        evidence.close();
        release.run();
    }
}
