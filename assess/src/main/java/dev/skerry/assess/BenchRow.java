package dev.skerry.assess;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One scenario on one runtime: what came of it, or why it couldn't be measured. */
public sealed interface BenchRow {
    Subject subject();

    Scenario scenario();

    /**
     * What ran.
     *
     * @param version of the runtime; null where it isn't here
     * @param provider its execution provider; null where it has none or is missing
     * @param batch samples in one inference
     */
    record Subject(
            String model,
            String modelDigest,
            String runtime,
            @Nullable String version,
            @Nullable String provider,
            String precision,
            int threads,
            int instances,
            int batch) {
        /** As LoadGen calls the system under test. */
        public String describe() {
            return model + " on " + runtime + (version == null ? "" : " " + version)
                    + (provider == null ? "" : " (" + provider + ")") + ", " + threads
                    + (threads == 1 ? " thread" : " threads")
                    + (instances == 1 ? "" : ", " + instances + " instances")
                    + (batch == 1 ? "" : ", batches of " + batch);
        }
    }

    /**
     * It was measured.
     *
     * @param parts where the time of answers went
     * @param probes rates that were tried to find that of a Server run; 0 where it was given
     */
    record Measured(
            Subject subject,
            LoadRun run,
            LoadVerdict verdict,
            List<BoundPart> parts,
            Optional<MemoryUse> memory,
            EnergyUse energy,
            List<LatencyObjective.Outcome> objectives,
            int probes)
            implements BenchRow {
        public Measured {
            parts = List.copyOf(parts);
            objectives = List.copyOf(objectives);
        }

        @Override
        public Scenario scenario() {
            return run.settings().scenario();
        }

        /** Of queries; Offline of samples. */
        public LatencySummary latency() {
            return histogram().summary();
        }

        /** The same as bars. */
        public LatencyHistogram histogram() {
            var histogram = new LatencyHistogram();
            for (long nanos : run.times().latencies()) {
                histogram.record(Math.max(0, nanos));
            }
            return histogram;
        }
    }

    /** It couldn't be measured. */
    record Failed(Subject subject, Scenario scenario, Problem problem) implements BenchRow {}

    /** A part of the time between arrival and answer. */
    record BoundPart(String name, LatencySummary latency) {}

    /** A row of {@code skerry.bench/1}; what wasn't measured is null. */
    default ObjectNode toJson() {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        Subject subject = subject();
        row.put("runtime", subject.runtime);
        row.put("version", subject.version);
        row.put("provider", subject.provider);
        row.put("precision", subject.precision);
        row.put("threads", subject.threads);
        row.put("instances", subject.instances);
        row.put("batch", subject.batch);
        row.put("scenario", scenario().label());
        switch (this) {
            case Failed failed -> failed(row, failed);
            case Measured measured -> measured(row, measured);
        }
        return row;
    }

    private static void failed(ObjectNode row, Failed failed) {
        row.put("status", "failed").put("reason", failed.problem.toString());
        for (String absent : List.of(
                "p50Micros",
                "p90Micros",
                "p99Micros",
                "p999Micros",
                "maxMicros",
                "meanMicros",
                "samples",
                "queries",
                "valid",
                "official",
                "partial",
                "figure",
                "unit",
                "verdict",
                "settings",
                "parts",
                "memory",
                "energy",
                "objectives")) {
            row.putNull(absent);
        }
    }

    private static void measured(ObjectNode row, Measured measured) {
        LoadVerdict verdict = measured.verdict;
        LoadSettings settings = measured.run.settings();
        LatencySummary latency = measured.latency();
        row.put("status", "ok");
        row.put("reason", measured.run.partial());
        row.put("p50Micros", latency.p50Nanos() / 1e3);
        row.put("p90Micros", latency.p90Nanos() / 1e3);
        row.put("p99Micros", latency.p99Nanos() / 1e3);
        row.put("p999Micros", latency.p999Nanos() / 1e3);
        row.put("maxMicros", latency.maxNanos() / 1e3);
        row.put("meanMicros", latency.meanNanos() / 1e3);
        row.put("samples", verdict.samples());
        row.put("queries", verdict.queries());
        row.put("valid", verdict.valid() && measured.run.partial() == null);
        row.put("official", settings.departures().isEmpty());
        row.put("partial", measured.run.partial() != null);
        row.put("figure", verdict.unit() == LoadVerdict.Unit.LATENCY ? verdict.figure() / 1e3 : verdict.figure());
        row.put("unit", verdict.unit() == LoadVerdict.Unit.LATENCY ? "micros" : "samples/s");
        row.set("verdict", ResultFile.verdict(verdict));
        row.set("settings", ResultFile.settings(settings));
        var parts = row.putArray("parts");
        for (BoundPart part : measured.parts) {
            parts.addObject()
                    .put("part", part.name)
                    .put("p50Micros", part.latency.p50Nanos() / 1e3)
                    .put("p99Micros", part.latency.p99Nanos() / 1e3)
                    .put("maxMicros", part.latency.maxNanos() / 1e3)
                    .put("meanMicros", part.latency.meanNanos() / 1e3);
        }
        measured.memory.ifPresentOrElse(use -> row.set("memory", use.toJson()), () -> row.putNull("memory"));
        row.set("energy", measured.energy.toJson());
        var objectives = row.putArray("objectives");
        measured.objectives.forEach(outcome -> objectives.add(outcome.toJson()));
    }
}
