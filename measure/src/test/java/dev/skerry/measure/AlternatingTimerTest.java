package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** On a clock that only the work under test moves, so nothing depends on this machine's speed. */
class AlternatingTimerTest {
    private long now;

    private Runnable lasting(long nanos) {
        return () -> now += nanos;
    }

    @Test
    void findsTheRatio() {
        var comparison = new AlternatingTimer(() -> now)
                .compare(List.of(lasting(200_000), lasting(50_000)), Duration.ofSeconds(1), 6);
        assertThat(comparison.summaries().get(0).p50Nanos()).isCloseTo(200_000, within(200L));
        assertThat(comparison.summaries().get(1).p50Nanos()).isCloseTo(50_000, within(50L));
        assertThat(comparison.ratios().get(0).ratio()).isEqualTo(1);
        assertThat(comparison.ratios().get(1).ratio()).isEqualTo(0.25);
        assertThat(comparison.rounds()).isGreaterThan(100);
        assertThat(now).isBetween(1_000_000_000L, 1_010_000_000L);
    }

    /** A variant is slow for a while after the other one, whose threads spin on; a block's uncounted beginning leaves that out. */
    @Test
    void theBeginningOfABlockIsLeftOutWhereItIsToSettle() {
        long[] disturbedUntil = {0};
        Runnable spins = () -> {
            now += 100_000;
            disturbedUntil[0] = now + 2_000_000;
        };
        Runnable disturbed = () -> now += now < disturbedUntil[0] ? 400_000 : 100_000;
        var fooled = new AlternatingTimer(() -> now).compare(List.of(spins, disturbed), Duration.ofSeconds(1), 6);
        assertThat(fooled.summaries().get(1).p90Nanos()).isGreaterThan(390_000);
        var settled = new AlternatingTimer(() -> now)
                .withBlocks(Duration.ofMillis(20), Duration.ofMillis(3))
                .compare(List.of(spins, disturbed), Duration.ofSeconds(2), 6);
        assertThat(settled.ratios().get(1).ratio()).isEqualTo(1);
        assertThat(settled.summaries().get(1).maxNanos()).isLessThan(110_000);
    }

    @Test
    void isNotFooledByDrift() {
        // the machine slows down ten times over the run; both variants do the same work
        Runnable work = () -> now += 100_000 + now / 1000;
        var ratio = new AlternatingTimer(() -> now)
                .compare(List.of(work, work), Duration.ofSeconds(1), 6)
                .ratios()
                .get(1);
        assertThat(ratio.ratio()).isCloseTo(1, within(0.01));
        assertThat(ratio.interval95().contains(1)).isTrue();
    }

    @Test
    void keepsToTheFewestRoundsWhenWorkIsSlow() {
        var order = new ArrayList<Character>();
        var comparison = new AlternatingTimer(() -> now)
                .compare(
                        List.of(
                                () -> {
                                    order.add('a');
                                    now += 1_000_000_000L;
                                },
                                () -> {
                                    order.add('b');
                                    now += 2_000_000_000L;
                                }),
                        Duration.ofMillis(1),
                        3);
        assertThat(comparison.rounds()).isEqualTo(3);
        assertThat(order).containsExactly('a', 'b', 'a', 'b', 'a', 'b', 'b', 'a', 'a', 'b');
        assertThat(comparison.ratios().get(1)).isEqualTo(new RatioEstimate(2, new Interval(2, 2), 3));
    }

    @Test
    void intervalOfTheMedianIsTheSignTests() {
        double[] ten = {5, 1, 9, 3, 7, 2, 10, 4, 8, 6};
        // tables of the sign test: 2nd and 9th of 10, 6th and 15th of 20, the ends of 6
        assertThat(RatioEstimate.ofRounds(ten)).isEqualTo(new RatioEstimate(5.5, new Interval(2, 9), 10));
        double[] twenty =
                java.util.stream.IntStream.rangeClosed(1, 20).asDoubleStream().toArray();
        assertThat(RatioEstimate.ofRounds(twenty).interval95()).isEqualTo(new Interval(6, 15));
        assertThat(RatioEstimate.ofRounds(new double[] {6, 5, 4, 3, 2, 1}).interval95())
                .isEqualTo(new Interval(1, 6));
        assertThat(RatioEstimate.ofRounds(new double[] {2}).interval95()).isEqualTo(new Interval(2, 2));
    }

    @Test
    void intervalCoversTheMedianAsOftenAsItSays() {
        var random = new SplittableRandom(13);
        int covered = 0;
        for (int run = 0; run < 4000; run++) {
            double[] skewed = random.doubles(50).map(u -> -Math.log(1 - u)).toArray();
            covered += RatioEstimate.ofRounds(skewed).interval95().contains(Math.log(2)) ? 1 : 0;
        }
        assertThat(covered / 4000.0).isBetween(0.94, 0.98);
    }

    @Test
    void refusesNothingToTime() {
        assertThatThrownBy(() -> new AlternatingTimer(() -> now).compare(List.of(), Duration.ofSeconds(1), 6))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
