package dev.skerry.runner;

import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps until shortly before the instant, then spins: the kernel's timer wakes a thread some 80 µs late at the median, more
 * under load, while a spinning thread starts within the microsecond. It never spins for long, since the kernel stops a
 * real-time thread that holds its core for 95 % of a second (sched_rt_runtime_us), for the remaining 50 ms.
 *
 * <p>For one thread.
 */
final class HybridPacer implements Pacer {
    private static final long MOST_SPIN_NANOS = 250_000;

    private final long spinNanos;
    private long spun;

    /** Spins for at most a tenth of {@code periodNanos} and at most 250 µs. */
    HybridPacer(long periodNanos) {
        this.spinNanos = Math.min(MOST_SPIN_NANOS, periodNanos / 10);
    }

    /** Never spins: for a thread that may wait on the core of another. */
    static HybridPacer sleeping() {
        return new HybridPacer(0);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void pause(long untilNanos) {
        long before = System.nanoTime();
        long remaining = untilNanos - before;
        if (remaining > spinNanos) {
            LockSupport.parkNanos(remaining - spinNanos);
        } else if (remaining > 0) {
            Thread.onSpinWait();
            spun += System.nanoTime() - before;
        }
    }

    @Override
    public long spunNanos() {
        return spun;
    }
}
