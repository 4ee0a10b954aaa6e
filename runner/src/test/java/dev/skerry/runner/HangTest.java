package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runner.MissLog.Missed;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class HangTest {
    private static final long MILLI = 1_000_000;

    @Test
    void aThreadThatIsGivenUpFindsOutWhenItComesBack() {
        var grip = new Grip();
        grip.enter();
        assertThat(grip.leave()).isTrue();
        assertThat(grip.letGo()).isFalse();

        grip.enter();
        assertThat(grip.inside()).isTrue();
        assertThat(grip.letGo()).isTrue();
        assertThat(grip.leave()).isFalse();
        assertThat(grip.isLetGo()).isTrue();
    }

    @Test
    void releasesThatOthersAnsweredMeanwhileAreOnTheBooksAndNoMore() {
        var simulation = new Simulation(100, 20, 5_000, true);
        simulation.claims.claim(0);
        simulation.claims.claim(1);
        simulation.claims.claim(2);
        long now = simulation.schedule.release(2) + 7 * MILLI;

        Hang.close(simulation.lane, now);

        assertThat(simulation.record.cycles.get()).isEqualTo(3);
        assertThat(simulation.record.missed.get()).isEqualTo(3);
        assertThat(simulation.record.fallbacks).isEqualTo(3);
        assertThat(simulation.misses()).extracting(Missed::kind).containsOnly(MissLog.Kind.HUNG);
        assertThat(simulation.misses().getLast().latencyNanos()).isEqualTo(7 * MILLI);
        assertThat(simulation.claims.claim(3)).isFalse();
    }

    @Test
    void withoutAFallbackWhatCameDueIsLost() {
        var simulation = new Simulation(100, 20, 5_000, false);

        Hang.close(simulation.lane, simulation.schedule.deadline(4));

        assertThat(simulation.record.missed.get()).isEqualTo(5);
        assertThat(simulation.silences).containsExactly(0L, 1L, 2L, 3L, 4L);
    }
}
