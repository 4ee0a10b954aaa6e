package dev.skerry.compress;

import org.jspecify.annotations.Nullable;

/**
 * By what variants are to be judged.
 *
 * @param metric null to take the one that the truth of the samples suggests
 * @param evaluator the user's own, which then decides instead of any metric; null for none
 */
public record Judging(@Nullable Metric metric, @Nullable Evaluator evaluator) {
    /** What the samples allow. */
    public static final Judging AUTO = new Judging(null, null);

    public static Judging by(Metric metric) {
        return new Judging(metric, null);
    }

    public static Judging by(Evaluator evaluator) {
        return new Judging(Metric.EVALUATOR, evaluator);
    }
}
