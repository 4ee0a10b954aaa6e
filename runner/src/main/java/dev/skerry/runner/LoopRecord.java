package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a loop measured of a model. Written by the loop's thread alone, apart from what is the watchdog's; all memory is taken before
 * the first cycle.
 */
final class LoopRecord {
    private static final int MISSES_HELD = 10_000;
    private static final int STRETCHES = 600;

    final LatencyHistogram latency = new LatencyHistogram();
    final LatencyHistogram wake = new LatencyHistogram();
    final LatencyHistogram sense = new LatencyHistogram();
    final LatencyHistogram infer = new LatencyHistogram();
    final LatencyHistogram read = new LatencyHistogram();
    final LatencyHistogram act = new LatencyHistogram();
    /** From the capture of a sample to the end of its decision's hand-off. */
    final LatencyHistogram age = new LatencyHistogram();
    /** Fallbacks that the loop itself let go, after a failure. */
    final LatencyHistogram fallback = new LatencyHistogram();

    /** What the watchdog let go; written by it. */
    final LatencyHistogram guarded = new LatencyHistogram();

    final MissLog misses = new MissLog(MISSES_HELD);
    final Timeline timeline = new Timeline(STRETCHES);

    /** The release that the loop began last; other threads read it. */
    volatile long begun = -1;

    /** Of what the watchdog let go, what left after the deadline; written by it. */
    long guardedLate;

    long decisions;
    long fallbacks;
    long fallbacksLate;
    long late;
    long skipped;
    long failed;
    /** Releases that it gave to the models before it. */
    long yielded;
    /** Releases for which the source had no sample that is young enough. */
    long stale;
    /** Releases whose sample came from a sensor that is stuck. */
    long stuck;
    /** Releases that were given the sample of the one before. */
    long repeated;

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

    /** What the loop's thread took of the heap in a cycle. */
    void allocated(long bytes) {
        watchedCycles++;
        watchedBytes += bytes;
        watchedMostBytes = Math.max(watchedMostBytes, bytes);
    }

    /** An inference failed, or there was nothing to infer from; the first reason is kept. */
    void failed(String why) {
        failed++;
        if (firstFailure == null) {
            firstFailure = why;
        }
    }

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
