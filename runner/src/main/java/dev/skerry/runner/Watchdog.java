package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;

/**
 * Lets the armed fallback go at the deadline of every release that nobody has answered by then, while the loop may hang in an
 * inference. Runs on a thread of its own, above the loop's priority, and sleeps nearly always.
 */
final class Watchdog implements Runnable {
    private final Schedule schedule;
    private final long cycles;
    private final Claims claims;
    private final Pacer pacer;
    private final CycleWork work;
    private final LatencyHistogram latency = new LatencyHistogram();
    private long late;

    /**
     * Guards all releases of a run.
     *
     * @param cycles how many there are; 0 for no end
     */
    Watchdog(Schedule schedule, long cycles, Claims claims, Pacer pacer, CycleWork work) {
        this.schedule = schedule;
        this.cycles = cycles;
        this.claims = claims;
        this.pacer = pacer;
        this.work = work;
    }

    @Override
    public void run() {
        while (!claims.closed() && (cycles == 0 || claims.next() < cycles)) {
            step();
        }
    }

    /** Waits once for the next unanswered release, and answers it where its time has come. */
    void step() {
        long cycle = claims.next();
        if (claims.closed() || cycles > 0 && cycle >= cycles) {
            return;
        }
        long due = schedule.fallbackAt(cycle);
        if (pacer.nanoTime() < due) {
            pacer.pause(due);
            return;
        }
        if (claims.claim(cycle)) {
            work.fallback(cycle);
            long end = pacer.nanoTime();
            latency.record(end - schedule.release(cycle));
            if (end > schedule.deadline(cycle)) {
                late++;
            }
        }
    }

    /** After {@link #run} has returned. */
    LatencyHistogram latency() {
        return latency;
    }

    /** Fallbacks that left after the deadline. After {@link #run} has returned. */
    long late() {
        return late;
    }
}
