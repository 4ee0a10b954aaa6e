package dev.skerry.runtime;

import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.RatioEstimate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One combination of the table.
 *
 * @param provider the execution provider; null where the runtime has none or is missing
 * @param reason why it isn't the best
 * @param latency null where it wasn't measured
 * @param ratio its time ÷ that of the first combination that was measured
 * @param maxAbsError from the reference outputs
 * @param argmaxPercent how often the decision is the reference's
 */
public record SelectionRow(
        String runtime,
        @Nullable String provider,
        String precision,
        int threads,
        Status status,
        @Nullable String reason,
        @Nullable LatencySummary latency,
        @Nullable RatioEstimate ratio,
        @Nullable Double maxAbsError,
        @Nullable Double argmaxPercent) {
    /** What became of a combination; {@code label} is the word of {@code skerry.bench/1}. */
    public enum Status {
        OK("ok"),
        REJECTED("rejected"),
        FAILED("failed");

        private final String label;

        Status(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    static SelectionRow of(String runtime, @Nullable String provider, String precision, int threads) {
        return new SelectionRow(runtime, provider, precision, threads, Status.FAILED, null, null, null, null, null);
    }

    SelectionRow failed(String reason) {
        return new SelectionRow(runtime, provider, precision, threads, Status.FAILED, reason, null, null, null, null);
    }

    SelectionRow rejected(String reason, Agreement agreement) {
        return new SelectionRow(
                runtime,
                provider,
                precision,
                threads,
                Status.REJECTED,
                reason,
                null,
                null,
                agreement.maxAbsError(),
                agreement.argmaxPercent());
    }

    SelectionRow measured(LatencySummary latency, RatioEstimate ratio, Agreement agreement) {
        return new SelectionRow(
                runtime,
                provider,
                precision,
                threads,
                Status.OK,
                null,
                latency,
                ratio,
                agreement.maxAbsError(),
                agreement.argmaxPercent());
    }

    SelectionRow because(String reason) {
        return new SelectionRow(
                runtime, provider, precision, threads, status, reason, latency, ratio, maxAbsError, argmaxPercent);
    }

    /** A row of {@code skerry.bench/1}; what wasn't measured is null. */
    public ObjectNode toJson() {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("runtime", runtime);
        row.put("provider", provider);
        row.put("precision", precision);
        row.put("threads", threads);
        row.put("status", status.label());
        row.put("reason", reason);
        row.put("p50Micros", latency == null ? null : (Double) (latency.p50Nanos() / 1e3));
        row.put("p99Micros", latency == null ? null : (Double) (latency.p99Nanos() / 1e3));
        row.put("p999Micros", latency == null ? null : (Double) (latency.p999Nanos() / 1e3));
        row.put("samples", latency == null ? null : (Long) latency.samples());
        row.put("ratio", ratio == null ? null : (Double) ratio.ratio());
        row.put("maxAbsError", maxAbsError != null && Double.isFinite(maxAbsError) ? maxAbsError : null);
        row.put("argmaxPercent", argmaxPercent);
        return row;
    }
}
