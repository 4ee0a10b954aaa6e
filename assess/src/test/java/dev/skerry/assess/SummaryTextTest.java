package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.Scenario;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Lines and their order are those of LoadGen's {@code results.cc}. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SummaryTextTest {
    private static String text(Scenario scenario, LoadTimes times, @Nullable String partial) {
        LoadSettings settings = LoadSettings.of(
                scenario,
                LoadSettings.OFFICIAL_DURATION,
                scenario.minQueries(),
                1000,
                15_000_000,
                1024,
                1024,
                LoadSeeds.OFFICIAL);
        return SummaryText.of("a system", settings, times, partial);
    }

    @Test
    void singleStream() {
        var times = new LoadTimes(
                LongStream.rangeClosed(1, 1024).map(i -> i * 1000).toArray(), 600_000_000_000L, 0, 600_001_024_000L);
        assertThat(text(Scenario.SINGLE_STREAM, times, null))
                .startsWith("# By Skerry's own load generator")
                .contains("""
                        ================================================
                        MLPerf Results Summary
                        ================================================
                        SUT name : a system
                        Scenario : SingleStream
                        Mode     : PerformanceOnly
                        90th percentile latency (ns) : 922000
                        Result is : VALID
                          Min duration satisfied : Yes
                          Min queries satisfied : Yes
                          Early stopping satisfied: Yes
                        Early Stopping Result:
                         * Processed at least 64 queries (1024).
                         * Would discard 79 highest latency queries.
                         * Early stopping 90th percentile estimate: 945000
                         * Early stopping 99th percentile estimate: 1022000

                        ================================================
                        Additional Stats
                        ================================================
                        QPS w/ loadgen overhead         : 1.71
                        QPS w/o loadgen overhead        : 1951.22
                        """)
                .contains("""
                        50.00 percentile latency (ns)   : 513000
                        90.00 percentile latency (ns)   : 922000
                        95.00 percentile latency (ns)   : 973000
                        97.00 percentile latency (ns)   : 994000
                        99.00 percentile latency (ns)   : 1014000
                        99.90 percentile latency (ns)   : 1023000
                        """)
                .contains("schedule_rng_seed : 16159082839903944936\n");
    }

    @Test
    void aServerThatIsOftenLate() {
        long[] latencies = LongStream.range(0, 700)
                .map(i -> i < 3 ? 16_000_000 : 1_000_000)
                .toArray();
        assertThat(text(Scenario.SERVER, new LoadTimes(latencies, 0, 600_000_000_000L, 600_001_000_000L), null))
                .contains("""
                        Scheduled samples per second : 1.17
                        Result is : INVALID
                          Performance constraints satisfied : Yes
                          Min duration satisfied : Yes
                          Min queries satisfied : Yes
                          Early stopping satisfied: NO
                        """, """
                         * Run unsuccessful.
                         * Processed 700 queries.
                         * Would need to run at least 301 more queries,
                        """);
    }

    @Test
    void tooFewQueriesAndAPart() {
        var times = new LoadTimes(new long[] {5, 6, 7}, 10, 0, 17);
        assertThat(text(Scenario.MULTI_STREAM, times, "interrupted"))
                .contains(
                        "# A part of a run only: interrupted.",
                        "Result is : INVALID",
                        " * Only processed 3 queries.\n * Need to process at least 662 queries for early stopping.\n");
        assertThat(text(Scenario.OFFLINE, new LoadTimes(new long[] {1_000_000_000}, 0, 0, 1_000_000_000), null))
                .contains("Samples per second: 1.0000", "Min duration satisfied : NO")
                .doesNotContain("Early Stopping Result");
    }
}
