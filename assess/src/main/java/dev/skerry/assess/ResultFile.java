package dev.skerry.assess;

import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs with everything that their figures follow from: settings and seeds, each latency, when the last query came and was answered. The
 * digest at the end finds damage; who changes a file on purpose can make a new one, and is met by {@link ResultCheck}.
 */
public final class ResultFile {
    static final String SCHEMA = "skerry.bench-result/1";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MOST_SAMPLES = 1 << 25;
    private static final long MOST_QUERIES = 1L << 30;
    private static final int MOST_SAMPLES_A_QUERY = 1 << 16;

    /** A run as it was read. */
    record Stored(
            String subject,
            LoadSettings settings,
            JsonNode departures,
            LoadTimes times,
            String issued,
            boolean partial,
            JsonNode verdict) {}

    private ResultFile() {}

    /**
     * The document of what was measured.
     *
     * @param tool who measured: {@code skerry 1.0}
     * @param device where
     */
    public static ObjectNode document(
            String tool, Device device, SampleLibrary samples, List<BenchRow.Measured> measured) {
        ObjectNode file = JsonNodeFactory.instance.objectNode();
        file.put("schema", SCHEMA).put("tool", tool);
        file.putObject("device")
                .put("cpu", device.cpu())
                .put("arch", device.arch())
                .put("cores", device.cores())
                .put("memoryBytes", device.memoryBytes())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        file.putObject("samples")
                .put("origin", samples.origin())
                .put("total", samples.total())
                .put("held", samples.size())
                .put("digest", samples.digest());
        var runs = file.putArray("runs");
        for (BenchRow.Measured row : measured) {
            LoadTimes times = row.run().times();
            ObjectNode run = runs.addObject();
            BenchRow.Subject subject = row.subject();
            run.putObject("subject")
                    .put("name", subject.describe())
                    .put("model", subject.model())
                    .put("modelDigest", subject.modelDigest())
                    .put("runtime", subject.runtime())
                    .put("version", subject.version())
                    .put("provider", subject.provider())
                    .put("precision", subject.precision())
                    .put("threads", subject.threads())
                    .put("instances", subject.instances())
                    .put("batch", subject.batch());
            run.set("settings", settings(row.run().settings()));
            run.put("partial", row.run().partial());
            run.set("verdict", verdict(row.verdict()));
            run.put("issued", row.run().issued());
            run.putObject("times")
                    .put("lastIssuedNanos", times.lastIssuedNanos())
                    .put("lastScheduledNanos", times.lastScheduledNanos())
                    .put("doneNanos", times.doneNanos())
                    .put("count", times.latencies().length);
            var pieces = run.putArray("latencies");
            LatencyCode.encode(times.latencies()).forEach(pieces::add);
        }
        return file.put("digest", digest(file));
    }

    /** SHA-256 of the document without its {@code digest}, as Jackson writes it without blanks. */
    static String digest(ObjectNode document) {
        ObjectNode rest = document.deepCopy();
        rest.remove("digest");
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256")
                                    .digest(JSON.writeValueAsString(rest).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** @throws dev.skerry.problem.ProblemException {@code bench.result} where it can't be read or is something else */
    static ObjectNode read(Path file) {
        try {
            if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode document
                    && document.path("schema").asString("").equals(SCHEMA)) {
                return document;
            }
            throw unreadable(file, "it is no document of " + SCHEMA);
        } catch (JacksonException broken) {
            throw unreadable(file, "it is no JSON: " + broken.getOriginalMessage());
        } catch (IOException gone) {
            throw unreadable(file, Files.exists(file) ? String.valueOf(gone.getMessage()) : "there is no such file");
        }
    }

    private static RuntimeException unreadable(Path file, String why) {
        return Problem.usage("bench.result", "this result can't be read")
                .at(file.toString())
                .because(why)
                .attempt("a file that skerry bench -o wrote")
                .toException();
    }

    /** @throws dev.skerry.problem.ProblemException {@code bench.result} where a field is missing or can't be */
    static Stored run(JsonNode run, String where) {
        JsonNode times = run.path("times");
        try {
            JsonNode given = run.path("settings");
            LoadSettings settings = new LoadSettings(
                    Scenario.of(given.path("scenario").asString("")).orElseThrow(),
                    given.path("accuracy").asBoolean(false),
                    real(given, "percentile"),
                    Math.toIntExact(whole(given, "samplesPerQuery")),
                    real(given, "targetQps"),
                    whole(given, "latencyBoundNanos"),
                    whole(given, "minDurationNanos"),
                    whole(given, "minQueries"),
                    Math.toIntExact(whole(given, "totalSamples")),
                    Math.toIntExact(whole(given, "performanceSamples")),
                    new LoadSeeds(
                            seed(given, "librarySeed"), seed(given, "sampleIndexSeed"), seed(given, "scheduleSeed")));
            requireSane(settings);
            var pieces = new ArrayList<String>();
            run.path("latencies").forEach(piece -> pieces.add(piece.asString("")));
            long[] latencies = LatencyCode.decode(pieces, where);
            if (latencies.length != whole(times, "count") || latencies.length == 0) {
                throw new IllegalArgumentException(latencies.length + " latencies of " + times.path("count"));
            }
            return new Stored(
                    run.path("subject").path("name").asString("?"),
                    settings,
                    given.path("departures"),
                    new LoadTimes(
                            latencies,
                            whole(times, "lastIssuedNanos"),
                            whole(times, "lastScheduledNanos"),
                            whole(times, "doneNanos")),
                    run.path("issued").asString(""),
                    !run.path("partial").isNull(),
                    run.path("verdict"));
        } catch (IllegalArgumentException | ArithmeticException | java.util.NoSuchElementException broken) {
            throw Problem.usage("bench.result", "a run of this result can't be read")
                    .at(where)
                    .because(broken.getMessage() == null ? "its scenario is none" : broken.getMessage())
                    .toException();
        }
    }

    /** So that a file's claims cost neither memory nor time: the order of its samples is made once more from them. */
    private static void requireSane(LoadSettings settings) {
        if (settings.totalSamples() > MOST_SAMPLES
                || settings.minQueries() > MOST_QUERIES
                || settings.scenario() != Scenario.OFFLINE && settings.samplesPerQuery() > MOST_SAMPLES_A_QUERY) {
            throw new IllegalArgumentException("more than any run has: " + settings.minQueries() + " queries of "
                    + settings.samplesPerQuery() + " out of " + settings.totalSamples() + " samples");
        }
    }

    private static long whole(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException(field + " is no whole number");
        }
        return value.longValue();
    }

