package dev.skerry.runner;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who answers a release. The loop and the watchdog both try to claim it; exactly one of them succeeds, and only that one acts.
 * Releases are claimed in order, each once: the number of the next unclaimed one is the whole state.
 */
final class Claims {
    private static final long CLOSED = Long.MAX_VALUE;
    private final AtomicLong next = new AtomicLong();

    /** The first release that nobody has answered. */
    long next() {
        return next.get();
    }

    boolean claim(long cycle) {
        return next.compareAndSet(cycle, cycle + 1);
    }

    /** After this nothing can be claimed any more. */
    void close() {
        next.set(CLOSED);
    }

    boolean closed() {
        return next.get() == CLOSED;
    }
}
