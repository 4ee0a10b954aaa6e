package dev.skerry.agent;

import java.util.concurrent.atomic.LongAdder;

/** Durations by buckets whose bounds grow by about 2.5: from 50 µs, which small models take, to 10 s. */
final class Histogram {
    /** Upper bounds in seconds; whatever is above falls into one more. */
    static final double[] BOUNDS = {
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder nanos = new LongAdder();

    Histogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(long duration) {
        double seconds = duration / 1e9;
        int bucket = 0;
        while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        nanos.add(duration);
    }

    /**
     * What was counted until now.
     *
     * @param counts of each bucket by itself, the last one without a bound
     */
    record Snapshot(long[] counts, double sumSeconds) {
        long count() {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }
    }

    Snapshot snapshot() {
        long[] values = new long[counts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = counts[i].sum();
        }
        return new Snapshot(values, nanos.sum() / 1e9);
    }
}
