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

    private static ToDoubleFunction<int[]> meanOf(double[] values) {
        return rows ->
                Arrays.stream(rows).mapToDouble(row -> values[row]).average().orElseThrow();
    }
}
