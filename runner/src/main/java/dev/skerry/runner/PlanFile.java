package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A plan as a file of JSON: the parent writes it, the child reads it. */
final class PlanFile {
    private static final String SCHEMA = "skerry.plan/1";

    private PlanFile() {}

    static void write(RunPlan plan, Path file) throws IOException {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("schema", SCHEMA);
        json.put("bundle", absolute(plan.bundle()));
        json.put("base", absolute(plan.base()));
        json.put("rateHz", plan.rateHz());
        json.put("cycles", plan.cycles());
        json.put("deadlineNanos", plan.deadline().toNanos());
        json.putObject("realtime")
                .put("fifo", plan.realtime().fifo())
                .put("pin", plan.realtime().pin())
                .put("core", plan.realtime().core())
                .put("lockMemory", plan.realtime().lockMemory());
        json.put("preloadBytes", plan.preloadBytes());
        json.put("heapMegabytes", plan.heapMegabytes());
        if (plan.source() != null) {
            json.set("source", plan.source());
        }
        if (plan.actions() != null) {
            json.set("actions", plan.actions());
        }
        json.put("report", absolute(plan.report()));
        if (plan.events() != null) {
            json.put("events", absolute(plan.events()));
        }
        if (!plan.others().isEmpty()) {
            ArrayNode array = json.putArray("others");
            for (RunPlan.Other other : plan.others()) {
                ObjectNode one = array.addObject()
                        .put("bundle", absolute(other.bundle()))
                        .put("base", absolute(other.base()));
                if (other.source() != null) {
                    one.set("source", other.source());
                }
                if (other.actions() != null) {
                    one.set("actions", other.actions());
                }
            }
        }
        Files.writeString(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().toString();
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
            throw problem("the run plan can't be read", file)
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        } catch (JacksonException e) {
            throw problem("the run plan isn't JSON", file)
                    .because(e.getOriginalMessage())
                    .toException();
        }
        String schema = json.path("schema").asString("none");
        if (!schema.equals(SCHEMA)) {
            throw problem("expected a plan of schema " + SCHEMA + ", found " + schema, file)
                    .attempt("the runner of the same release as the program that wrote it")
                    .toException();
        }
        try {
            return plan(json);
        } catch (JacksonException e) {
            throw problem("the run plan lacks a field, or has one of another type", file)
                    .because(e.getOriginalMessage())
                    .toException();
        }
    }

    private static RunPlan plan(JsonNode json) {
        return RunPlan.of(
                        path(json, "bundle"),
                        path(json, "base"),
                        json.required("rateHz").asDouble(),
                        json.required("cycles").asLong(),
                        Duration.ofNanos(json.required("deadlineNanos").asLong()),
                        path(json, "report"))
                .withRealtime(realtime(json.required("realtime")))
                .withPreloadBytes(json.required("preloadBytes").asLong())
                .withHeapMegabytes(json.required("heapMegabytes").asInt())
                .withSource(json.get("source"))
                .withActions(json.get("actions"))
                .withEvents(json.has("events") ? path(json, "events") : null)
                .withOthers(others(json.path("others")));
    }

    private static RunPlan.Realtime realtime(JsonNode json) {
        return new RunPlan.Realtime(
                json.required("fifo").asBoolean(),
                json.required("pin").asBoolean(),
                json.required("core").asInt(),
                json.required("lockMemory").asBoolean());
    }

    private static List<RunPlan.Other> others(JsonNode json) {
        var others = new ArrayList<RunPlan.Other>();
        json.forEach(other -> others.add(new RunPlan.Other(
                path(other, "bundle"), path(other, "base"), other.get("source"), other.get("actions"))));
        return others;
    }

    private static Path path(JsonNode json, String field) {
        return Path.of(json.required(field).asString());
    }

    private static Problem problem(String what, Path file) {
        return Problem.usage("run.plan", what).at(file.toString());
    }
}
