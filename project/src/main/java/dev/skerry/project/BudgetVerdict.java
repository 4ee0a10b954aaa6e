package dev.skerry.project;

import dev.skerry.measure.MissBound;
import dev.skerry.measure.Proportion;
import dev.skerry.problem.Problem;

/** Whether a run shows that the latency budget is kept at its percentile. A short run can't show much, and says so. */
public enum BudgetVerdict {
    /** The miss rate is below what the percentile allows, at 95 % confidence. */
    KEPT,
    /** The run was too short to tell. */
    OPEN,
    /** The miss rate is above what the percentile allows, at 95 % confidence. */
    BROKEN;

    /** As data: {@code kept}, {@code open}, {@code broken}. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * Ends the caller's work where the budget was not shown to be kept.
     *
     * @throws dev.skerry.problem.ProblemException {@code run.budget}
     */
    public void require() {
        if (this != KEPT) {
            throw Problem.gate(
                            "run.budget",
                            this == OPEN
                                    ? "the run was too short to show the latency budget"
                                    : "the latency budget is broken")
                    .attempt(
                            this == OPEN
                                    ? "more --cycles; p99.9 takes 3,000 without a miss"
                                    : "the causes in the report, one by one")
                    .toException();
        }
    }

    /** Every release may be on time for the percentile 100: then one miss breaks the budget, and none keeps it. */
    public static BudgetVerdict of(double percentile, long missed, long cycles) {
        double allowed = 1 - percentile / 100;
        if (cycles == 0) {
            return OPEN;
        }
        if (allowed <= 0) {
            return missed == 0 ? KEPT : BROKEN;
        }
        if (MissBound.upper95(missed, cycles) <= allowed) {
            return KEPT;
        }
        return new Proportion(missed, cycles).wilson95().low() / 100 > allowed ? BROKEN : OPEN;
    }
}
