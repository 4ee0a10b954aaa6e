package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How good one model is, over each of its samples once.
 *
 * @param metric by what it was judged
 * @param value percent, or the metric's own unit
 * @param interval 95 %; null where it isn't known
 * @param samples how many it is of
 */
public record ModelAccuracy(
        String metric,
        double value,
        @Nullable Interval interval,
        boolean isPercent,
        boolean lessIsBetter,
        long samples) {
    /**
     * Judges a model on a runtime.
     *
     * @param states state outputs to state inputs
     * @throws dev.skerry.problem.ProblemException {@code compress.truth} where nothing is known to be true of the samples, or what
     *     the runtime says of the model
     */
    public static ModelAccuracy of(
            RuntimeProvider runtime,
            Model model,
            SampleSource samples,
            Map<String, String> states,
            Map<String, Long> dims,
            Judging judging,
            Progress progress) {
        Evaluation evaluation = Evaluation.run(
                Map.of(Evaluation.FLOAT, model),
                samples,
                new Sessions(runtime, states, dims),
                judging,
                "judging on " + runtime.name(),
                progress);
        if (evaluation.metric() == Metric.AGREEMENT) {
            throw Problem.usage("compress.truth", "nothing is known to be true of these samples")
                    .because("an answer can only be right where the right one is known")
                    .attempt("samples with labels, targets, masks, boxes or a text")
                    .toException();
        }
        Outcome outcome = evaluation.outcome(Evaluation.FLOAT);
        Scale scale = evaluation.scale();
        return new ModelAccuracy(
                evaluation.metricLabel(),
                outcome.value(),
                outcome.interval(),
                scale.percent(),
                scale.lowerIsBetter(),
                evaluation.judged());
    }
}
