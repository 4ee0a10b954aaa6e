package dev.skerry.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run of load has to do.
 *
 * @param accuracy each sample once, to judge the answers, instead of for the time
 * @param percentile of the latency that counts, as a fraction
 * @param samplesPerQuery Offline the size of the one query
 * @param targetQps queries a second: of the Server scenario as they arrive, Offline as they are expected; 0 elsewhere
 * @param latencyBoundNanos of the Server scenario; 0 elsewhere
 * @param minQueries least number of queries; Offline 1
 * @param totalSamples how many samples there are
 * @param performanceSamples how many of them are loaded together
 */
public record LoadSettings(
        Scenario scenario,
        boolean accuracy,
        double percentile,
        int samplesPerQuery,
        double targetQps,
        long latencyBoundNanos,
        long minDurationNanos,
        long minQueries,
        int totalSamples,
        int performanceSamples,
        LoadSeeds seeds) {
    /** The least time of an official run. */
    public static final Duration OFFICIAL_DURATION = Duration.ofMinutes(10);

    /** So that an Offline query certainly takes longer than the least time. */
    private static final double SLACK = 1.1;

    public LoadSettings {
        if (percentile <= 0
                || percentile >= 1
                || samplesPerQuery < 1
                || minQueries < 0
                || minDurationNanos < 0
                || totalSamples < 1
                || performanceSamples < 1
                || !Double.isFinite(targetQps)
                || targetQps < 0
                || latencyBoundNanos < 0
                || scenario == Scenario.SERVER && targetQps == 0) {
            throw new IllegalArgumentException("no settings of a run: " + scenario + ", percentile " + percentile + ", "
                    + samplesPerQuery + " samples a query, " + targetQps + " queries/s, " + minQueries + " queries, "
                    + minDurationNanos + " ns, " + performanceSamples + " of " + totalSamples + " samples");
        }
        performanceSamples = Math.min(performanceSamples, totalSamples);
    }

    /**
     * As the rules have it, for whatever time and number of queries.
     *
     * @param targetQps see above; needed for Server and Offline
     * @param minQueries least number of queries; Offline, of samples
     */
    public static LoadSettings of(
            Scenario scenario,
            Duration minDuration,
            long minQueries,
            double targetQps,
            long latencyBoundNanos,
            int totalSamples,
            int performanceSamples,
            LoadSeeds seeds) {
        boolean offline = scenario == Scenario.OFFLINE;
        int samples = offline ? offlineSamples(minDuration, minQueries, targetQps) : scenario.samplesPerQuery();
        return new LoadSettings(
                scenario,
                false,
                scenario.percentile(),
                samples,
                offline || scenario == Scenario.SERVER ? targetQps : 0,
                scenario == Scenario.SERVER ? latencyBoundNanos : 0,
                minDuration.toNanos(),
                offline ? 1 : minQueries,
                totalSamples,
                performanceSamples,
                seeds);
    }

    /** Enough samples for the time, and no fewer than asked for. */
    private static int offlineSamples(Duration minDuration, long minQueries, double expectedQps) {
        double needed = SLACK * (minDuration.toNanos() / 1e9) * expectedQps;
        return (int) Math.clamp(Math.max((double) minQueries, Math.floor(needed)), 1, Integer.MAX_VALUE - 16);
    }

    public LoadSettings withAccuracy() {
        return new LoadSettings(
                scenario,
                true,
                percentile,
                samplesPerQuery,
                targetQps,
                latencyBoundNanos,
                minDurationNanos,
                minQueries,
                totalSamples,
                performanceSamples,
                seeds);
    }

    public LoadSettings withPercentile(double percentile) {
        return new LoadSettings(
                scenario,
                accuracy,
                percentile,
                samplesPerQuery,
                targetQps,
                latencyBoundNanos,
                minDurationNanos,
                minQueries,
                totalSamples,
                performanceSamples,
                seeds);
    }

    /** Where they ask for less than MLPerf's rules, a phrase each; none where a run of them may be compared with others. */
    public List<String> departures() {
        var departures = new ArrayList<String>();
        if (minDurationNanos < OFFICIAL_DURATION.toNanos()) {
            departures.add("a least time of " + plain(minDurationNanos / 1e9) + " s instead of "
                    + OFFICIAL_DURATION.toSeconds());
        }
        if (scenario == Scenario.OFFLINE) {
            long least = Math.min(scenario.minQueries(), totalSamples);
            if (samplesPerQuery < least) {
                departures.add("a least number of " + samplesPerQuery + " samples instead of " + least);
            }
        } else if (minQueries < scenario.minQueries()) {
            departures.add("a least number of " + minQueries + " queries instead of " + scenario.minQueries());
        }
        if (percentile < scenario.percentile()) {
            departures.add(
                    "the percentile " + plain(percentile * 100) + " instead of " + plain(scenario.percentile() * 100));
        }
        if (scenario != Scenario.OFFLINE && samplesPerQuery != scenario.samplesPerQuery()) {
            departures.add(samplesPerQuery + " samples a query instead of " + scenario.samplesPerQuery());
        }
        if (!seeds.equals(LoadSeeds.OFFICIAL)) {
            departures.add("seeds of its own");
        }
        return departures;
    }

    private static String plain(double value) {
        double rounded = Math.round(value * 1000) / 1000.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }
}
