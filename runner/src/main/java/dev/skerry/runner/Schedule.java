package dev.skerry.runner;

/**
 * When releases are due: release k at {@code start + k · period}, computed from k and never from the release before, so that
 * nothing drifts. All instants are of one monotonic clock.
 *
 * @param startNanos release 0
 * @param rateHz releases per second; the period need not be a whole number of nanoseconds
 * @param deadlineNanos from a release to the time its decision must have left by
 * @param leadNanos how long before the deadline the fallback is let go, so that it leaves by the deadline; 0 without fallback
 */
record Schedule(long startNanos, double rateHz, long deadlineNanos, long leadNanos) {
    private static final long MOST_LEAD_NANOS = 250_000;

    /** A tenth of the deadline, at most 250 µs: what a timer needs to wake a waiting thread on a busy machine without privileges. */
    static long leadFor(long deadlineNanos) {
        return Math.min(MOST_LEAD_NANOS, deadlineNanos / 10);
    }

    long release(long cycle) {
        return startNanos + Math.round(cycle * (1e9 / rateHz));
    }

    long deadline(long cycle) {
        return release(cycle) + deadlineNanos;
    }

    /** When a fallback model's decision is let go where the model hasn't decided by then: before anything lesser is. */
    long modelFallbackAt(long cycle) {
        return fallbackAt(cycle) - leadNanos;
    }

    /** When the fallback is let go where no decision has been claimed by then. */
    long fallbackAt(long cycle) {
        return deadline(cycle) - leadNanos;
    }
}
