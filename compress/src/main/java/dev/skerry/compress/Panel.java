package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Who judges: the metric that was asked for, or the one that the first sample's truth and the float model's outputs suggest,
 * with what it gathers of each variant. A metric that was only suggested gives way to agreement where some sample lacks a truth
 * or there is one class alone.
 */
final class Panel {
    private final Judging judging;
    private final List<String> names;
    private final Map<String, Tally> tallies = new HashMap<>();
    private final Map<String, Score> scores = new HashMap<>();
    private @Nullable Metric metric;

    /** @param names the outputs that count */
    Panel(Judging judging, List<String> names) {
        this.judging = judging;
        this.names = names;
    }

    /** Takes in what a variant answered; of each sample the float model comes first. */
    void add(String variant, Sample sample, Map<String, Tensor> outputs) {
        Metric asked = judging.metric();
        Metric by = metric != null ? metric : asked != null ? asked : suggested(sample.truth(), outputs);
        if (!by.fits(sample.truth())) {
            if (asked != null) {
                throw missing(asked, sample).toException();
            }
            by = Metric.AGREEMENT;
        }
        metric = by;
        switch (by) {
            case AGREEMENT, EVALUATOR -> {}
            case TOP_1, TOP_5, AUC, F1, RMSE, IOU, MAP, WER -> {
                Metric used = by;
                tallies.computeIfAbsent(variant, _ -> tally(used)).add(sample, outputs);
            }
        }
    }

    private Tally tally(Metric by) {
        return switch (by) {
            case TOP_1, TOP_5, AUC, F1 -> new LabelTally(by, names);
            case RMSE -> new TargetTally(names);
            case IOU -> new MaskTally(names);
            case MAP -> new BoxTally(names, tallies.get(Evaluation.FLOAT) instanceof BoxTally first ? first : null);
            case WER -> new TextTally(names);
            case AGREEMENT, EVALUATOR -> throw new IllegalStateException(by.label());
        };
    }

    private Metric suggested(Truth truth, Map<String, Tensor> outputs) {
        return switch (truth) {
            case Truth.Unknown _ -> Metric.AGREEMENT;
            case Truth.Target _ -> Metric.RMSE;
            case Truth.Mask _ -> Metric.IOU;
            case Truth.Boxes _ -> Metric.MAP;
            case Truth.Text _ -> Metric.WER;
            case Truth.Label _ -> {
                boolean numbers = names.stream()
                        .map(outputs::get)
                        .anyMatch(
                                output -> output != null && output.type() != DataType.STRING && output.elements() > 0);
                if (!numbers) {
                    yield Metric.AGREEMENT;
                }
                Tensor output = LabelTally.decisive(names, outputs);
                if (output.elements() == 1) {
                    yield Metric.AUC;
                }
                yield Verdicts.decisions(output).length == 1 ? Metric.TOP_1 : Metric.AGREEMENT;
            }
        };
    }

    static Problem missing(Metric asked, Sample sample) {
        String known = switch (sample.truth()) {
            case Truth.Unknown _ -> "nothing is known of it";
            case Truth.Label _ -> "it has a class";
            case Truth.Target _ -> "it has targets";
            case Truth.Mask _ -> "it has a mask";
            case Truth.Boxes _ -> "it has boxes";
            case Truth.Text _ -> "it has a text";
        };
        Problem problem = Problem.usage(
                        "compress.truth", asked.label() + " needs " + asked.truth() + ", and the samples have none")
                .at("evaluation, sample " + sample.id())
                .because(known);
        return sample.truth() instanceof Truth.Unknown
                ? problem.attempt("samples with " + asked.truth())
                        .attempt("--metric agreement, which compares with the float model")
                : problem.attempt("--metric auto, which follows from what the samples have");
    }

    /** After the last sample: one class alone has no area under the curve. */
    void finish() {
        Tally first = tallies.get(Evaluation.FLOAT);
        if (metric == Metric.AUC && judging.metric() == null && first != null) {
            try {
                first.statistic();
            } catch (ProblemException oneClass) {
                metric = Metric.AGREEMENT;
            }
        }
    }

    /** Lets the user's evaluator speak, where there is one. */
    void ask(String variant, Model model) {
        Evaluator evaluator = judging.evaluator();
        if (evaluator != null) {
            Score score = evaluator.score(variant, model);
            Score first = scores.get(Evaluation.FLOAT);
            if (first != null && !first.scale().equals(score.scale())) {
                throw Problem.usage("compress.evaluator", "the evaluator's figures can't be compared")
                        .at(variant)
                        .because("their unit or direction is another one than for the float model")
                        .toException();
            }
            scores.put(variant, score);
        }
    }

    /** How many samples the user's own evaluator judged by, where it said so. */
    OptionalLong asked() {
        Score score = scores.get(Evaluation.FLOAT);
        return score == null || score.samples() == 0 ? OptionalLong.empty() : OptionalLong.of(score.samples());
    }

    Metric metric() {
        return metric == null ? Metric.AGREEMENT : metric;
    }

    String label() {
        Score score = scores.get(Evaluation.FLOAT);
        return score == null ? metric().label() : score.metric();
    }

    Scale scale() {
        Score score = scores.get(Evaluation.FLOAT);
        return score == null ? metric().scale() : score.scale();
    }

    Outcome outcome(String variant, Verdicts verdicts) {
        return switch (metric()) {
            case AGREEMENT -> Judge.agreement(verdicts.agreements());
            case EVALUATOR -> required(scores, variant).outcome(required(scores, Evaluation.FLOAT), Judge.SEED);
            case TOP_1, TOP_5, AUC, F1, RMSE, IOU, MAP, WER ->
                Judge.outcome(scale(), required(tallies, Evaluation.FLOAT), required(tallies, variant));
        };
    }

    List<ClassResult> classes(String variant) {
        return switch (metric()) {
            case AGREEMENT, EVALUATOR -> List.of();
            case TOP_1, TOP_5, AUC, F1, RMSE, IOU, MAP, WER ->
                Judge.classes(
                        required(tallies, Evaluation.FLOAT),
                        variant.equals(Evaluation.FLOAT) ? null : tallies.get(variant));
        };
    }

    private static <T> T required(Map<String, T> byVariant, String variant) {
        T value = byVariant.get(variant);
        if (value == null) {
            throw new IllegalArgumentException("nothing gathered of " + variant);
        }
        return value;
    }
}
