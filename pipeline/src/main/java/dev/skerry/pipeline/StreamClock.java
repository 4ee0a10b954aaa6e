package dev.skerry.pipeline;

/**
 * When a sample of an even stream was measured. Samples arrive in blocks and late by chance, never early; so the earliest
 * arrival so far, counted from the start of the stream, is the best guess at its clock. That guess is let go slowly, since the
 * device's clock is another one than this machine's.
 */
final class StreamClock {
    /** Crystals are closer than this to each other. */
    private static final double DRIFT = 200e-6;

    private final double nanosPerSample;
    private long start = Long.MAX_VALUE;
    private long before;

    StreamClock(double rate) {
        this.nanosPerSample = 1e9 / rate;
    }

    /**
     * When the last of so many samples was measured.
     *
     * @param samples since the start of the stream
     * @param arrivalNanos when it got here
     */
    long captured(long samples, long arrivalNanos) {
        long length = Math.round(samples * nanosPerSample);
        long drifted =
                start == Long.MAX_VALUE ? start : start + Math.round((samples - before) * nanosPerSample * DRIFT);
        start = Math.min(drifted, arrivalNanos - length);
        before = samples;
        return start + length;
    }
}
