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
    private static final int RESAMPLES = 1000;

    /** Samples are left out one by one up to this number, and in as many groups beyond it. */
    private static final int GROUPS = 512;

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
        double[] sorted = resampled(n, seed, resamples, statistic);
        return new Interval(quantile(sorted, 0.025), quantile(sorted, 0.975));
    }

    /**
     * The 95 % interval, bias-corrected and accelerated (BCa): quantiles that are shifted by how far the resamples lie off the
     * statistic, and by how its spread changes with its value. For ratios, roots and means over classes it keeps closer to its
     * level than {@link #interval95}, which is given where the correction isn't defined: where all resamples lie on one side of
     * the statistic.
     *
     * @see <a href="https://doi.org/10.1080/01621459.1987.10478410">Efron, Better bootstrap confidence intervals, JASA 82
     *     (1987)</a>
     */
    public static Interval accelerated95(int n, long seed, int resamples, ToDoubleFunction<int[]> statistic) {
        double[] sorted = resampled(n, seed, resamples, statistic);
        int[] all = new int[n];
        Arrays.setAll(all, row -> row);
        double value = statistic.applyAsDouble(all);
        double below = 0;
        for (double each : sorted) {
            below += each < value ? 1 : each == value ? 0.5 : 0;
        }
        below /= sorted.length;
        double acceleration = acceleration(all, statistic);
        if (!(below > 0 && below < 1) || Double.isNaN(acceleration)) {
            return new Interval(quantile(sorted, 0.025), quantile(sorted, 0.975));
        }
        double bias = Normal.quantile(below);
        return new Interval(
                quantile(sorted, shifted(bias, acceleration, -Proportion.Z95)),
                quantile(sorted, shifted(bias, acceleration, Proportion.Z95)));
    }

    /** {@link #accelerated95} of a statistic; a draw of 1,000. */
    public static Interval accelerated95(Statistic statistic, long seed) {
        return accelerated95(statistic.samples(), seed, RESAMPLES, statistic::over);
    }

    private static double shifted(double bias, double acceleration, double z) {
        double shrink = 1 - acceleration * (bias + z);
        return shrink <= 0 ? z > 0 ? 1 : 0 : Normal.cumulative(bias + (bias + z) / shrink);
    }

    /** A sixth of the skewness of what leaving samples out does, group by group where there are many; NaN where unknown. */
    private static double acceleration(int[] all, ToDoubleFunction<int[]> statistic) {
        int groups = Math.min(all.length, GROUPS);
        double[] without = new double[groups];
        int defined = 0;
        for (int group = 0; group < groups && groups > 1; group++) {
            int[] rest = new int[all.length - Math.ceilDiv(all.length - group, groups)];
            int at = 0;
            for (int row : all) {
                if (row % groups != group) {
                    rest[at++] = row;
                }
            }
            double value = statistic.applyAsDouble(rest);
            if (Double.isFinite(value)) {
                without[defined++] = value;
            }
        }
        double mean = Arrays.stream(without, 0, defined).average().orElse(Double.NaN);
        double squares = 0;
        double cubes = 0;
        for (int i = 0; i < defined; i++) {
            double influence = mean - without[i];
            squares += influence * influence;
            cubes += influence * influence * influence;
        }
        return squares > 0 ? cubes / (6 * Math.pow(squares, 1.5)) : Double.NaN;
    }

    /** The statistic's values over resamples, sorted, without those where it is undefined. */
    private static double[] resampled(int n, long seed, int resamples, ToDoubleFunction<int[]> statistic) {
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
        return sorted;
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
