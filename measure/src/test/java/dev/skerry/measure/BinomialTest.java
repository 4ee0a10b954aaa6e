package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BinomialTest {
    @Test
    void agreesWithTheExactSum() {
        for (int total : new int[] {1, 2, 5, 17, 60}) {
            for (int percent : new int[] {1, 10, 37, 50, 83, 99}) {
                BigDecimal hit = new BigDecimal(percent).movePointLeft(2);
                BigDecimal sum = BigDecimal.ZERO;
                BigInteger ways = BigInteger.ONE;
                for (int hits = 0; hits < total; hits++) {
                    sum = sum.add(new BigDecimal(ways)
                            .multiply(hit.pow(hits))
                            .multiply(BigDecimal.ONE.subtract(hit).pow(total - hits)));
                    ways = ways.multiply(BigInteger.valueOf(total - hits)).divide(BigInteger.valueOf(hits + 1));
                    double exact = sum.doubleValue();
                    assertThat(Binomial.cumulative(hits, total, percent / 100.0))
                            .as("P(X <= %d) of %d at %d %%", hits, total, percent)
                            .isCloseTo(exact, within(1e-12 * Math.max(exact, 1e-3)));
                }
            }
        }
    }

    @Test
    void agreesWithScipy() {
        assertThat(Binomial.cumulative(450, 970, 0.5)).isCloseTo(0.013338851383380505, within(1e-13));
        assertThat(Binomial.cumulative(100, 1_000_000, 1.2e-4)).isCloseTo(0.0346598696427573, within(1e-12));
    }

    @Test
    void reflects() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 2000; i++) {
            double a = Math.pow(10, random.nextDouble(-1, 6));
            double b = Math.pow(10, random.nextDouble(-1, 6));
            double x = random.nextDouble();
            Offset<Double> near = within(1e-9);
            assertThat(Binomial.incompleteBeta(a, b, x)).isCloseTo(1 - Binomial.incompleteBeta(b, a, 1 - x), near);
        }
        assertThat(Binomial.incompleteBeta(1, 1, 0.3)).isCloseTo(0.3, within(1e-14));
        assertThat(Binomial.incompleteBeta(0.5, 0.5, 0.25)).isCloseTo(1.0 / 3, within(1e-14));
    }
}
