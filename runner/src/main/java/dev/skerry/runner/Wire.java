package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a child tells its parent while it runs: one JSON object per line on standard error, each with a field {@code skerry} that
 * says what it is. Standard output is left to the run's actions. Other lines there (the JVM's own) are no part of it.
 */
final class Wire {
    private static final String KIND = "skerry";

    private final @Nullable OutputStream out;

    Wire(OutputStream out) {
        this.out = out;
    }

    private Wire() {
        this.out = null;
    }

    /** For a run that has no parent. */
    static Wire nobody() {
        return new Wire();
    }

    /** A message as the parent understands it. */
    sealed interface Message {
        record Phase(String name) implements Message {}

        record Progress(long cycle, long cycles, long missed, double lastMicros) implements Message {}

        record Refusal(Problem problem) implements Message {}

        /** A model's answers have come to another level. */
        record Transition(
                String model,
                long cycle,
                double atMillis,
                String from,
                String to,
                String reason,
                @Nullable String cause)
                implements Message {}

        /** Another version is in charge since a cycle. */
        record Swapped(String model, String version, long cycle) implements Message {}

        /** A model has left the safe state. */
        record Reset(String model, long cycle) implements Message {}

        /** What was asked of the run isn't done; the run goes on. */
        record Declined(Problem problem) implements Message {}

        /** Not of this protocol. */
        record Other(String line) implements Message {}
    }

    void phase(String name) {
        send(() -> message("phase").put("name", name));
    }

    void progress(long cycle, long cycles, long missed, double lastMicros) {
        send(() -> message("progress")
                .put("cycle", cycle)
                .put("cycles", cycles)
                .put("missed", missed)
                .put("lastMicros", lastMicros));
    }

    void transition(ObjectNode line) {
        send(() -> {
            ObjectNode message = message("transition");
            message.setAll(line);
            return message;
        });
    }

    void swapped(String model, String version, long cycle) {
        send(() ->
                message("swapped").put("model", model).put("version", version).put("cycle", cycle));
    }

    void reset(String model, long cycle) {
        send(() -> message("reset").put("model", model).put("cycle", cycle));
    }

    void declined(Problem problem) {
        send(() -> problem("declined", problem));
    }

    void refusal(Problem problem) {
        send(() -> problem("problem", problem));
    }

    private static ObjectNode problem(String kind, Problem problem) {
        ObjectNode message = message(kind)
                .put("code", problem.code())
                .put("kind", problem.kind().name())
                .put("what", problem.what())
                .put("where", problem.where())
                .put("why", problem.why());
        problem.remedies().forEach(message.putArray("remedies")::add);
        return message;
    }

    /** A problem as {@code skerry.problem/1}, on one line. */
    static String json(Problem problem) {
        ObjectNode json = Json.MAPPER
                .createObjectNode()
                .put("schema", "skerry.problem/1")
                .put("code", problem.code())
                .put("exitCode", problem.kind().exitCode())
                .put("what", problem.what())
                .put("where", problem.where())
                .put("why", problem.why());
        problem.remedies().forEach(json.putArray("remedies")::add);
        return Json.MAPPER.writeValueAsString(json);
    }

    private static ObjectNode message(String kind) {
        return Json.MAPPER.createObjectNode().put(KIND, kind);
    }

    private synchronized void send(Supplier<ObjectNode> message) {
        if (out == null) {
            return;
        }
        try {
            out.write((Json.MAPPER.writeValueAsString(message.get()) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException _) {
            // the parent has gone; the run ends by its own means
        }
    }

    static Message read(String line) {
        JsonNode json;
        try {
            json = line.startsWith("{\"" + KIND + "\"") ? Json.MAPPER.readTree(line) : Json.MAPPER.nullNode();
        } catch (JacksonException _) {
            return new Message.Other(line);
        }
        return switch (json.path(KIND).asString("")) {
            case "phase" -> new Message.Phase(json.path("name").asString(""));
            case "progress" ->
                new Message.Progress(
                        json.path("cycle").asLong(0),
                        json.path("cycles").asLong(0),
                        json.path("missed").asLong(0),
                        json.path("lastMicros").asDouble(0));
            case "transition" ->
                new Message.Transition(
                        json.path("model").asString(""),
                        json.path("cycle").asLong(0),
                        json.path("atMillis").asDouble(0),
                        json.path("from").asString(""),
                        json.path("to").asString(""),
                        json.path("reason").asString(""),
                        text(json.path("cause")));
            case "swapped" ->
                new Message.Swapped(
                        json.path("model").asString(""),
                        json.path("version").asString(""),
                        json.path("cycle").asLong(0));
            case "reset" ->
                new Message.Reset(
                        json.path("model").asString(""), json.path("cycle").asLong(0));
            case "declined" -> new Message.Declined(problem(json));
            case "problem" -> new Message.Refusal(problem(json));
            default -> new Message.Other(line);
        };
    }

    private static Problem problem(JsonNode json) {
        List<String> remedies = new ArrayList<>();
        json.path("remedies").forEach(remedy -> remedies.add(remedy.asString("")));
        return new Problem(
                json.path("code").asString("run.failed"),
                Problem.Kind.valueOf(json.path("kind").asString("ENVIRONMENT")),
                json.path("what").asString(""),
                text(json.path("where")),
                text(json.path("why")),
                remedies);
    }

    private static @Nullable String text(JsonNode node) {
        return node.isString() ? node.asString() : null;
    }
}
