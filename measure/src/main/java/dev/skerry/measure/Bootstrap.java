package dev.skerry.measure;

import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Intervals for statistics that have no formula: recompute them over samples drawn with replacement.
 *
 * @see <a href="https://doi.org/10.1214/aos/1176344552">Efron, Bootstrap methods: another look at the jackknife, Ann.
 *     Statist. 7 (1979)</a>
 */
public final class Bootstrap {
    private Bootstrap() {}

    /**
     * The 95 % percentile interval: the 2.5 % and 97.5 % quantiles of the statistic over resamples. The same seed gives the
     * same interval. A resample on which the statistic is undefined (NaN) is left out; a problem where that is most of them.
     *
     * @param n how many samples there are
     * @param resamples how often to draw; 2,000 give two stable digits
     * @param statistic takes the row numbers drawn (valid during the call only)
     */
    public static Interval interval95(int n, long seed, int resamples, ToDoubleFunction<int[]> statistic) {
        if (n < 1 || resamples < 40) {
            throw new IllegalArgumentException(resamples + " resamples of " + n);
        }
        var random = new SplittableRandom(seed);
        int[] rows = new int[n];
        double[] values = new double[resamples];
        int defined = 0;
        for (int i = 0; i < resamples; i++) {
            for (int k = 0; k < n; k++) {
                rows[k] = random.nextInt(n);
            }
            double value = statistic.applyAsDouble(rows);
            if (!Double.isNaN(value)) {
                values[defined++] = value;
            }
        }
        if (defined < resamples / 2) {
            throw Problem.usage("measure.too-few", "too few samples for an interval")
                    .because("the statistic is undefined on " + (resamples - defined) + " of " + resamples
                            + " resamples of " + n + " samples")
                    .attempt("more samples")
                    .toException();
        }
        double[] sorted = Arrays.copyOf(values, defined);
        Arrays.sort(sorted);
        return new Interval(quantile(sorted, 0.025), quantile(sorted, 0.975));
    }

    /** Linear between order statistics (Hyndman and Fan's type 7). */
    static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(below + 1, sorted.length - 1);
        double low = sorted[below];
        // equal neighbours first: infinity minus infinity is no number
        return low == sorted[above] ? low : low + (at - below) * (sorted[above] - low);
    }
}
