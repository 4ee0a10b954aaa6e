package dev.skerry.agent;

import java.util.Arrays;

/**
 * How long an inference takes here, from the latest ones: their median, so that one that was held up doesn't make the agent
 * refuse what it could do.
 */
final class ServiceTime {
    private static final int KEPT = 31;

    private final long[] latest = new long[KEPT];
    private int count;
    private int next;
    private volatile long median;

    synchronized void add(long nanos) {
        latest[next] = nanos;
        next = (next + 1) % KEPT;
        count = Math.min(count + 1, KEPT);
        long[] sorted = Arrays.copyOf(latest, count);
        Arrays.sort(sorted);
        median = sorted[count / 2];
    }

    /** Nanoseconds; 0 before the first inference. */
    long expected() {
        return median;
    }
}
