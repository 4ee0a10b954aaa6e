package dev.skerry.assess;

import dev.skerry.measure.EarlyStopping;
import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a benchmark is to do on each runtime.
 *
 * @param official whether times and numbers of queries are those of MLPerf; else as many queries as there is time for
 * @param seconds the least time of a scenario
 * @param minQueries the least number of queries; empty for the scenario's own
 * @param targetQps of Server and Offline; empty to find it out
 * @param latencyBound of Server
 * @param loaded how many samples are loaded together, at the most
 * @param objectives limits on latencies
 */
public record BenchPlan(
        List<Scenario> scenarios,
        boolean official,
        Duration seconds,
        OptionalLong minQueries,
        OptionalDouble targetQps,
        Duration latencyBound,
        int threads,
        int instances,
        int batch,
        int loaded,
        LoadSeeds seeds,
        List<LatencyObjective> objectives) {
    /** As many as MLPerf loads of ImageNet's pictures. */
    public static final int LOADED = 1024;

    /** Fewer would keep any bound by luck. */
    private static final int TRIED_QUERIES = 50;

    public BenchPlan {
        scenarios = List.copyOf(scenarios);
        objectives = List.copyOf(objectives);
        if (scenarios.isEmpty() || threads < 1 || instances < 1 || batch < 1 || loaded < 1 || !seconds.isPositive()) {
            throw new IllegalArgumentException("no plan");
        }
    }

    BenchPlan withLoaded(int loaded) {
        return new BenchPlan(
                scenarios,
                official,
                seconds,
                minQueries,
                targetQps,
                latencyBound,
                threads,
                instances,
                batch,
                loaded,
                seeds,
                objectives);
    }

    /**
     * The settings of a scenario.
     *
     * @param qps that the Server scenario issues, or Offline expects
     */
    LoadSettings settings(Scenario scenario, double qps, int samples) {
        return settings(scenario, qps, samples, seconds);
    }

    LoadSettings settings(Scenario scenario, double qps, int samples, Duration time) {
        long own = scenario == Scenario.OFFLINE ? Math.min(scenario.minQueries(), samples) : scenario.minQueries();
        return LoadSettings.of(
                scenario,
                time,
                minQueries.orElse(official ? own : 1),
                qps,
                latencyBound.toNanos(),
                samples,
                Math.min(samples, loaded),
                seeds);
    }

    /** A rate of the Server scenario tried for a moment, while the highest is looked for. */
    LoadSettings trial(double qps, int samples) {
        long least = official ? 60_000 : Math.min(1000, seconds.toMillis());
        Duration time = Duration.ofMillis(Math.max(least, seconds.toMillis() / 10));
        LoadSettings whole = settings(Scenario.SERVER, qps, samples, time);
        return new LoadSettings(
                Scenario.SERVER,
                false,
                whole.percentile(),
                1,
                qps,
                whole.latencyBoundNanos(),
                whole.minDurationNanos(),
                official ? EarlyStopping.leastQueries(1, whole.percentile()) : TRIED_QUERIES,
                samples,
                whole.performanceSamples(),
                seeds);
    }

    /** How long each runtime is warmed up, and its speed estimated. */
    Duration warmUp() {
        return Duration.ofMillis(Math.clamp(seconds.toMillis() / 10, 200, 5000));
    }
}
