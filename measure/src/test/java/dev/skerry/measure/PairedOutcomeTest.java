package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PairedOutcomeTest {
    /** Fagerland, Lydersen, Laake, Recommended tests and confidence intervals for paired binomial proportions, Stat. Med. 33 (2014). */
    @Test
    void agreesWithFagerlandsAirwayExample() {
        var outcome = new PairedOutcome(1, 1, 7, 12);
        assertThat(outcome.dropPercent()).isCloseTo(-28.57, within(0.01));
        assertThat(outcome.dropInterval95().low()).isCloseTo(-51.7, within(0.05));
        assertThat(outcome.dropInterval95().high()).isCloseTo(-2.6, within(0.05));
        assertThat(outcome.mcnemarP()).isCloseTo(0.0703125, within(1e-12));
    }

    @Test
    void agreesWithScipysBinomialTest() {
        assertThat(new PairedOutcome(900, 3, 12, 5).mcnemarP()).isCloseTo(0.03515625, within(1e-12));
        assertThat(new PairedOutcome(0, 520, 450, 0).mcnemarP()).isCloseTo(0.02667770276676101, within(1e-12));
        assertThat(new PairedOutcome(10, 0, 0, 0).mcnemarP()).isEqualTo(1);
        assertThat(new PairedOutcome(10, 4, 4, 0).mcnemarP()).isEqualTo(1);
    }

    @Test
    void mcnemarAgreesWithEveryAssignmentOfSigns() {
        for (int differing = 1; differing <= 12; differing++) {
            for (int first = 0; first <= differing; first++) {
                int extreme = 0;
                for (int signs = 0; signs < 1 << differing; signs++) {
                    int ones = Integer.bitCount(signs);
                    extreme += Math.abs(2 * ones - differing) >= Math.abs(2 * first - differing) ? 1 : 0;
                }
                assertThat(new PairedOutcome(1, first, differing - first, 0).mcnemarP())
                        .isCloseTo(extreme / (double) (1 << differing), within(1e-12));
            }
        }
    }

    @Test
    void withoutDifferencesTheIntervalStillHasAWidth() {
        // with no discordant pair the statistic is n·d² / |d|(1−|d|)·n, so the ends solve z² (1−d) = n d
        double square = Proportion.Z95 * Proportion.Z95;
        Interval interval = new PairedOutcome(90, 0, 0, 10).dropInterval95();
        assertThat(interval.high()).isCloseTo(100 * square / (100 + square), within(1e-6));
        assertThat(interval.low()).isCloseTo(-interval.high(), within(1e-6));
    }

    @Test
    void exchangingTheTwoMirrorsTheInterval() {
        var random = new SplittableRandom(3);
        for (int i = 0; i < 2000; i++) {
            long scale = 1L << random.nextInt(20);
            var one = new PairedOutcome(
                    random.nextLong(scale), random.nextLong(scale), random.nextLong(scale), 1 + random.nextLong(scale));
            var other = new PairedOutcome(one.bothRight(), one.onlySecond(), one.onlyFirst(), one.bothWrong());
            Interval interval = one.dropInterval95();
            assertThat(interval.contains(one.dropPercent())).isTrue();
            assertThat(interval.low()).isBetween(-100.0, 100.0);
            assertThat(other.dropInterval95().low()).isCloseTo(-interval.high(), within(1e-6));
            assertThat(other.mcnemarP()).isEqualTo(one.mcnemarP());
        }
    }

    @Test
    void coversTheTruthAsOftenAsItSays() {
        var random = new SplittableRandom(4);
        for (double[] cells : new double[][] {{0.9, 0.03, 0.02}, {0.5, 0.2, 0.1}}) {
            int covered = 0;
            for (int run = 0; run < 2000; run++) {
                long[] counts = new long[4];
                for (int i = 0; i < 300; i++) {
                    double at = random.nextDouble();
                    counts[
                            at < cells[0]
                                    ? 0
                                    : at < cells[0] + cells[1] ? 1 : at < cells[0] + cells[1] + cells[2] ? 2 : 3]++;
                }
                var outcome = new PairedOutcome(counts[0], counts[1], counts[2], counts[3]);
                covered += outcome.dropInterval95().contains(100 * (cells[1] - cells[2])) ? 1 : 0;
            }
            assertThat(covered / 2000.0).isBetween(0.93, 0.975);
        }
    }

    @Test
    void countsVerdicts() {
        var outcome = PairedOutcome.of(
                new boolean[] {true, true, false, false, true}, new boolean[] {true, false, true, false, true});
        assertThat(outcome).isEqualTo(new PairedOutcome(2, 1, 1, 1));
        assertThat(outcome.first()).isEqualTo(new Proportion(3, 5));
        assertThat(outcome.second()).isEqualTo(new Proportion(3, 5));
        assertThatThrownBy(() -> PairedOutcome.of(new boolean[1], new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PairedOutcome(0, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
