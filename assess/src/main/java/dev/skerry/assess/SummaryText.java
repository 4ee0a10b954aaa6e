package dev.skerry.assess;

import dev.skerry.measure.EarlyStopping;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A run in the words and the order of LoadGen's {@code mlperf_log_summary.txt}, for the scripts that read them. A first line says that
 * LoadGen didn't write it.
 */
public final class SummaryText {
    private static final String RULE = "================================================";

    private SummaryText() {}

    /**
     * The text for one run.
     *
     * @param name of the system under test
     * @param partial why the run ended early; null where it didn't
     */
    public static String of(String name, LoadSettings settings, LoadTimes times, @Nullable String partial) {
        LoadVerdict verdict = LoadVerdict.of(settings, times);
        Scenario scenario = settings.scenario();
        var text = new StringBuilder();
        line(text, "# By Skerry's own load generator after LoadGen 6.0's rules; not a submission to MLPerf.");
        for (String departure : settings.departures()) {
            line(text, "# Not as the rules have it: " + departure + ".");
        }
        if (partial != null) {
            line(text, "# A part of a run only: " + partial + ".");
        }
        title(text, "MLPerf Results Summary");
        line(text, "SUT name : " + name);
        line(text, "Scenario : " + scenario.label());
        line(text, "Mode     : " + (settings.accuracy() ? "AccuracyOnly" : "PerformanceOnly"));
        String share = rounded(settings.percentile() * 100, 0);
        switch (scenario) {
            case SINGLE_STREAM, MULTI_STREAM ->
                line(text, share + "th percentile latency (ns) : " + verdict.percentileNanos());
            case SERVER -> line(text, "Scheduled samples per second : " + rounded(verdict.figure(), 2));
            case OFFLINE -> line(text, "Samples per second: " + rounded(verdict.figure(), 4));
        }
        boolean valid = verdict.valid() && partial == null;
        line(text, "Result is : " + (valid ? "VALID" : "INVALID"));
        if (scenario == Scenario.SERVER) {
            line(text, "  Performance constraints satisfied : " + yes(verdict.performanceMet()));
        }
        line(text, "  Min duration satisfied : " + yes(verdict.durationMet()));
        line(text, "  Min queries satisfied : " + yes(verdict.queriesMet()));
        line(text, "  Early stopping satisfied: " + yes(verdict.earlyStoppingMet()));
        if (!valid) {
            line(text, "Recommendations:");
            verdict.reasons().forEach(reason -> line(text, " * " + reason));
        }
        if (scenario != Scenario.OFFLINE) {
            line(text, "Early Stopping Result:");
            stopping(text, settings, verdict, share);
        }
        title(text, "Additional Stats");
        stats(text, settings, times, verdict);
        title(text, "Test Parameters Used");
        line(text, "samples_per_query : " + settings.samplesPerQuery());
        line(text, "target_qps : " + settings.targetQps());
        line(text, "target_latency (ns): " + settings.latencyBoundNanos());
        line(text, "max_async_queries : " + (scenario == Scenario.SERVER ? 0 : 1));
        line(text, "min_duration (ms): " + settings.minDurationNanos() / 1_000_000);
        line(text, "max_duration (ms): 0");
        line(text, "min_query_count : " + settings.minQueries());
        line(text, "max_query_count : 0");
        line(text, "qsl_rng_seed : " + Long.toUnsignedString(settings.seeds().library()));
        line(
                text,
                "sample_index_rng_seed : "
                        + Long.toUnsignedString(settings.seeds().sampleIndex()));
        line(
                text,
                "schedule_rng_seed : " + Long.toUnsignedString(settings.seeds().schedule()));
        line(text, "performance_sample_count : " + settings.performanceSamples());
        return text.toString();
    }

    private static void stopping(StringBuilder text, LoadSettings settings, LoadVerdict verdict, String share) {
        if (settings.scenario() == Scenario.SERVER) {
            if (verdict.earlyStoppingMet()) {
                line(text, " * Run successful.");
            } else {
                line(text, " * Run unsuccessful.");
                line(text, " * Processed " + verdict.queries() + " queries.");
                line(
                        text,
                        " * Would need to run at least " + (verdict.neededQueries() - verdict.queries())
                                + " more queries,");
                line(text, " with the run being successful if every additional");
                line(text, " query were under latency.");
            }
            return;
        }
        if (verdict.estimateNanos().isEmpty()) {
            line(text, " * Only processed " + verdict.queries() + " queries.");
            line(text, " * Need to process at least " + verdict.neededQueries() + " queries for early stopping.");
            return;
        }
        line(text, " * Processed at least " + verdict.neededQueries() + " queries (" + verdict.queries() + ").");
        line(text, " * Would discard " + verdict.discarded() + " highest latency queries.");
        line(
                text,
                " * Early stopping " + share + "th percentile estimate: "
                        + verdict.estimateNanos().getAsLong());
        if (settings.scenario() == Scenario.SINGLE_STREAM) {
            if (verdict.estimate99Nanos().isPresent()) {
                line(
                        text,
                        " * Early stopping 99th percentile estimate: "
                                + verdict.estimate99Nanos().getAsLong());
            } else {
                line(text, " * Not enough queries processed for 99th percentile");
                line(text, " early stopping estimate (would need to process at");
                line(text, " least " + EarlyStopping.leastQueries(1, 0.99) + " total queries).");
            }
        }
    }

    private static void stats(StringBuilder text, LoadSettings settings, LoadTimes times, LoadVerdict verdict) {
        switch (settings.scenario()) {
            case SINGLE_STREAM -> {
                double issued = times.lastIssuedNanos() / 1e9;
                line(
                        text,
                        "QPS w/ loadgen overhead         : "
                                + rounded(issued > 0 ? (verdict.samples() - 1) / issued : 0, 2));
                line(
                        text,
                        "QPS w/o loadgen overhead        : "
                                + rounded(verdict.meanNanos() > 0 ? 1e9 / verdict.meanNanos() : 0, 2));
                line(text, "");
            }
            case SERVER -> {
                double done = times.doneNanos() / 1e9;
                line(
                        text,
                        "Completed samples per second    : "
                                + rounded(done > 0 ? (verdict.samples() - 1) / done : 0, 2));
                line(text, "");
            }
            case MULTI_STREAM -> line(text, "Per-query latency:  ");
            case OFFLINE -> {}
        }
        line(text, "Min latency (ns)                : " + verdict.minNanos());
        line(text, "Max latency (ns)                : " + verdict.maxNanos());
        line(text, "Mean latency (ns)               : " + verdict.meanNanos());
        for (int i = 0; i < LoadVerdict.PERCENTILES.size(); i++) {
            line(
                    text,
                    rounded(LoadVerdict.PERCENTILES.get(i) * 100, 2) + " percentile latency (ns)   : "
                            + verdict.percentilesNanos().get(i));
        }
    }

    private static void title(StringBuilder text, String title) {
        if (title.startsWith("MLPerf")) {
            line(text, RULE);
        } else {
            text.append('\n').append(RULE).append('\n');
        }
        line(text, title);
        line(text, RULE);
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }

    private static String yes(boolean met) {
        return met ? "Yes" : "NO";
    }

    private static String rounded(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
