package dev.skerry.cli;

import dev.skerry.assess.BenchPlan;
import dev.skerry.assess.LatencyObjective;
import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import dev.skerry.project.Units;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a benchmark is run. */
final class BenchOptions {
    private static final String ALL = "all";
    private static final Duration QUICK = Duration.ofSeconds(10);
    /** LoadGen's, where a benchmark has none of its own. */
    private static final Duration BOUND = Duration.ofMillis(10);

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            split = ",",
            description = "single-stream, multi-stream, server, offline, or all; single-stream where it isn't given.")
    List<String> scenarios = List.of(Scenario.SINGLE_STREAM.word());

    @Option(
            names = "--official",
            description = "MLPerf's times and numbers of queries: ten minutes a scenario and runtime.")
    boolean official;

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description = "How long each scenario takes at the least; 10 where it isn't given.")
    @Nullable
    Double seconds;

    @Option(
            names = "--min-queries",
            paramLabel = "N",
            description = "Queries at the least; Offline, samples. MLPerf's with --official, else 1.")
    @Nullable
    Long minQueries;

    @Option(
            names = "--target-qps",
            paramLabel = "RATE",
            description =
                    "Queries a second that arrive in server, or are expected at the least in offline; else found out.")
    @Nullable
    Double targetQps;

    @Option(
            names = "--latency-bound",
            paramLabel = "TIME",
            description = "What server's 99th percentile has to keep, as in 15ms; the project's, else 10ms.")
    @Nullable
    String latencyBound;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of an inference; 1 where it isn't given.")
    @Nullable
    Integer threads;

    @Option(
            names = "--instances",
            paramLabel = "N",
            description = "Sessions that answer at the same time in server and offline; 1 where it isn't given.")
    int instances = 1;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Samples in one inference in multi-stream and offline; 1 where it isn't given.")
    int batch = 1;

    @Option(
            names = "--loaded",
            paramLabel = "N",
            description = "Samples that queries are drawn from, at the most; 1024 where it isn't given.")
    int loaded = BenchPlan.LOADED;

    @Option(
            names = "--seeds",
            paramLabel = "A,B,C",
            description =
                    "For the samples loaded, their order, and arrivals; those of MLPerf v6.1 where it isn't given.")
    @Nullable
    String seeds;

    @Option(
            names = "--slo",
            paramLabel = "LIMIT",
            description = "A limit such as 'p99.9<50ms' or 'max<20ms'; exit code 3 where a run doesn't show it.")
    List<String> objectives = List.of();

    /**
     * The plan.
     *
     * @param promised the target's latency bound
     * @param chosenThreads those of a bundle; 0 for none
     */
    BenchPlan plan(Optional<Duration> promised, int chosenThreads) {
        List<Scenario> chosen = scenarios();
        Words.requireThreads(threads == null ? 1 : threads);
        requirePositive("--instances", instances);
        requirePositive("--batch", batch);
        requirePositive("--loaded", loaded);
        if (official && seconds != null && seconds < LoadSettings.OFFICIAL_DURATION.toSeconds()) {
            throw Problem.usage("usage", "--official takes " + LoadSettings.OFFICIAL_DURATION.toSeconds() + " s")
                    .at("--seconds " + seconds)
                    .attempt("one of the two")
                    .toException();
        }
        Duration bound = latencyBound == null ? promised.orElse(BOUND) : bound(latencyBound);
        return new BenchPlan(
                chosen,
                official,
                seconds == null ? (official ? LoadSettings.OFFICIAL_DURATION : QUICK) : time(seconds),
                minQueries == null ? OptionalLong.empty() : OptionalLong.of(atLeastOne("--min-queries", minQueries)),
                targetQps == null ? OptionalDouble.empty() : OptionalDouble.of(rate(targetQps)),
                bound,
                threads == null ? Math.max(1, chosenThreads) : threads,
                instances,
                batch,
                loaded,
                seeds == null ? LoadSeeds.OFFICIAL : seeds(seeds),
                objectives.stream().map(LatencyObjective::parse).toList());
    }

    /** Before anything is opened: whether what was typed can be. */
    List<Scenario> scenarios() {
        var chosen = new ArrayList<Scenario>();
        List<String> words = Stream.concat(Arrays.stream(Scenario.values()).map(Scenario::word), Stream.of(ALL))
                .toList();
        for (String word : scenarios) {
            Optional<Scenario> scenario = Scenario.of(word);
            if (word.equals(ALL)) {
                return List.of(Scenario.values());
            }
            if (scenario.isEmpty()) {
                Words.requireOneOf("--scenario", word, words);
            }
            scenario.filter(each -> !chosen.contains(each)).ifPresent(chosen::add);
        }
        boolean alone = chosen.stream()
                .allMatch(scenario -> scenario == Scenario.SINGLE_STREAM || scenario == Scenario.MULTI_STREAM);
        if (alone && instances > 1) {
            throw Problem.usage("usage", "--instances is for server and offline")
                    .because("in single-stream and multi-stream one query comes after the other")
                    .attempt("--scenario server,offline")
                    .toException();
        }
        return chosen;
    }

    private static Duration time(double seconds) {
        if (!(seconds > 0) || seconds > 7 * 86_400) {
            throw Problem.usage("usage", "--seconds: " + seconds + " is no time")
                    .attempt("--seconds 10")
                    .toException();
        }
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    private static double rate(double qps) {
        if (!(qps > 0) || qps > 1e9) {
            throw Problem.usage("usage", "--target-qps: " + qps + " is no rate")
                    .attempt("--target-qps 100")
                    .toException();
        }
        return qps;
    }

    private static Duration bound(String text) {
        OptionalDouble nanos = Units.nanos(text);
        if (nanos.isEmpty() || nanos.getAsDouble() < 1) {
            throw Problem.usage("usage", "--latency-bound: '" + text + "' is no time")
                    .attempt("--latency-bound 15ms")
                    .toException();
        }
        return Duration.ofNanos(Math.round(nanos.getAsDouble()));
    }

    private static long atLeastOne(String option, long value) {
        if (value < 1) {
            throw Problem.usage("usage", option + ": " + value + " is no number of queries")
                    .attempt(option + " 100")
                    .toException();
        }
        return value;
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw Problem.usage("usage", option + ": " + value + " is less than 1")
                    .attempt(option + " 1")
                    .toException();
        }
    }

    private static LoadSeeds seeds(String text) {
        String[] parts = text.split(",", -1);
        try {
            if (parts.length == 3) {
                return new LoadSeeds(
                        Long.parseUnsignedLong(parts[0].strip()),
                        Long.parseUnsignedLong(parts[1].strip()),
                        Long.parseUnsignedLong(parts[2].strip()));
            }
        } catch (NumberFormatException notNumbers) {
            // said below
        }
        throw Problem.usage("usage", "--seeds: '" + text + "' is no three whole numbers from 0 to 2⁶⁴−1")
                .attempt("--seeds 1,2,3")
                .toException();
    }
}
