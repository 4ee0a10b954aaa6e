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
 * @param detail what else is known
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
        @Nullable Double argmaxPercent,
        Detail detail) {
    /** What became of a combination; {@code label} is the word of {@code skerry.bench/1}. */
    public enum Status {
        OK("ok"),
        /** It works, and takes more than the budget. */
        OVER_BUDGET("over budget"),
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

    /**
     * What else is known of a combination.
     *
     * @param modelBytes size of its file; 0 where there is none
     * @param memoryBytes what a process holds more with it than before, measured in a process of its own; null where it wasn't
     * @param device what the provider runs on; null for the CPU
     * @param placement which nodes run elsewhere than asked for; null where none do
     * @param withinBudget null where there is no budget or no measurement
     * @param last whether it was measured in the last round too, among the fastest alone
     */
    public record Detail(
            long modelBytes,
            @Nullable Long memoryBytes,
            @Nullable String device,
            @Nullable String placement,
            @Nullable Boolean withinBudget,
            boolean last) {
        static final Detail NONE = new Detail(0, null, null, null, null, false);

        Detail withMemory(@Nullable Long bytes) {
            return new Detail(modelBytes, bytes, device, placement, withinBudget, last);
        }

        Detail withDevice(@Nullable String device) {
            return new Detail(modelBytes, memoryBytes, device, placement, withinBudget, last);
        }

        Detail withPlacement(@Nullable String placement) {
            return new Detail(modelBytes, memoryBytes, device, placement, withinBudget, last);
        }

        Detail withVerdict(@Nullable Boolean within) {
            return new Detail(modelBytes, memoryBytes, device, placement, within, last);
        }

        Detail inLastRound() {
            return new Detail(modelBytes, memoryBytes, device, placement, withinBudget, true);
        }
    }

    static SelectionRow of(String runtime, @Nullable String provider, String precision, int threads) {
        return new SelectionRow(
                runtime, provider, precision, threads, Status.FAILED, null, null, null, null, null, Detail.NONE);
    }

    SelectionRow with(Detail detail) {
        return with(status, reason, latency, ratio, maxAbsError, argmaxPercent, detail);
    }

    SelectionRow failed(String reason) {
        return with(Status.FAILED, reason, null, null, null, null, detail);
    }

    SelectionRow rejected(String reason, Agreement agreement) {
        return with(Status.REJECTED, reason, null, null, agreement.maxAbsError(), agreement.argmaxPercent(), detail);
    }

    SelectionRow measured(LatencySummary latency, RatioEstimate ratio, Agreement agreement, RowBudget budget) {
        String over = budget.objection(latency, detail.memoryBytes());
        return with(
                over == null ? Status.OK : Status.OVER_BUDGET,
                over,
                latency,
                ratio,
                agreement.maxAbsError(),
                agreement.argmaxPercent(),
                detail.withVerdict(budget.isNone() ? null : (Boolean) (over == null)));
    }

    /** The same, and it can't be taken after all. */
    public SelectionRow rejected(String reason) {
        return with(Status.REJECTED, reason, latency, ratio, maxAbsError, argmaxPercent, detail);
    }

    SelectionRow because(String reason) {
        return with(status, reason, latency, ratio, maxAbsError, argmaxPercent, detail);
    }

    /** The same combination, of which this is known now. */
    private SelectionRow with(
            Status status,
            @Nullable String reason,
            @Nullable LatencySummary latency,
            @Nullable RatioEstimate ratio,
            @Nullable Double maxAbsError,
            @Nullable Double argmaxPercent,
            Detail detail) {
        return new SelectionRow(
                runtime,
                provider,
                precision,
                threads,
                status,
                reason,
                latency,
                ratio,
                maxAbsError,
                argmaxPercent,
                detail);
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
        if (ratio == null) {
            row.putNull("ratioInterval");
        } else {
            row.putArray("ratioInterval")
                    .add(ratio.interval95().low())
                    .add(ratio.interval95().high());
        }
        row.put("maxAbsError", maxAbsError != null && Double.isFinite(maxAbsError) ? maxAbsError : null);
        row.put("argmaxPercent", argmaxPercent);
        row.put("modelBytes", detail.modelBytes() == 0 ? null : (Long) detail.modelBytes());
        row.put("memoryBytes", detail.memoryBytes());
        row.put("device", detail.device());
        row.put("placement", detail.placement());
        row.put("withinBudget", detail.withinBudget());
        row.put("lastRound", detail.last());
        return row;
    }
}
