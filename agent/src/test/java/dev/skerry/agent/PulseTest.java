package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Fallback;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class PulseTest {
    private static final long SECOND = 1_000_000_000L;

    private static Pulse deciding(long restartNanos, double rateHz) {
        var pulse = new Pulse(restartNanos, rateHz, 0);
        pulse.serves(1, 0);
        pulse.decides(0);
        return pulse;
    }

    /** Five times a second, at a cycle that doesn't move. */
    private static void speaks(Pulse pulse, long from, long to) {
        for (long now = from; now <= to; now += SECOND / 5) {
            pulse.serves(1, now);
            assertThat(pulse.lost(now)).as("at %s s", now / 1e9).isNull();
        }
    }

    @Test
    void aRunnerWhoseInferenceHangsHasTimeForItsOwnLimitAndThenForItsReport() {
        Pulse pulse = deciding(Fallback.RESTART_NANOS, 50);
        speaks(pulse, 0, Fallback.RESTART_NANOS);

        // it has given up its loop, and says nothing while it writes
        assertThat(pulse.lost(Fallback.RESTART_NANOS + 9 * SECOND)).isNull();
        assertThat(pulse.lost(Fallback.RESTART_NANOS + 11 * SECOND)).isNotNull();
    }

    @Test
    void aLongerLimitOfTheRunnerIsTheAgentsToo() {
        Pulse pulse = deciding(60 * SECOND, 50);
        speaks(pulse, 0, 69 * SECOND);

        pulse.serves(1, 71 * SECOND);
        assertThat(pulse.lost(71 * SECOND)).hasToString("no release was served for 70 s");
    }

    @Test
    void whoMayHangForEverIsEndedOnlyWhenItSaysNothing() {
        Pulse pulse = deciding(0, 50);
        speaks(pulse, 0, 3600 * SECOND);

        assertThat(pulse.lost(3611 * SECOND)).hasToString("it said nothing for 10 s");
    }

    @Test
    void aSlowRateHasItsPeriods() {
        Pulse pulse = deciding(SECOND, 0.1);
        speaks(pulse, 0, 200 * SECOND);

        pulse.serves(1, 202 * SECOND);
        assertThat(pulse.lost(202 * SECOND)).isNotNull();
    }

    @Test
    void loadingMayTakeAWhile() {
        var pulse = new Pulse(SECOND, 50, 0);
        assertThat(pulse.lost(299 * SECOND)).isNull();
        pulse.says(299 * SECOND);
        assertThat(pulse.lost(598 * SECOND)).isNull();
        assertThat(pulse.lost(600 * SECOND)).hasToString("it said nothing for 300 s");
    }
}
