package dev.skerry.agent;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long as the time before, up to a limit, and at random between half of that
 * and all of it, so that a hundred devices don't come back at once. Not thread-safe.
 */
final class Backoff {
    private final long firstNanos;
    private final long mostNanos;
    private final RandomGenerator random;
    private long nextNanos;

    Backoff(long firstNanos, long mostNanos, RandomGenerator random) {
        this.firstNanos = firstNanos;
        this.mostNanos = mostNanos;
        this.random = random;
        this.nextNanos = firstNanos;
    }

    /** From 100 ms up to 30 s. */
    static Backoff ofNetwork(RandomGenerator random) {
        return new Backoff(100_000_000L, 30_000_000_000L, random);
    }

    long next() {
        long most = nextNanos;
        nextNanos = Math.min(mostNanos, nextNanos * 2);
        return most / 2 + random.nextLong(most / 2 + 1);
    }

    /** After a success. */
    void reset() {
        nextNanos = firstNanos;
    }
}
