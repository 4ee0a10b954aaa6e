package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the runner is asked to do. The parent writes it as JSON, the child reads it.
 *
 * @param bundle folder of an unpacked, verified bundle: {@code manifest.json}, the fused model, golden vectors
 * @param base folder that relative paths of the source and of the actions start from
 * @param rateHz releases per second, above 0
 * @param cycles releases to serve; 0 runs until it is asked to stop
 * @param deadline from the scheduled release to the end of the action's hand-off; at most one period
 * @param realtime which privileges to attempt
 * @param preloadBytes how much decoded sample data is held in direct memory
 * @param heapMegabytes the child's heap, fixed
 * @param source a pipeline source to use instead of the bundle's; null for the bundle's
 * @param actions pipeline actions to use instead of the bundle's; null for the bundle's
 * @param report where the report is written, whole or not at all
 * @param events where changes of level are written as they come, a JSON object per line; null for nowhere
 * @param others models that share the cycle, the more important ones first, all less important than the bundle's
 */
public record RunPlan(
        Path bundle,
        Path base,
        double rateHz,
        long cycles,
        Duration deadline,
        Realtime realtime,
        long preloadBytes,
        int heapMegabytes,
        @Nullable JsonNode source,
        @Nullable JsonNode actions,
        Path report,
        @Nullable Path events,
        List<Other> others) {
    static final String SCHEMA = "skerry.plan/1";

    /**
     * Privileges that make the loop deterministic; each is attempted, and the report says what was granted.
     *
     * @param fifo run the loop under SCHED_FIFO
     * @param pin keep the loop on one core
     * @param core that core; -1 lets the runner choose
     * @param lockMemory keep all pages in memory
     */
    public record Realtime(boolean fifo, boolean pin, int core, boolean lockMemory) {
        public static final Realtime ALL = new Realtime(true, true, -1, true);
        public static final Realtime NONE = new Realtime(false, false, -1, false);
    }

    /**
     * Another model of the run.
     *
     * @param bundle folder of its unpacked, verified bundle
     * @param base folder that its relative paths start from
     * @param source a pipeline source to use instead of its bundle's; null for the bundle's
     * @param actions pipeline actions to use instead of its bundle's; null for the bundle's
     */
    public record Other(
            Path bundle,
            Path base,
            @Nullable JsonNode source,
            @Nullable JsonNode actions) {
        /** With the source and the actions of its bundle. */
        public Other(Path bundle, Path base) {
            this(bundle, base, null, null);
        }
    }

    public RunPlan {
        others = List.copyOf(others);
        if (!(rateHz > 0) || rateHz > 100_000) {
            throw Problem.usage("run.rate", "a rate of " + rateHz + " Hz can't be run")
                    .attempt("a rate between 0.001 and 100000 Hz, such as 30")
                    .toException();
        }
        if (cycles < 0) {
            throw Problem.usage("run.cycles", "found " + cycles + " cycles, expected 0 (endless) or more")
                    .toException();
        }
        if (deadline.isNegative() || deadline.isZero() || deadline.toNanos() > periodNanos(rateHz)) {
            throw Problem.usage(
                            "run.deadline", "the deadline of " + millis(deadline.toNanos()) + " doesn't fit the rate")
                    .because("at " + rateHz + " Hz the next cycle begins after " + millis(periodNanos(rateHz)))
                    .attempt("a deadline above 0 and at most " + millis(periodNanos(rateHz)))
                    .attempt("a lower rate")
                    .toException();
        }
        if (preloadBytes < 0 || heapMegabytes < 16) {
            throw Problem.usage(
                            "run.memory",
                            "found preload " + preloadBytes + " bytes and heap " + heapMegabytes
                                    + " MB, expected 0 or more and at least 16")
                    .toException();
        }
    }

    /** All privileges attempted, 256 MB of samples, a heap of 128 MB, source and actions of the bundle. */
    public static RunPlan of(Path bundle, Path base, double rateHz, long cycles, Duration deadline, Path report) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                Realtime.ALL,
                256L << 20,
                128,
                null,
                null,
                report,
                null,
                List.of());
    }

    public RunPlan withRealtime(Realtime realtime) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withPreloadBytes(long preloadBytes) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withHeapMegabytes(int heapMegabytes) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withSource(JsonNode source) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withActions(JsonNode actions) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withEvents(@Nullable Path events) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    public RunPlan withOthers(List<Other> others) {
        return new RunPlan(
                bundle,
                base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes,
                heapMegabytes,
                source,
                actions,
                report,
                events,
                others);
    }

    /** What one of the other models is asked to do. */
    RunPlan of(Other other) {
        return new RunPlan(
                other.bundle,
                other.base,
                rateHz,
                cycles,
                deadline,
                realtime,
                preloadBytes / (1 + others.size()),
                heapMegabytes,
                other.source,
                other.actions,
                report,
                null,
                List.of());
    }

    long periodNanos() {
        return periodNanos(rateHz);
    }

    private static long periodNanos(double rateHz) {
        return Math.round(1e9 / rateHz);
    }

    private static String millis(long nanos) {
        return nanos / 1e6 + " ms";
    }

    /** Writes the plan for the child. */
    void write(Path file) throws IOException {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("schema", SCHEMA);
        json.put("bundle", bundle.toAbsolutePath().toString());
        json.put("base", base.toAbsolutePath().toString());
        json.put("rateHz", rateHz);
        json.put("cycles", cycles);
        json.put("deadlineNanos", deadline.toNanos());
        json.putObject("realtime")
                .put("fifo", realtime.fifo)
                .put("pin", realtime.pin)
                .put("core", realtime.core)
                .put("lockMemory", realtime.lockMemory);
        json.put("preloadBytes", preloadBytes);
        json.put("heapMegabytes", heapMegabytes);
        if (source != null) {
            json.set("source", source);
        }
        if (actions != null) {
            json.set("actions", actions);
        }
        json.put("report", report.toAbsolutePath().toString());
        if (events != null) {
            json.put("events", events.toAbsolutePath().toString());
        }
        if (!others.isEmpty()) {
            ArrayNode array = json.putArray("others");
            for (Other other : others) {
                ObjectNode one = array.addObject()
                        .put("bundle", other.bundle.toAbsolutePath().toString())
                        .put("base", other.base.toAbsolutePath().toString());
                if (other.source != null) {
                    one.set("source", other.source);
                }
                if (other.actions != null) {
                    one.set("actions", other.actions);
                }
            }
        }
        Files.writeString(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.plan} where the file can't be read or isn't a plan
     */
    static RunPlan read(Path file) {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw Problem.usage("run.plan", "the run plan can't be read")
                    .at(file.toString())
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        } catch (JacksonException e) {
            throw Problem.usage("run.plan", "the run plan isn't JSON")
                    .at(file.toString())
                    .because(e.getOriginalMessage())
                    .toException();
        }
        if (!json.path("schema").asString("").equals(SCHEMA)) {
            throw Problem.usage(
                            "run.plan",
                            "expected a plan of schema " + SCHEMA + ", found "
                                    + json.path("schema").asString("none"))
                    .at(file.toString())
                    .attempt("the runner of the same release as the program that wrote it")
                    .toException();
        }
        try {
            JsonNode realtime = json.required("realtime");
            var others = new ArrayList<Other>();
            for (JsonNode other : json.path("others")) {
                others.add(new Other(
                        Path.of(other.required("bundle").asString()),
                        Path.of(other.required("base").asString()),
                        other.get("source"),
                        other.get("actions")));
            }
            return new RunPlan(
                    Path.of(json.required("bundle").asString()),
                    Path.of(json.required("base").asString()),
                    json.required("rateHz").asDouble(),
                    json.required("cycles").asLong(),
                    Duration.ofNanos(json.required("deadlineNanos").asLong()),
                    new Realtime(
                            realtime.required("fifo").asBoolean(),
                            realtime.required("pin").asBoolean(),
                            realtime.required("core").asInt(),
                            realtime.required("lockMemory").asBoolean()),
                    json.required("preloadBytes").asLong(),
                    json.required("heapMegabytes").asInt(),
                    json.get("source"),
                    json.get("actions"),
                    Path.of(json.required("report").asString()),
                    json.has("events") ? Path.of(json.required("events").asString()) : null,
                    others);
        } catch (JacksonException e) {
            throw Problem.usage("run.plan", "the run plan lacks a field, or has one of another type")
                    .at(file.toString())
                    .because(e.getOriginalMessage())
                    .toException();
        }
    }
}
