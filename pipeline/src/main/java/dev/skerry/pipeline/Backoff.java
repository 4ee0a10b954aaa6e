package dev.skerry.pipeline;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long each time up to a limit, and between half of that and all of it by
 * chance, so that many devices don't come back at one instant. For one thread.
 */
public final class Backoff {
    private final long first;
    private final long most;
    private final RandomGenerator random;
    private long next;

    public Backoff(Duration first, Duration most, RandomGenerator random) {
        this.first = first.toNanos();
        this.most = most.toNanos();
        this.random = random;
        this.next = this.first;
    }

    /** From a tenth of a second to ten. */
    public static Backoff usual(RandomGenerator random) {
        return new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), random);
    }

    /** Before the next attempt, in nanoseconds. */
    public long nextNanos() {
        long full = next;
        next = Math.min(most, 2 * next);
        return full / 2 + random.nextLong(full / 2 + 1);
    }

    /** After a success. */
    public void reset() {
        next = first;
    }
}
