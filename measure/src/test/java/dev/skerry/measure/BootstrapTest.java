package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    @Test
    void coversTheMeanAsOftenAsItSays() {
        var random = new SplittableRandom(8);
        int covered = 0;
        for (int run = 0; run < 500; run++) {
            double[] values = random.doubles(80).toArray();
            covered += Bootstrap.interval95(80, run, 400, meanOf(values)).contains(0.5) ? 1 : 0;
        }
        assertThat(covered / 500.0).isBetween(0.91, 0.98);
    }

    @Test
    void isTheSameForTheSameSeed() {
        double[] values = new SplittableRandom(9).doubles(30).toArray();
        Interval interval = Bootstrap.interval95(30, 42, 500, meanOf(values));
        assertThat(Bootstrap.interval95(30, 42, 500, meanOf(values))).isEqualTo(interval);
        assertThat(Bootstrap.interval95(30, 43, 500, meanOf(values))).isNotEqualTo(interval);
    }

    @Test
    void leavesUndefinedResamplesOut() {
        Interval interval = Bootstrap.interval95(4, 1, 400, rows -> rows[0] == 0 ? Double.NaN : rows[0]);
        assertThat(interval).isEqualTo(new Interval(1, 3));
        assertThatThrownBy(() -> Bootstrap.interval95(4, 1, 400, rows -> Double.NaN))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("400 of 400 resamples");
    }

    @Test
    void acceleratedIntervalIsWhatScipyComputes() {
        // scipy.stats.bootstrap, method BCa, 20,000 resamples, three seeds: 4.966–4.978 … 6.592–6.615, and 6.147–6.192
        // …
        // 10.745–10.842 for the mean of skewed values
        double[] values = new double[40];
        Arrays.setAll(values, i -> i * 7919 % 101 / 10.0);
        ToDoubleFunction<int[]> root = rows -> Math.sqrt(Arrays.stream(rows)
                .mapToDouble(row -> values[row] * values[row])
                .average()
                .orElseThrow());
        Interval interval = Bootstrap.accelerated95(40, 5, 20_000, root);
        assertThat(interval.low()).isBetween(4.95, 4.99);
        assertThat(interval.high()).isBetween(6.58, 6.63);
        double[] skewed =
                Arrays.stream(values).map(value -> Math.exp(value / 3)).toArray();
        Interval mean = Bootstrap.accelerated95(40, 5, 20_000, meanOf(skewed));
        assertThat(mean.low()).isBetween(6.12, 6.22);
        assertThat(mean.high()).isBetween(10.70, 10.90);
        // the plain percentiles lie lower
        assertThat(Bootstrap.interval95(40, 5, 20_000, meanOf(skewed)).high()).isLessThan(10.65);
    }

    @Test
    void acceleratedIntervalCoversMoreOftenThanThePlainOneWhereValuesAreSkewed() {
        var random = new SplittableRandom(21);
        int accelerated = 0;
        int plain = 0;
        for (int run = 0; run < 400; run++) {
            // exponential, so the true mean is 1
            double[] values =
                    random.doubles(30).map(value -> -Math.log(1 - value)).toArray();
            accelerated += Bootstrap.accelerated95(30, run, 400, meanOf(values)).contains(1) ? 1 : 0;
            plain += Bootstrap.interval95(30, run, 400, meanOf(values)).contains(1) ? 1 : 0;
        }
        assertThat(accelerated).isGreaterThanOrEqualTo(plain);
        assertThat(accelerated / 400.0).isBetween(0.90, 0.98);
    }

    @Test
    void acceleratedIntervalOfWhatNeverMovesIsAPoint() {
        assertThat(Bootstrap.accelerated95(20, 1, 400, _ -> 3)).isEqualTo(new Interval(3, 3));
        // many samples are left out in groups
        double[] values = new SplittableRandom(3).doubles(3000).toArray();
        Interval many = Bootstrap.accelerated95(3000, 1, 400, meanOf(values));
        assertThat(many.contains(meanOf(values)
                        .applyAsDouble(java.util.stream.IntStream.range(0, 3000).toArray())))
                .isTrue();
        assertThat(many.high() - many.low()).isBetween(0.015, 0.03);
    }

    private static ToDoubleFunction<int[]> meanOf(double[] values) {
        return rows ->
                Arrays.stream(rows).mapToDouble(row -> values[row]).average().orElseThrow();
    }
}
