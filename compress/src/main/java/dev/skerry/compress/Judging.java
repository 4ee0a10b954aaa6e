package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.pipeline.Sample;
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

    /**
     * The same after what can be known of it before a search that takes minutes: that the first sample has what the metric
     * needs, and that the evaluator has an answer for the float model, which it isn't asked for again.
     *
     * @throws dev.skerry.problem.ProblemException where one of them fails
     */
    Judging tried(Sample first, Model floatModel) {
        if (metric != null && !metric.fits(first.truth())) {
            throw Panel.missing(metric, first).toException();
        }
        Evaluator asked = evaluator;
        if (asked == null) {
            return this;
        }
        Score score = asked.score(Evaluation.FLOAT, floatModel);
        return by((variant, model) -> variant.equals(Evaluation.FLOAT) ? score : asked.score(variant, model));
    }
}
