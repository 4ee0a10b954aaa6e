package dev.skerry.agent;

import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The answer of the statistics extension. Durations there are integers of nanoseconds. */
final class Statistics {
    private static final JsonMapper JSON = new JsonMapper();

    private Statistics() {}

    static ObjectNode of(Models models, List<String> names) {
        ObjectNode json = JSON.createObjectNode();
        var stats = json.putArray("model_stats");
        for (String name : names) {
            ServedModel served = models.served().get(name);
            ModelCounts counts = models.counts(name);
            long executions = counts.infer.snapshot().count();
            ObjectNode model = stats.addObject()
                    .put("name", name)
                    .put("version", served == null ? "" : served.model().version())
                    .put("last_inference", counts.lastMillis.get())
                    .put("inference_count", executions)
                    .put("execution_count", executions);
            ObjectNode parts = model.putObject("inference_stats");
            put(parts, "success", counts.answered.sum(), nanos(counts.whole));
            put(parts, "fail", counts.failed(), counts.failedNanos.sum());
            put(parts, "queue", counts.queue.snapshot().count(), nanos(counts.queue));
            put(parts, "compute_input", executions, nanos(counts.input));
            put(parts, "compute_infer", executions, nanos(counts.infer));
            put(parts, "compute_output", executions, nanos(counts.output));
            model.putArray("batch_stats");
        }
        return json;
    }

    private static long nanos(Histogram histogram) {
        return Math.round(histogram.snapshot().sumSeconds() * 1e9);
    }

    private static void put(ObjectNode parts, String name, long count, long nanos) {
        parts.putObject(name).put("count", count).put("ns", nanos);
    }
}
