package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ProportionTest {
    /** Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998), table I: method 3. */
    @Test
    void agreesWithNewcombesTable() {
        assertInterval(new Proportion(81, 263), 25.53, 36.62);
        assertInterval(new Proportion(15, 148), 6.24, 16.05);
        assertInterval(new Proportion(0, 20), 0, 16.11);
        assertInterval(new Proportion(1, 29), 0.61, 17.18);
    }

    @Test
    void agreesWithScipy() {
        Interval interval = new Proportion(95, 100).wilson95();
        assertThat(interval.low()).isCloseTo(88.82495307680809, within(1e-10));
        assertThat(interval.high()).isCloseTo(97.8456320845632, within(1e-10));
    }

    @Test
    void staysWithinBoundsAndHoldsTheObservedShare() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            long total = 1 + random.nextLong(1L << random.nextInt(50));
            var proportion = new Proportion(random.nextLong(total + 1), total);
            Interval interval = proportion.wilson95();
            assertThat(interval.low()).isBetween(0.0, 100.0);
            assertThat(interval.high()).isBetween(0.0, 100.0);
            assertThat(interval.contains(proportion.percent())).isTrue();
        }
        assertThat(new Proportion(7, 7).wilson95().high()).isEqualTo(100);
        assertThat(new Proportion(0, 7).wilson95().low()).isZero();
    }

    @Test
    void coversTheTruthAsOftenAsItSays() {
        var random = new SplittableRandom(2);
        for (double truth : new double[] {0.5, 0.9, 0.97}) {
            int covered = 0;
            for (int run = 0; run < 4000; run++) {
                int hits = 0;
                for (int i = 0; i < 200; i++) {
                    hits += random.nextDouble() < truth ? 1 : 0;
                }
                covered += new Proportion(hits, 200).wilson95().contains(100 * truth) ? 1 : 0;
            }
            assertThat(covered / 4000.0).isBetween(0.93, 0.975);
        }
    }

    @Test
    void refusesWhatIsNoProportion() {
        assertThatThrownBy(() -> new Proportion(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Proportion(3, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Proportion(-1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertInterval(Proportion proportion, double low, double high) {
        assertThat(proportion.wilson95().low()).isCloseTo(low, within(0.005));
        assertThat(proportion.wilson95().high()).isCloseTo(high, within(0.005));
    }
}
