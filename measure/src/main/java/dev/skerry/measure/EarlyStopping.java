package dev.skerry.measure;

/**
 * How many queries it takes to be sure of a percentile, by MLPerf's early stopping: with 99 % confidence, the share of latencies
 * that are longer is no more than the percentile allows.
 *
 * @see <a href="https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc#early-stopping">MLPerf Inference
 *     rules, appendix Early Stopping</a>
 */
public final class EarlyStopping {
    private static final double CONFIDENCE = 0.99;

    private EarlyStopping() {}

    /**
     * The least number of queries of which {@code over} may be over the latency.
     *
     * @param percentile as a fraction: 0.9 for the 90th
     */
    public static long leastQueries(long over, double percentile) {
        if (over < 0 || percentile <= 0 || percentile >= 1) {
            throw new IllegalArgumentException(over + " over latency, percentile " + percentile);
        }
        // queries in time: the share that the percentile asks for is not enough, and some multiple of it is
        long low = 0;
        long high = (long) Math.ceil((over + 1) * percentile / (1 - percentile)) + 1;
        while (!certain(high, over, percentile)) {
            low = high;
            high *= 2;
        }
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (certain(middle, over, percentile)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high + over;
    }

    /** Whether so many in time and over it would come about in fewer than 1 % of runs if the percentile were just met. */
    private static boolean certain(long within, long over, double percentile) {
        return Binomial.incompleteBeta((double) within, over + 1.0, percentile) <= 1 - CONFIDENCE;
    }

    /**
     * How many of so many queries may be over the latency; −1 where not even none may. One fewer of the longest latencies is
     * discarded, and the longest that is left is the estimate of the percentile.
     */
    public static long mostOver(long queries, double percentile) {
        if (queries < leastQueries(0, percentile)) {
            return -1;
        }
        long low = 0;
        long high = queries;
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (queries >= leastQueries(middle, percentile)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
