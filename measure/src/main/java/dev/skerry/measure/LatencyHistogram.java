package dev.skerry.measure;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * Counts latencies with a relative error below 0.1 % in memory taken once (a quarter of a megabyte), so that recording in a
 * deadline loop allocates nothing and costs some nanoseconds. Minimum, maximum and mean are exact. Record against the
 * <em>scheduled</em> start where there is one: against the actual start, a stall hides the samples that it delayed.
 *
 * <p>For one thread.
 */
public final class LatencyHistogram {
    /** One hour; what lasts longer counts as an hour, apart from {@code maxNanos} and the mean. */
    private static final long LONGEST_NANOS = 3_600_000_000_000L;

    private static final int SIGNIFICANT_DIGITS = 3;
    private static final int BUCKETS_PER_DOUBLING = 16;

    private final Histogram counts = new Histogram(LONGEST_NANOS, SIGNIFICANT_DIGITS);
    private long minNanos = Long.MAX_VALUE;
    private long maxNanos;
    private double sumNanos;

    /** A bar of a plot: how many samples lie from {@code fromNanos} up to but not including {@code toNanos}. */
    public record Bucket(long fromNanos, long toNanos, long count) {}

    /** Empty. */
    public LatencyHistogram() {}

    /**
     * Counts one latency.
     *
     * @throws IllegalArgumentException where it is negative: a clock that runs backwards is a defect, not a latency
     */
    public void record(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("a latency of " + nanos + " ns");
        }
        counts.recordValue(Math.min(nanos, LONGEST_NANOS));
        minNanos = Math.min(minNanos, nanos);
        maxNanos = Math.max(maxNanos, nanos);
        sumNanos += nanos;
    }

    public void add(LatencyHistogram other) {
        counts.add(other.counts);
        minNanos = Math.min(minNanos, other.minNanos);
        maxNanos = Math.max(maxNanos, other.maxNanos);
        sumNanos += other.sumNanos;
    }

    /** As new, without giving up the memory. */
    public void reset() {
        counts.reset();
        minNanos = Long.MAX_VALUE;
        maxNanos = 0;
        sumNanos = 0;
    }

    public long samples() {
        return counts.getTotalCount();
    }

    public LatencySummary summary() {
        long samples = samples();
        if (samples == 0) {
            return new LatencySummary(0, 0, 0, 0, 0, 0, 0, 0);
        }
        return new LatencySummary(
                samples,
                minNanos,
                percentile(50),
                percentile(90),
                percentile(99),
                percentile(99.9),
                maxNanos,
                sumNanos / samples);
    }

    /** Bars of equal width on a logarithmic axis (16 for each doubling), from the first that is not empty to the last. */
    public List<Bucket> buckets() {
        var bars = new ArrayList<Bucket>();
        int last = Integer.MIN_VALUE;
        for (HistogramIterationValue value : counts.recordedValues()) {
            int bar = bar(counts.lowestEquivalentValue(value.getValueIteratedTo()));
            for (int empty = last + 1; last != Integer.MIN_VALUE && empty < bar; empty++) {
                bars.add(new Bucket(edge(empty), edge(empty + 1), 0));
            }
            long before = bar == last ? bars.removeLast().count() : 0;
            bars.add(new Bucket(edge(bar), edge(bar + 1), before + value.getCountAddedInThisIterationStep()));
            last = bar;
        }
        return bars;
    }

    private long percentile(double percent) {
        // the histogram answers with the end of its cell, which may lie beyond any sample
        return Math.clamp(counts.getValueAtPercentile(percent), minNanos, maxNanos);
    }

    private static int bar(long nanos) {
        int guess = (int) Math.floor(BUCKETS_PER_DOUBLING * Math.log((double) Math.max(1, nanos)) / Math.log(2));
        // the logarithm is rounded and so are the edges: settle on the bar whose edges hold the value
        while (guess > 0 && edge(guess) > nanos) {
            guess--;
        }
        while (edge(guess + 1) <= nanos) {
            guess++;
        }
        return guess;
    }

    private static long edge(int bar) {
        return bar == 0 ? 0 : Math.round(Math.pow(2, (double) bar / BUCKETS_PER_DOUBLING));
    }
}
