package dev.skerry.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Times variants of the same work against each other in one process, in short alternating blocks, so that clock frequency,
 * neighbours and temperature act on all of them alike. Two separate runs of one variant often differ by more than the
 * variants do.
 *
 * <p>The order turns around from round to round (AB, BA, …), which cancels a linear drift. The first tenth of the budget
 * warms up and is not counted. Where variants disturb each other, by threads that spin on for a while or by caches that they fill,
 * blocks can be longer, with a beginning that isn't counted ({@link #withBlocks}).
 */
public final class AlternatingTimer {
    /** Long enough to fill caches with a variant's own data, short enough for many rounds. */
    private static final long BLOCK_NANOS = 2_000_000;

    private static final int MAX_CALLS_PER_BLOCK = 1000;

    private final LongSupplier nanoTime;
    private final long blockNanos;
    private final long settleNanos;

    /**
     * A timer by the given clock.
     *
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public AlternatingTimer(LongSupplier nanoTime) {
        this(nanoTime, BLOCK_NANOS, 0);
    }

    private AlternatingTimer(LongSupplier nanoTime, long blockNanos, long settleNanos) {
        this.nanoTime = nanoTime;
        this.blockNanos = blockNanos;
        this.settleNanos = settleNanos;
    }

    /**
     * The same with other blocks.
     *
     * @param block how long one is meant to be
     * @param settle what passes at its beginning without being counted, at least one call; zero counts from the first call on
     */
    public AlternatingTimer withBlocks(Duration block, Duration settle) {
        return new AlternatingTimer(nanoTime, block.toNanos(), settle.toNanos());
    }

    /**
     * What came out, variant by variant in the order given.
     *
     * @param summaries of single calls
     * @param ratios each variant's time ÷ that of the first, from the medians of blocks of the same round
     */
    public record Comparison(List<LatencySummary> summaries, List<RatioEstimate> ratios, int rounds) {
        public Comparison {
            summaries = List.copyOf(summaries);
            ratios = List.copyOf(ratios);
        }
    }

    /**
     * Runs rounds until the budget is used up, and at least {@code minRounds} (six make a 95 % interval possible). What a
     * variant throws is passed on.
     */
    public Comparison compare(List<Runnable> variants, Duration budget, int minRounds) {
        return compare(variants, budget, minRounds, Progress.NONE);
    }

    /** The same, and between rounds {@code progress} is told of the seconds that are over, as {@code timing}. */
    public Comparison compare(List<Runnable> variants, Duration budget, int minRounds, Progress progress) {
        if (variants.isEmpty() || minRounds < 1) {
            throw new IllegalArgumentException(variants.size() + " variants, " + minRounds + " rounds");
        }
        long start = nanoTime.getAsLong();
        long budgetNanos = budget.toNanos();
        progress.step("timing", 0, budget.toSeconds());
        int[] calls = warmUp(variants, budgetNanos / 10);
        var histograms = new ArrayList<LatencyHistogram>();
        variants.forEach(variant -> histograms.add(new LatencyHistogram()));
        var medians = new ArrayList<double[]>();
        while (medians.size() < minRounds || nanoTime.getAsLong() - start < budgetNanos) {
            double[] round = new double[variants.size()];
            boolean forward = medians.size() % 2 == 0;
            for (int i = 0; i < round.length; i++) {
                int variant = forward ? i : round.length - 1 - i;
                round[variant] = block(variants.get(variant), calls[variant], histograms.get(variant));
            }
            medians.add(round);
            long elapsed = Math.min(nanoTime.getAsLong() - start, budgetNanos);
            progress.step("timing", Duration.ofNanos(elapsed).toSeconds(), budget.toSeconds());
        }
        var ratios = new ArrayList<RatioEstimate>();
        for (int variant = 0; variant < variants.size(); variant++) {
            int at = variant;
            ratios.add(RatioEstimate.ofRounds(
                    medians.stream().mapToDouble(round -> round[at] / round[0]).toArray()));
        }
        return new Comparison(histograms.stream().map(LatencyHistogram::summary).toList(), ratios, medians.size());
    }

    /** Calls each variant in turn until the time is over, at least twice, and says how many calls make a block. */
    private int[] warmUp(List<Runnable> variants, long nanos) {
        long start = nanoTime.getAsLong();
        long[] fastest = new long[variants.size()];
        Arrays.fill(fastest, Long.MAX_VALUE);
        for (int round = 0; round < 2 || nanoTime.getAsLong() - start < nanos; round++) {
            for (int variant = 0; variant < fastest.length; variant++) {
                fastest[variant] = Math.min(fastest[variant], time(variants.get(variant)));
            }
        }
        return Arrays.stream(fastest)
                .mapToInt(call -> Math.clamp(
                        blockNanos / Math.max(1, call),
                        1,
                        Math.toIntExact(MAX_CALLS_PER_BLOCK * Math.max(1, blockNanos / BLOCK_NANOS))))
                .toArray();
    }

    private double block(Runnable variant, int calls, LatencyHistogram histogram) {
        for (long settled = 0; settled < settleNanos; ) {
            settled += Math.max(1, time(variant));
        }
        double[] nanos = new double[calls];
        for (int call = 0; call < calls; call++) {
            long elapsed = time(variant);
            histogram.record(elapsed);
            nanos[call] = Math.max(1, elapsed);
        }
        Arrays.sort(nanos);
        return Bootstrap.quantile(nanos, 0.5);
    }

    private long time(Runnable variant) {
        long before = nanoTime.getAsLong();
        variant.run();
        return nanoTime.getAsLong() - before;
    }
}
