package dev.skerry.runner;

import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.Surroundings;
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

    private final Runnable release;
    private final ActionQueue<Decision> queue;
    private final Thread sink;
    private final ModelWork work;
    private final LoopRecord record = new LoopRecord();
    private final DeadlineLoop loop;
    private long cycles;

    Rehearsal(LoadedModel model, Feed feed, List<Binding> bindings) {
        this(model, feed, bindings, () -> {});
    }

    private Rehearsal(LoadedModel model, Feed feed, List<Binding> bindings, Runnable release) {
        this.release = release;
        var answers = new Answers(feed, model.reader().fallback(), null);
        this.queue = ModelWork.queue(model.reader(), bindings, answers, QUEUE_SLOTS);
        this.work = ModelWork.of(model, feed, bindings, queue);
        var pacer = new RushingPacer();
        this.loop = new DeadlineLoop(
                new Schedule(pacer.nanoTime(), RATE_HZ, DEADLINE_NANOS, 0),
                0,
                new Claims(),
                pacer,
                work,
                new ThreadEvidence(),
                new StopSignal(),
                record);
        this.sink = Crew.daemon("skerry-rehearsal", queue);
        sink.start();
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
                    new Surroundings(System::nanoTime, RandomGenerator.getDefault(), Path.of("/dev/null")));
            var rehearsal = new Rehearsal(model, supply.rehearsal(), supply.bindings(), () -> {
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
    }

    /** Java heap that a cycle allocates on the loop's thread, on average, once it is warm. */
    public double bytesPerCycle() {
        return record.bytesPerCycle();
    }

    @Override
    public void close() {
        queue.finish(cycles);
        Crew.join(sink);
        work.reset();
        release.run();
    }
}
