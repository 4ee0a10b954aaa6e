package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class LoadVerdictTest {
    private static final long MILLI = 1_000_000;

    private static LoadSettings settings(Scenario scenario, double seconds, long queries, double qps) {
        return LoadSettings.of(
                scenario,
                Duration.ofNanos((long) (seconds * 1e9)),
                queries,
                qps,
                15 * MILLI,
                1000,
                1000,
                LoadSeeds.OFFICIAL);
    }

    /** From 1 to {@code count} milliseconds, the longest first, so that order is shown not to matter. */
    private static long[] millis(int count) {
        return LongStream.rangeClosed(1, count)
                .map(i -> (count + 1 - i) * MILLI)
                .toArray();
    }

    @Test
    void singleStreamIsTheEarlyStoppingEstimate() {
        var times = new LoadTimes(millis(1024), 600_000_000_000L, 0, 601_000_000_000L);
        LoadVerdict verdict = LoadVerdict.of(settings(Scenario.SINGLE_STREAM, 600, 100, 0), times);
        assertThat(verdict.valid()).isTrue();
        assertThat(verdict.reasons()).isEmpty();
        // of 1,024 queries 80 may be over: sorted[1024 − 80], counted from 1 ms
        assertThat(verdict.estimateNanos()).hasValue(945 * MILLI);
        assertThat(verdict.discarded()).isEqualTo(79);
        assertThat(verdict.estimate99Nanos()).hasValue(1022 * MILLI);
        assertThat(verdict.figure()).isEqualTo(945e6);
        assertThat(verdict.percentileNanos()).isEqualTo(922 * MILLI);
        assertThat(verdict.percentilesNanos())
                .containsExactly(513 * MILLI, 922 * MILLI, 973 * MILLI, 994 * MILLI, 1014 * MILLI, 1023 * MILLI);
        assertThat(verdict.meanNanos()).isEqualTo(512_500_000);
    }

    @Test
    void sixtyThreeQueriesAreTooFew() {
        var settings = settings(Scenario.SINGLE_STREAM, 0, 0, 0);
        assertThat(LoadVerdict.of(settings, new LoadTimes(millis(64), 1, 0, 2)).valid())
                .isTrue();
        LoadVerdict few = LoadVerdict.of(settings, new LoadTimes(millis(63), 1, 0, 2));
        assertThat(few.valid()).isFalse();
        assertThat(few.reasons()).containsExactly("early stopping needs 64 queries for p90, and there were 63");
        assertThat(few.estimateNanos()).isEmpty();
        assertThat(few.figure()).isEqualTo(57e6);
    }

    @Test
    void aRunThatEndsEarlySaysWhy() {
        LoadVerdict verdict = LoadVerdict.of(
                settings(Scenario.MULTI_STREAM, 600, 662, 0), new LoadTimes(millis(661), 599_990_000_000L, 0, 600));
        assertThat(verdict.valid()).isFalse();
        assertThat(verdict.samples()).isEqualTo(661 * 8);
        assertThat(verdict.reasons())
                .containsExactly(
                        "it lasted 599.99 s of at least 600",
                        "661 queries of at least 662",
                        "early stopping needs 662 queries for p99, and there were 661");
    }

    @Test
    void aServerMayBeLateAsOftenAsEarlyStoppingAllows() {
        var settings = settings(Scenario.SERVER, 1, 100, 1000);
        long[] latencies = new long[662];
        java.util.Arrays.fill(latencies, 10 * MILLI);
        latencies[3] = 15 * MILLI; // on the bound is in time
        latencies[5] = 15 * MILLI + 1;
        LoadVerdict one = LoadVerdict.of(settings, new LoadTimes(latencies.clone(), 0, 1_000_000_000L, 2));
        assertThat(one.valid()).isTrue();
        assertThat(one.overLatency()).isEqualTo(1);
        assertThat(one.figure()).isCloseTo(661, within(1e-9));
        latencies[7] = 16 * MILLI;
        LoadVerdict two = LoadVerdict.of(settings, new LoadTimes(latencies, 0, 1_000_000_000L, 2));
        assertThat(two.performanceMet()).isTrue();
        assertThat(two.earlyStoppingMet()).isFalse();
        assertThat(two.reasons())
                .containsExactly("with 2 queries over the bound early stopping needs 838, and there were 662");
    }

    @Test
    void aServerThatIsLateIsInvalid() {
        long[] latencies = millis(2000);
        LoadVerdict verdict =
                LoadVerdict.of(settings(Scenario.SERVER, 1, 100, 1000), new LoadTimes(latencies, 0, 1_000_000_000L, 2));
        assertThat(verdict.performanceMet()).isFalse();
        assertThat(verdict.reasons().getFirst()).isEqualTo("the latency at p99 is 1.98 s, over the bound of 15.0 ms");
    }

    @Test
    void offlineIsSamplesByTheLongestLatency() {
        var settings = settings(Scenario.OFFLINE, 10, 24_576, 100);
        assertThat(settings.samplesPerQuery()).isEqualTo(24_576);
        assertThat(settings(Scenario.OFFLINE, 600, 24_576, 100).samplesPerQuery())
                .isEqualTo(66_000);
        long[] latencies = LongStream.rangeClosed(1, 24_576).map(i -> i * MILLI).toArray();
        LoadVerdict verdict = LoadVerdict.of(settings, new LoadTimes(latencies, 0, 0, 24_576 * MILLI));
        assertThat(verdict.valid()).isTrue();
        assertThat(verdict.figure()).isCloseTo(1000, within(1e-9));
        assertThat(verdict.unit()).isEqualTo(LoadVerdict.Unit.SAMPLES_PER_SECOND);
        LoadVerdict partial = LoadVerdict.of(settings, new LoadTimes(millis(20_000), 0, 0, 20_000 * MILLI));
        assertThat(partial.queriesMet()).isFalse();
    }

    @Test
    void saysWhatItIsShortOfForAnOfficialRun() {
        assertThat(settings(Scenario.SINGLE_STREAM, 600, 100, 0).departures()).isEmpty();
        assertThat(settings(Scenario.OFFLINE, 600, 1000, 1).departures()).isEmpty();
        assertThat(settings(Scenario.MULTI_STREAM, 10, 1, 0).departures())
                .containsExactly("a least time of 10 s instead of 600", "a least number of 1 queries instead of 662");
        var own = new LoadSettings(
                Scenario.SINGLE_STREAM, false, 0.5, 1, 0, 0, 600_000_000_000L, 100, 1, 1, new LoadSeeds(1, 2, 3));
        assertThat(own.departures()).containsExactly("the percentile 50 instead of 90", "seeds of its own");
    }

    @Test
    void nothingMeasuredIsNoRun() {
        var settings = settings(Scenario.SINGLE_STREAM, 1, 1, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LoadVerdict.of(settings, new LoadTimes(new long[0], 0, 0, 0)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LoadVerdict.of(settings, new LoadTimes(new long[] {-1}, 0, 0, 0)));
        assertThatIllegalArgumentException().isThrownBy(() -> settings(Scenario.SERVER, 1, 1, 0));
    }
}