    private static double real(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(field + " is no number");
        }
        return value.doubleValue();
    }

    /** As text: JSON's numbers end at 2⁵³ for many readers. */
    private static long seed(JsonNode object, String field) {
        return Long.parseUnsignedLong(object.path(field).asString(""));
    }

    static ObjectNode settings(LoadSettings settings) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("scenario", settings.scenario().label())
                .put("accuracy", settings.accuracy())
                .put("percentile", settings.percentile())
                .put("samplesPerQuery", settings.samplesPerQuery())
                .put("targetQps", settings.targetQps())
                .put("latencyBoundNanos", settings.latencyBoundNanos())
                .put("minDurationNanos", settings.minDurationNanos())
                .put("minQueries", settings.minQueries())
                .put("totalSamples", settings.totalSamples())
                .put("performanceSamples", settings.performanceSamples())
                .put("librarySeed", Long.toUnsignedString(settings.seeds().library()))
                .put("sampleIndexSeed", Long.toUnsignedString(settings.seeds().sampleIndex()))
                .put("scheduleSeed", Long.toUnsignedString(settings.seeds().schedule()));
        var departures = json.putArray("departures");
        settings.departures().forEach(departures::add);
        return json;
    }

    static ObjectNode verdict(LoadVerdict verdict) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("valid", verdict.valid())
                .put("queries", verdict.queries())
                .put("samples", verdict.samples())
                .put("figure", verdict.figure())
                .put("performanceMet", verdict.performanceMet())
                .put("durationMet", verdict.durationMet())
                .put("queriesMet", verdict.queriesMet())
                .put("earlyStoppingMet", verdict.earlyStoppingMet())
                .put("overLatency", verdict.overLatency())
                .put("discarded", verdict.discarded())
                .put("neededQueries", verdict.neededQueries());
        put(json, "estimateNanos", verdict.estimateNanos());
        put(json, "estimate99Nanos", verdict.estimate99Nanos());
        json.put("minNanos", verdict.minNanos())
                .put("maxNanos", verdict.maxNanos())
                .put("meanNanos", verdict.meanNanos())
                .put("percentileNanos", verdict.percentileNanos());
        ObjectNode percentiles = json.putObject("percentilesNanos");
        for (int i = 0; i < LoadVerdict.PERCENTILES.size(); i++) {
            percentiles.put(
                    LoadVerdict.percent(LoadVerdict.PERCENTILES.get(i)),
                    verdict.percentilesNanos().get(i));
        }
        var reasons = json.putArray("reasons");
        verdict.reasons().forEach(reasons::add);
        return json;
    }

    private static void put(ObjectNode json, String field, OptionalLong value) {
        json.put(field, value.isPresent() ? (Long) value.getAsLong() : null);
    }

    /** Whether two documents say the same, digits apart that a number may be written with. */
    static boolean same(JsonNode one, JsonNode other) {
        return Objects.equals(JSON.writeValueAsString(one), JSON.writeValueAsString(other));
    }
}
