package dev.skerry.compress;

import dev.skerry.measure.Auc;
import dev.skerry.measure.ClassStatistic;
import dev.skerry.measure.Confusion;
import dev.skerry.measure.Statistic;
import dev.skerry.measure.TopK;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Metrics of classes: top-k, area under the ROC curve, F1. */
final class LabelTally implements Tally {
    private final Metric metric;
    private final List<String> names;
    private final Confusion confusion = new Confusion();
    private final BitSet right = new BitSet();
    private int[] labels = new int[64];
    private double[] scores = new double[64];
    private int samples;
    private boolean binary;

    /** @param names the outputs that count */
    LabelTally(Metric metric, List<String> names) {
        this.metric = metric;
        this.names = names;
    }

    @Override
    public void add(Sample sample, Map<String, Tensor> outputs) {
        Tensor output = decisive(names, outputs);
        int label = sample.label().orElseThrow();
        double[] row = Tally.finite(output, sample);
        if (samples == labels.length) {
            labels = Arrays.copyOf(labels, 2 * samples);
            scores = Arrays.copyOf(scores, 2 * samples);
        }
        switch (metric) {
            case TOP_1, TOP_5 -> {
                requireRow(output, sample, 2);
                requireClass(output, label, sample);
                right.set(samples, TopK.hit(row, label, metric == Metric.TOP_1 ? 1 : 5));
            }
            case AUC -> scores[samples] = score(output, row, sample);
            case F1 -> {
                requireRow(output, sample, 1);
                binary = row.length <= 2;
                if (!binary) {
                    requireClass(output, label, sample);
                }
                int named = Verdicts.decisions(output)[0];
                confusion.add(binary ? Math.min(label, 1) : label, named);
            }
            case RMSE, IOU, MAP, WER, AGREEMENT, EVALUATOR -> throw new IllegalStateException(metric.label());
        }
        labels[samples++] = label;
    }

    /** The first output of floats, which holds scores where another one holds the class that they lead to. */
    static Tensor decisive(List<String> names, Map<String, Tensor> outputs) {
        Tensor first = null;
        for (String name : names) {
            Tensor output = outputs.get(name);
            if (output != null && output.type() != DataType.STRING && output.elements() > 0) {
                first = first == null ? output : first;
                if (output.type() == DataType.FLOAT || output.type() == DataType.FLOAT16) {
                    return output;
                }
            }
        }
        if (first == null) {
            throw Problem.usage(
                            "compress.outputs", "the model has no output of numbers that labels could be compared with")
                    .attempt("an evaluator of your own: --evaluator \"COMMAND {model}\"")
                    .toException();
        }
        return first;
    }

    /** A probability, the second of two, or where the output is the input again how far it is from it. */
    private static double score(Tensor output, double[] row, Sample sample) {
        if (row.length == 1) {
            return row[0];
        }
        if (row.length == 2) {
            return row[1] - row[0];
        }
        for (Tensor input : sample.inputs().values()) {
            if (input.type() == output.type() && input.shape().equals(output.shape())) {
                double sum = 0;
                for (int i = 0; i < row.length; i++) {
                    double error = row[i] - input.valueAt(i);
                    sum += error * error;
                }
                return sum / row.length;
            }
        }
        throw Problem.usage("compress.metric", "auc needs one score, two classes, or an output that is the input again")
                .at("output " + output.name())
                .because("it is " + type(output))
                .attempt("--metric top-1, or --metric f1")
                .toException();
    }

    private void requireRow(Tensor output, Sample sample, int least) {
        int columns = output.rank() == 0 ? 1 : (int) output.dims()[output.rank() - 1];
        if (columns < least || Math.max(columns, 1) != output.elements()) {
            throw Problem.usage("compress.metric", metric.label() + " needs one row of class scores")
                    .at("output " + output.name())
                    .because("it is " + type(output) + " for sample " + sample.id())
                    .attempt(columns < least ? "--metric auc" : "--metric agreement")
                    .attempt("an evaluator of your own: --evaluator \"COMMAND {model}\"")
                    .toException();
        }
    }

    private static void requireClass(Tensor output, int label, Sample sample) {
        long classes = output.elements();
        if (label >= classes) {
            throw Problem.usage("compress.label", "label " + label + " of a model with " + classes + " classes")
                    .at("evaluation, sample " + sample.id())
                    .because("output '" + output.name() + "' is " + type(output) + ", so labels go from 0 to "
                            + (classes - 1))
                    .attempt("the labels that belong to this model")
                    .toException();
        }
    }

    static String type(Tensor output) {
        return output.type().name().toLowerCase(Locale.ROOT) + output.shape();
    }

    private boolean[] ones() {
        boolean[] ones = new boolean[samples];
        for (int i = 0; i < samples; i++) {
            ones[i] = labels[i] == 1;
        }
        return ones;
    }

    @Override
    public Statistic statistic() {
        return switch (metric) {
            case AUC -> {
                double[] all = Arrays.copyOf(scores, samples);
                // says it where there is one class only
                Auc.of(all, ones());
                yield Auc.statistic(all, ones());
            }
            case F1 -> binary ? confusion.ofClass(1) : confusion;
            default -> new Share();
        };
    }

    /** Share of right answers, in percent. */
    private final class Share implements Statistic {
        @Override
        public int samples() {
            return samples;
        }

        @Override
        public double over(int[] rows) {
            return 100.0 * Arrays.stream(rows).filter(right::get).count() / rows.length;
        }
    }

    @Override
    public Optional<ClassStatistic> byClass() {
        return metric == Metric.F1 ? Optional.of(confusion) : Optional.empty();
    }

    @Override
    public Optional<Answers> answers() {
        if (metric != Metric.TOP_1 && metric != Metric.TOP_5) {
            return Optional.empty();
        }
        return Optional.of(new Answers(Arrays.stream(labels, 0, samples).boxed().toList(), (BitSet) right.clone()));
    }
}
