package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a loop measured. Written by the loop's thread alone; all memory is taken before the first cycle. */
final class LoopRecord {
    private static final int MISSES_HELD = 10_000;
    private static final int STRETCHES = 600;

    final LatencyHistogram latency = new LatencyHistogram();
    final LatencyHistogram wake = new LatencyHistogram();
    final LatencyHistogram sense = new LatencyHistogram();
    final LatencyHistogram infer = new LatencyHistogram();
    final LatencyHistogram read = new LatencyHistogram();
    final LatencyHistogram act = new LatencyHistogram();
    /** Fallbacks that the loop itself let go, after a failure. */
    final LatencyHistogram fallback = new LatencyHistogram();

    final MissLog misses = new MissLog(MISSES_HELD);
    final Timeline timeline = new Timeline(STRETCHES);

    /** The release that the loop began last; other threads read it. */
    volatile long begun = -1;

    long decisions;
    long fallbacks;
    long fallbacksLate;
    long late;
    long skipped;
    long failed;
    /** Releases that had no sample to decide upon. */
    long blind;
    /** Releases that it gave to the models before it. */
    long yielded;

    @Nullable
    String firstFailure;

    /** Cycles, bytes and the largest number of bytes in one, of those cycles in which allocation was watched. */
    long watchedCycles;

    long watchedBytes;
    long watchedMostBytes;

    /** For a thread that shows how it goes. */
    final AtomicLong cycles = new AtomicLong();

    final AtomicLong missed = new AtomicLong();
    final AtomicLong lastNanos = new AtomicLong();

    double bytesPerCycle() {
        return watchedCycles == 0 ? 0 : (double) watchedBytes / watchedCycles;
    }

    void release(long cycle, long latencyNanos, boolean isMissed) {
        latency.record(latencyNanos);
        timeline.add(cycle, latencyNanos, isMissed);
        lastNanos.lazySet(latencyNanos);
        if (isMissed) {
            missed.lazySet(missed.getPlain() + 1);
        }
        cycles.lazySet(cycle + 1);
    }
}
