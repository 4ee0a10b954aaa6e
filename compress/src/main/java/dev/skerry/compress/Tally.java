package dev.skerry.compress;

import dev.skerry.measure.ClassStatistic;
import dev.skerry.measure.Statistic;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;

/** What a metric gathers of one variant, sample by sample. */
interface Tally {
    /**
     * Takes in one sample, whose truth is of the metric's kind.
     *
     * @throws dev.skerry.problem.ProblemException where the outputs can't be compared with it
     */
    void add(Sample sample, Map<String, Tensor> outputs);

    /** The metric, over any of the samples. */
    Statistic statistic();

    /** The same class by class, where the metric has classes. */
    default Optional<ClassStatistic> byClass() {
        return Optional.empty();
    }

    /** Empty but for metrics that find each sample right or wrong. */
    default Optional<Answers> answers() {
        return Optional.empty();
    }

    /** True classes and whether the answer was right, by sample. */
    record Answers(List<Integer> labels, BitSet rightOnes) {
        boolean[] right() {
            boolean[] right = new boolean[labels.size()];
            for (int i = 0; i < right.length; i++) {
                right[i] = rightOnes.get(i);
            }
            return right;
        }
    }

    /** The values of an output, all of them numbers. */
    static double[] finite(Tensor output, Sample sample) {
        double[] values = new double[Math.toIntExact(output.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = output.valueAt(i);
            if (Double.isNaN(values[i])) {
                throw notANumber(output, sample).toException();
            }
        }
        return values;
    }

    static Problem notANumber(Tensor output, Sample sample) {
        String broken = broken(sample, "NaN", Double::isNaN)
                .or(() -> broken(sample, "infinity", Double::isInfinite))
                .orElse("");
        return Problem.usage("compress.output-nan", "output '" + output.name() + "' is not a number (NaN)")
                .at("evaluation, sample " + sample.id())
                .because(
                        broken.isEmpty()
                                ? "the inputs are numbers, so it arises in the model"
                                : "the sample's " + broken)
                .attempt(broken.isEmpty() ? "a model that is finite on its samples" : "leaving the sample out");
    }

    private static Optional<String> broken(Sample sample, String what, DoublePredicate isSo) {
        return sample.inputs().entrySet().stream()
                .filter(input -> holds(input.getValue(), isSo))
                .map(input -> "input '" + input.getKey() + "' holds " + what)
                .sorted()
                .findFirst();
    }

    /** Whether a tensor of any float type holds a value that is not a number. */
    static boolean holdsNaN(Tensor tensor) {
        return holds(tensor, Double::isNaN);
    }

    private static boolean holds(Tensor tensor, DoublePredicate isSo) {
        if (tensor.type() != DataType.FLOAT
                && tensor.type() != DataType.DOUBLE
                && tensor.type() != DataType.FLOAT16
                && tensor.type() != DataType.BFLOAT16) {
            return false;
        }
        for (long i = 0; i < tensor.elements(); i++) {
            if (isSo.test(tensor.valueAt(i))) {
                return true;
            }
        }
        return false;
    }
}
