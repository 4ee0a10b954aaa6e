package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Interval;
import dev.skerry.measure.PairedOutcome;
import org.junit.jupiter.api.Test;

/** What is called noise. */
final class OutcomeTest {
    private static Outcome of(long onlyFloat, long onlyVariant) {
        var paired = new PairedOutcome(800, onlyFloat, onlyVariant, 100 - onlyFloat - onlyVariant);
        return Outcome.of(paired, paired.second().wilson95());
    }

    @Test
    void fewDifferingSamplesAreNoiseWhateverTheirDirection() {
        // four of four: an exact test gives 0.125, though a score interval leaves zero out
        assertThat(of(0, 4).dropInterval()).isNotNull().matches(interval -> interval.high() < 0);
        assertThat(of(0, 4).withinNoise()).isTrue();
        assertThat(of(4, 0).withinNoise()).isTrue();
        assertThat(of(0, 0).withinNoise()).isTrue();
        assertThat(of(12, 9).withinNoise()).isTrue();
    }

    @Test
    void aLossThatTheSamplesShowIsNone() {
        assertThat(of(30, 5).withinNoise()).isFalse();
        assertThat(of(0, 9).withinNoise()).isFalse();
    }

    @Test
    void withoutRightAndWrongTheIntervalDecides() {
        assertThat(new Outcome(1, null, 0.2, new Interval(-0.1, 0.5)).withinNoise())
                .isTrue();
        assertThat(new Outcome(1, null, 0.2, new Interval(0.1, 0.5)).withinNoise())
                .isFalse();
        assertThat(new Outcome(1, null, 0.2, null).withinNoise()).isFalse();
    }
}
