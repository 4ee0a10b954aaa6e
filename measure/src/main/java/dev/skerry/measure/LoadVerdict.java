package dev.skerry.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What a run of load comes to by LoadGen's rules: its figure, and whether it is valid.
 *
 * @param queries how many were issued; Offline one
 * @param samples how many were answered
 * @param figure nanoseconds of {@link Unit#LATENCY}, else samples a second
 * @param performanceMet whether the percentile keeps the bound; true where there is none
 * @param overLatency how many are over the bound
 * @param discarded how many of the longest latencies the estimate leaves out
 * @param estimateNanos of the percentile that counts, by early stopping; empty where there were too few queries, or none is needed
 * @param estimate99Nanos of SingleStream the same at the 99th percentile, from which a MultiStream result may be inferred
 * @param neededQueries for early stopping; 0 where none is needed
 * @param reasons why it isn't valid, a sentence each
 */
public record LoadVerdict(
        long queries,
        long samples,
        Unit unit,
        double figure,
        boolean performanceMet,
        boolean durationMet,
        boolean queriesMet,
        boolean earlyStoppingMet,
        long overLatency,
        long discarded,
        OptionalLong estimateNanos,
        OptionalLong estimate99Nanos,
        long neededQueries,
        long minNanos,
        long maxNanos,
        long meanNanos,
        long percentileNanos,
        List<Long> percentilesNanos,
        List<String> reasons) {
    /** The percentiles that LoadGen prints, as fractions. */
    public static final List<Double> PERCENTILES = List.of(0.50, 0.90, 0.95, 0.97, 0.99, 0.999);

    private static final double MULTI_STREAM_PERCENTILE = 0.99;

    /** What a scenario's figure is. */
    public enum Unit {
        LATENCY,
        SAMPLES_PER_SECOND
    }

    public LoadVerdict {
        percentilesNanos = List.copyOf(percentilesNanos);
        reasons = List.copyOf(reasons);
    }

    public boolean valid() {
        return performanceMet && durationMet && queriesMet && earlyStoppingMet;
    }

    /** @throws IllegalArgumentException where there is no latency, or a negative one */
    public static LoadVerdict of(LoadSettings settings, LoadTimes times) {
        long[] sorted = times.latencies().clone();
        Arrays.sort(sorted);
        if (sorted.length == 0 || sorted[0] < 0) {
            throw new IllegalArgumentException(
                    sorted.length == 0 ? "a run without a query" : "a latency of " + sorted[0] + " ns");
        }
        Scenario scenario = settings.scenario();
        long queries = scenario == Scenario.OFFLINE ? 1 : sorted.length;
        long samples = scenario == Scenario.MULTI_STREAM ? queries * settings.samplesPerQuery() : sorted.length;
        double share = settings.percentile();
        long percentile = percentile(sorted, share);
        var reasons = new ArrayList<String>();

        long lasted = switch (scenario) {
            case SINGLE_STREAM, MULTI_STREAM -> times.lastIssuedNanos();
            case SERVER -> times.lastScheduledNanos();
            case OFFLINE -> sorted[sorted.length - 1];
        };
        boolean durationMet = lasted >= settings.minDurationNanos();
        if (!durationMet) {
            reasons.add("it lasted " + seconds(lasted) + " s of at least " + seconds(settings.minDurationNanos()));
        }
        boolean queriesMet = queries >= settings.minQueries()
                && (scenario != Scenario.OFFLINE || samples >= settings.samplesPerQuery());
        if (!queriesMet) {
            reasons.add(
                    scenario == Scenario.OFFLINE
                            ? samples + " of " + settings.samplesPerQuery() + " samples"
                            : queries + " queries of at least " + settings.minQueries());
        }
        long over = 0;
        boolean performanceMet = true;
        if (scenario == Scenario.SERVER) {
            long bound = settings.latencyBoundNanos();
            over = Arrays.stream(sorted).filter(nanos -> nanos > bound).count();
            performanceMet = percentile <= bound;
            if (!performanceMet) {
                reasons.add("the latency at p%s is %s, over the bound of %s"
                        .formatted(percent(share), TimeText.micros(percentile / 1e3), TimeText.micros(bound / 1e3)));
            }
        }
        var stopped = stop(settings, sorted, over, share);
        if (!stopped.met) {
            reasons.add(
                    scenario == Scenario.SERVER
                            ? "with %,d queries over the bound early stopping needs %,d, and there were %,d"
                                    .formatted(over, stopped.needed, queries)
                            : "early stopping needs %,d queries for p%s, and there were %,d"
                                    .formatted(stopped.needed, percent(share), queries));
        }
        Unit unit = switch (scenario) {
            case SINGLE_STREAM, MULTI_STREAM -> Unit.LATENCY;
            case SERVER, OFFLINE -> Unit.SAMPLES_PER_SECOND;
        };
        double figure = switch (scenario) {
            case SINGLE_STREAM, MULTI_STREAM -> stopped.estimate.orElse(percentile);
            // the last query opens an interval that isn't over
            case SERVER -> times.lastScheduledNanos() > 0 ? (samples - 1) / (times.lastScheduledNanos() / 1e9) : 0;
            case OFFLINE -> samples / (Math.max(1, sorted[sorted.length - 1]) / 1e9);
        };
        return new LoadVerdict(
                queries,
                samples,
                unit,
                figure,
                performanceMet,
                durationMet,
                queriesMet,
                stopped.met,
                over,
                stopped.discarded,
                stopped.estimate,
                scenario == Scenario.SINGLE_STREAM ? estimate(sorted, MULTI_STREAM_PERCENTILE) : OptionalLong.empty(),
                stopped.needed,
                sorted[0],
                sorted[sorted.length - 1],
                mean(sorted),
                percentile,
                PERCENTILES.stream().map(each -> percentile(sorted, each)).toList(),
                reasons);
    }

    private record Stopped(boolean met, long needed, long discarded, OptionalLong estimate) {}

    private static Stopped stop(LoadSettings settings, long[] sorted, long over, double share) {
        return switch (settings.scenario()) {
            case SINGLE_STREAM, MULTI_STREAM -> {
                long needed = EarlyStopping.leastQueries(1, share);
                OptionalLong estimate = estimate(sorted, share);
                yield new Stopped(
                        estimate.isPresent(),
                        needed,
                        estimate.isPresent() ? EarlyStopping.mostOver(sorted.length, share) - 1 : 0,
                        estimate);
            }
            case SERVER -> {
                long needed = EarlyStopping.leastQueries(over, share);
                yield new Stopped(sorted.length >= needed, needed, 0, OptionalLong.empty());
            }
            case OFFLINE -> new Stopped(true, 0, 0, OptionalLong.empty());
        };
    }

    private static OptionalLong estimate(long[] sorted, double share) {
        long over = EarlyStopping.mostOver(sorted.length, share);
        return over < 1 ? OptionalLong.empty() : OptionalLong.of(sorted[(int) (sorted.length - over)]);
    }

    /** As LoadGen takes it: the element at the whole part of their number times the share. */
    private static long percentile(long[] sorted, double share) {
        return sorted[(int) (sorted.length * share)];
    }

    private static long mean(long[] sorted) {
        long sum = 0;
        double rough = 0;
        for (long nanos : sorted) {
            sum += nanos;
            rough += nanos;
        }
        return rough < Long.MAX_VALUE ? sum / sorted.length : (long) (rough / sorted.length);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, nanos % 1_000_000_000 == 0 ? "%.0f" : "%.2f", nanos / 1e9);
    }

    /** {@code 99}, {@code 99.9}. */
    public static String percent(double share) {
        double percent = Math.round(share * 1e5) / 1e3;
        return percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent);
    }
}
