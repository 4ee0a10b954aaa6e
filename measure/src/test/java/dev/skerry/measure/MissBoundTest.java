package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MissBoundTest {
    /** {@code scipy.stats.beta.ppf(0.95, missed + 1, cycles - missed)}. */
    @Test
    void agreesWithScipysBetaQuantile() {
        assertBound(0, 3000, 0.0009980790119965865);
        assertBound(1, 3000, 0.001580301827458731);
        assertBound(5, 100, 0.1022533776432745);
        assertBound(3, 10, 0.6066242161054123);
        assertBound(2, 3, 0.9830475724915585);
        assertBound(17, 1_000_000, 2.5499121720934182e-05);
        assertBound(12_345, 1_000_000_000, 1.2529329481306436e-05);
        assertThat(MissBound.upper95(4, 4)).isEqualTo(1);
    }

    @Test
    void isThreeInCyclesWithoutAMiss() {
        assertThat(MissBound.upper95(0, 1_000_000) * 1_000_000).isCloseTo(2.996, within(0.001));
    }

    @Test
    void solvesItsDefinition() {
        var random = new SplittableRandom(6);
        for (int i = 0; i < 500; i++) {
            long cycles = 2 + random.nextLong(1L << random.nextInt(1, 24));
            long missed = random.nextLong(cycles);
            double bound = MissBound.upper95(missed, cycles);
            assertThat(Binomial.cumulative(missed, cycles, bound)).isCloseTo(0.05, within(1e-8));
            assertThat(bound).isGreaterThan((double) missed / cycles);
        }
    }

    @Test
    void growsWithMisses() {
        double last = 0;
        for (int missed = 0; missed <= 50; missed++) {
            assertThat(MissBound.upper95(missed, 50)).isGreaterThan(last);
            last = MissBound.upper95(missed, 50);
        }
        assertThatThrownBy(() -> MissBound.upper95(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertBound(long missed, long cycles, double expected) {
        assertThat(MissBound.upper95(missed, cycles)).isCloseTo(expected, within(1e-8 * expected));
    }
}
