package dev.skerry.agent;

import org.jspecify.annotations.Nullable;

/**
 * Whether a runner still gets on, by what it says. It has a limit of its own for an inference that hangs: until then others answer in its
 * place, and then it ends with a report. So it is given up only clearly after that, and where it says nothing at all. Not thread-safe;
 * times are those of one monotonic clock.
 */
final class Pulse {
    /** Loading a large model from a slow disk takes a while; afterwards it says what it does. */
    static final long START_NANOS = 300_000_000_000L;

    /** A runner speaks five times a second, and writes its report in far less than this on a busy machine too. */
    static final long GRACE_NANOS = 10_000_000_000L;

    private static final long PERIODS = 20;

    private final long standstillNanos;
    private boolean decides;
    private long saidNanos;
    private long servedNanos;
    private long cycle;

    /** What is too long, and of what. */
    record Lost(String what, long limitNanos) {
        @Override
        public String toString() {
            return what + " for " + limitNanos / 1_000_000_000L + " s";
        }
    }

    /**
     * Of a runner whose process starts now.
     *
     * @param restartNanos how long an inference may hang before the runner ends by itself; 0 for ever
     */
    Pulse(long restartNanos, double rateHz, long now) {
        this.standstillNanos = restartNanos == 0
                ? Long.MAX_VALUE
                : restartNanos + Math.max(GRACE_NANOS, Math.round(PERIODS * 1e9 / rateHz));
        this.saidNanos = now;
        this.servedNanos = now;
    }

    /** It said something. */
    void says(long now) {
        saidNanos = now;
    }

    /** It said that it is at a release. */
    void serves(long release, long now) {
        says(now);
        if (release > cycle) {
            cycle = release;
            servedNanos = now;
        }
    }

    /** It has decided, so it is no longer loading. */
    void decides(long now) {
        decides = true;
        servedNanos = now;
    }

    /** Why it is to be given up; null while it gets on. */
    @Nullable
    Lost lost(long now) {
        long silence = decides ? GRACE_NANOS : START_NANOS;
        if (now - saidNanos > silence) {
            return new Lost("it said nothing", silence);
        }
        return decides && now - servedNanos > standstillNanos
                ? new Lost("no release was served", standstillNanos)
                : null;
    }
}
