package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * What answers where the model's decision would be late, wrong or isn't there: the first of fallback model, last good decision, label
 * and safe state that is declared and can. A label or a safe state is always declared.
 *
 * @param label the answer to a single release that nothing better answers; null for the safe state at once
 * @param model a faster model's file, relative to the project's folder; null for none
 * @param lastGoodNanos how old the last decision may be at a deadline, counted from the release that it was made for; 0 for none
 * @param safe the safe state; null for none
 * @param weaklyHard how many releases may go without a model's decision; null for any number
 * @param recover how many releases in a row the model has to be on time before its decisions leave again
 * @param restartNanos how long an inference may hang before the runner ends, so that its supervisor starts it anew; 0 for ever
 */
public record Fallback(
        @Nullable String label,
        @Nullable String model,
        long lastGoodNanos,
        @Nullable Safe safe,
        @Nullable WeaklyHard weaklyHard,
        int recover,
        long restartNanos) {
    /** How long an inference may hang where nothing is said. */
    public static final long RESTART_NANOS = 5_000_000_000L;

    /** Releases in a row that lead back from a fallback model where nothing is said. */
    static final int RECOVER = 10;

    /**
     * The safe state.
     *
     * @param label its answer
     * @param latch whether only a reset, after a self-test, ends it; else the model does, once it has recovered
     */
    public record Safe(String label, boolean latch) {}

    /**
     * At most {@code misses} releases of any {@code of} in a row may go without the decision of a model or fallback model.
     *
     * @param then what follows where more do
     */
    public record WeaklyHard(int misses, int of, Then then) {}

    /** What follows a violation. */
    public enum Then {
        /** The safe state. */
        SAFE,
        /** It is only counted and told. */
        REPORT
    }

    /** Only a label. */
    public Fallback(String label) {
        this(label, null, 0, null, null, 1, RESTART_NANOS);
    }

    /** What the last resort says. */
    public String lastResort() {
        return safe != null && label == null ? safe.label : String.valueOf(label);
    }
}
