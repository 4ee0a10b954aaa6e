package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.pipeline.Level;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The fallback model, on a thread of its own, so that it decides while the loop hangs. As long as the model is on time it sleeps: it
 * begins only when so little of a cycle is left that its own decision just makes it, or when the loop says that the model has failed.
 * Once it answers it begins with the release, until the model has recovered.
 */
final class Standby implements Runnable {
    private final Schedule schedule;
    private final long cycles;
    private final Claims claims;
    private final Response response;
    private final Pacer pacer;
    private final CycleWork work;
    private final long needNanos;
    private final LatencyHistogram latency = new LatencyHistogram();
    private long next;
    private long served = -1;
    private long failed;
    private @Nullable String firstFailure;
    private volatile long demanded = -1;
    private volatile @Nullable Thread thread;

    /**
     * For all releases of a run.
     *
     * @param cycles how many there are; 0 for no end
     * @param needNanos from its start to its decision, at a high percentile
     */
    Standby(
            Schedule schedule,
            long cycles,
            Claims claims,
            Response response,
            Pacer pacer,
            CycleWork work,
            long needNanos) {
        this.schedule = schedule;
        this.cycles = cycles;
        this.claims = claims;
        this.response = response;
        this.pacer = pacer;
        this.work = work;
        this.needNanos = needNanos;
    }

    /** The model has failed at this release: decide now. */
    void demand(long cycle) {
        demanded = cycle;
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        while (!claims.closed() && (cycles == 0 || claims.next() < cycles)) {
            step();
        }
    }

    /** Waits once for the next release that needs it, or serves it. */
    void step() {
        long cycle = Math.max(next, claims.next());
        if (claims.closed() || cycles > 0 && cycle >= cycles) {
            pacer.pause(pacer.nanoTime() + schedule.deadlineNanos());
            return;
        }
        work.begin(cycle);
        long now = pacer.nanoTime();
        long begin = demanded >= cycle ? schedule.release(cycle) : begin(cycle);
        if (now < begin) {
            pacer.pause(begin);
        } else {
            next = cycle + 1;
            if (now < schedule.fallbackAt(cycle) && !response.held()) {
                serve(cycle);
            }
        }
    }

    private long begin(long cycle) {
        long release = schedule.release(cycle);
        return response.level() == Level.NOMINAL
                ? Math.max(release, schedule.modelFallbackAt(cycle) - needNanos)
                : release;
    }

    private void serve(long cycle) {
        try {
            if (served != cycle - 1) {
                work.forget();
            }
            served = cycle;
            Sensed sensed = work.sense(cycle);
            if (sensed == Sensed.STALE || sensed == Sensed.STUCK || sensed == Sensed.ENDED) {
                return;
            }
            work.infer();
            if (!work.read()) {
                failed("the decision isn't a number");
                return;
            }
        } catch (RuntimeException | Error failure) {
            failed(failure instanceof Error ? failure.toString() : String.valueOf(failure.getMessage()));
            return;
        }
        // the model has its chance to the last moment
        while (response.level() == Level.NOMINAL
                && demanded < cycle
                && claims.next() == cycle
                && pacer.nanoTime() < schedule.modelFallbackAt(cycle)) {
            pacer.pause(schedule.modelFallbackAt(cycle));
        }
        if (claims.claim(cycle)) {
            answer(cycle);
        }
    }

    private void answer(long cycle) {
        if (response.level() == Level.NOMINAL && response.judge(cycle)) {
            response.missed(Reason.LATE);
        }
        Level level = response.choose(cycle, true);
        response.answered(cycle, level, pacer.nanoTime());
        if (level == Level.FALLBACK_MODEL) {
            work.decide(cycle);
        } else {
            work.standIn(cycle, level, response.lastGood());
        }
        latency.record(Math.max(0, pacer.nanoTime() - schedule.release(cycle)));
    }

    private void failed(String why) {
        failed++;
        if (firstFailure == null) {
            firstFailure = why;
        }
    }

    /** From a release to its answer. After {@link #run} has returned. */
    LatencyHistogram latency() {
        return latency;
    }

    /** How often it threw or decided nothing that is a number. */
    long failed() {
        return failed;
    }

    @Nullable
    String firstFailure() {
        return firstFailure;
    }
}
