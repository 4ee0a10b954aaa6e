package dev.skerry.agent;

import dev.skerry.problem.Problem;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A change of state that whoever watches over a device wants to read in its log. None has a secret or a sample in it. */
public sealed interface AgentEvent {
    /** The word that a log is searched for. */
    String name();

    /** What else there is to say. */
    void describe(ObjectNode json);

    /** One line of a log, {@code skerry.event/1}. */
    default ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("schema", "skerry.event/1")
                .put("event", name());
        describe(json);
        return json;
    }

    /** Takes events, on any thread, one at a time or several at once; must not block. */
    interface Listener {
        Listener NONE = _ -> {};

        void happened(AgentEvent event);
    }

    /** A source brings nothing, or something that can't be used. */
    record SourceTrouble(String source, Problem problem) implements AgentEvent {
        @Override
        public String name() {
            return "source-trouble";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("source", source);
            put(json, problem);
        }
    }

    /** It is back. */
    record SourceBack(String source) implements AgentEvent {
        @Override
        public String name() {
            return "source-back";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("source", source);
        }
    }

    /** An action can't do what it should. */
    record ActionTrouble(String action, Problem problem) implements AgentEvent {
        @Override
        public String name() {
            return "action-trouble";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("action", action);
            put(json, problem);
        }
    }

    /** It does so again. */
    record ActionBack(String action, long waiting) implements AgentEvent {
        @Override
        public String name() {
            return "action-back";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("action", action).put("waiting", waiting);
        }
    }

    /** The runner's process has been started. */
    record RunnerStarted(String target, long pid, long restarts) implements AgentEvent {
        @Override
        public String name() {
            return "runner-started";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("target", target).put("pid", pid).put("restarts", restarts);
        }
    }

    /**
     * The runner has made its first decision.
     *
     * @param restartMillis since the one before died; null for the first start
     */
    record RunnerDeciding(String target, long pid, @Nullable Double restartMillis) implements AgentEvent {
        @Override
        public String name() {
            return "runner-deciding";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("target", target).put("pid", pid);
            if (restartMillis != null) {
                json.put("restartMillis", Math.round(restartMillis * 10) / 10.0);
            }
        }
    }

    /** The runner has ended without being told to. */
    record RunnerDied(String target, Problem problem, long pauseMillis) implements AgentEvent {
        @Override
        public String name() {
            return "runner-died";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("target", target).put("pauseMillis", pauseMillis);
            put(json, problem);
        }
    }

    /** The runner stays down until the agent is started again. */
    record RunnerDown(String target, Problem problem) implements AgentEvent {
        @Override
        public String name() {
            return "runner-down";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("target", target);
            put(json, problem);
        }
    }

    /** The runner has ended as it was told to, or as its source has. */
    record RunnerEnded(String target, long cycles, long missed) implements AgentEvent {
        @Override
        public String name() {
            return "runner-ended";
        }

        @Override
        public void describe(ObjectNode json) {
            json.put("target", target).put("cycles", cycles).put("missed", missed);
        }
    }

    private static void put(ObjectNode json, Problem problem) {
        json.put("code", problem.code()).put("what", problem.what());
        if (problem.where() != null) {
            json.put("where", problem.where());
        }
        if (problem.why() != null) {
            json.put("why", problem.why());
        }
        if (!problem.remedies().isEmpty()) {
            json.put("try", problem.remedies().getFirst());
        }
    }
}
