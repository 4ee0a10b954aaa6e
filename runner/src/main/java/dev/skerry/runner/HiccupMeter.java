package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;

/**
 * Does nothing but sleep a millisecond at a time, and takes down how much longer it was. What stops the machine as a whole, or the
 * JVM, stops it too; what only the loop's own code does, doesn't.
 */
final class HiccupMeter implements Runnable {
    private static final long SLEEP_NANOS = 1_000_000;
    private static final long WORTH_NANOS = 500_000;
    private static final int HELD = 20_000;

    private final Pacer pacer;
    private final LatencyHistogram late = new LatencyHistogram();
    private final List<Stoppage> hiccups = new ArrayList<>();
    private volatile boolean ended;

    HiccupMeter(Pacer pacer) {
        this.pacer = pacer;
    }

    @Override
    public void run() {
        while (!ended) {
            step();
        }
    }

    void step() {
        long due = pacer.nanoTime() + SLEEP_NANOS;
        while (pacer.nanoTime() < due && !ended) {
            pacer.pause(due);
        }
        long now = pacer.nanoTime();
        take(due, Math.max(now, due));
    }

    private synchronized void take(long due, long now) {
        late.record(now - due);
        if (now - due >= WORTH_NANOS) {
            if (hiccups.size() == HELD) {
                hiccups.removeFirst();
            }
            hiccups.add(new Stoppage(due, now, now - due));
        }
    }

    void end() {
        ended = true;
    }

    /** Those of half a millisecond and more, the last ones. */
    synchronized List<Stoppage> hiccups() {
        return List.copyOf(hiccups);
    }

    /** How much longer each sleep was. */
    synchronized LatencyHistogram late() {
        var copy = new LatencyHistogram();
        copy.add(late);
        return copy;
    }
}
