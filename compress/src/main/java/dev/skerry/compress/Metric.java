package dev.skerry.compress;

import dev.skerry.pipeline.Truth;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** By what a variant is judged. Drops are signed so that more is worse, whichever way the metric goes. */
public enum Metric {
    /** The class of the highest score is the true one. */
    TOP_1("top-1", "classes"),
    /** The true class is among the five of the highest scores. */
    TOP_5("top-5", "classes"),
    /** Area under the ROC curve, of class 1 against the others. */
    AUC("auc", "classes"),
    /** Harmonic mean of precision and recall: of class 1 where there is one score or two, else the mean over classes. */
    F1("f1", "classes"),
    /** Root of the mean square error, in the unit of the targets. */
    RMSE("rmse", "targets"),
    /** Mean intersection over union of masks. */
    IOU("iou", "masks"),
    /** Mean average precision of boxes, as COCO has it. */
    MAP("map", "boxes"),
    /** Word error rate. */
    WER("wer", "text"),
    /** Share of decisions equal to the float model's; needs no truth. */
    AGREEMENT("agreement", ""),
    /** Whatever the user's own evaluator says. */
    EVALUATOR("evaluator", "");

    private final String label;
    private final String truth;

    Metric(String label, String truth) {
        this.label = label;
        this.truth = truth;
    }

    public String label() {
        return label;
    }

    /** The metric that a word names. */
    public static Optional<Metric> of(String word) {
        return Arrays.stream(values())
                .filter(metric -> metric != EVALUATOR && metric.label.equals(word))
                .findFirst();
    }

    /** All words that {@link #of} knows, after {@code auto}. */
    public static List<String> words() {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("auto"),
                        Arrays.stream(values())
                                .filter(metric -> metric != EVALUATOR)
                                .map(Metric::label))
                .toList();
    }

    /** Whether it compares with the truth, rather than with the float model. */
    boolean isLabelled() {
        return this != AGREEMENT;
    }

    /** What it needs of each sample, as people call it; empty where it needs nothing. */
    String truth() {
        return truth;
    }

    boolean fits(Truth known) {
        return switch (this) {
            case TOP_1, TOP_5, AUC, F1 -> known instanceof Truth.Label;
            case RMSE -> known instanceof Truth.Target;
            case IOU -> known instanceof Truth.Mask;
            case MAP -> known instanceof Truth.Boxes;
            case WER -> known instanceof Truth.Text;
            case AGREEMENT, EVALUATOR -> true;
        };
    }

    Scale scale() {
        return switch (this) {
            case RMSE -> new Scale(false, true);
            case WER -> new Scale(true, true);
            case TOP_1, TOP_5, AUC, F1, IOU, MAP, AGREEMENT, EVALUATOR -> Scale.PERCENT;
        };
    }
}
