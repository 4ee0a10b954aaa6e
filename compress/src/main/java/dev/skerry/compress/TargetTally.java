package dev.skerry.compress;

import dev.skerry.measure.RegressionError;
import dev.skerry.measure.Statistic;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;

/** Root of the mean square error against targets. */
final class TargetTally implements Tally {
    private final List<String> names;
    private final RegressionError error = new RegressionError();

    TargetTally(List<String> names) {
        this.names = names;
    }

    @Override
    public void add(Sample sample, Map<String, Tensor> outputs) {
        if (!(sample.truth() instanceof Truth.Target(Tensor target))) {
            throw new IllegalStateException(sample.id());
        }
        for (String name : names) {
            Tensor output = outputs.get(name);
            if (output != null && output.type() != DataType.STRING && output.elements() == target.elements()) {
                double[] truth = new double[Math.toIntExact(target.elements())];
                for (int i = 0; i < truth.length; i++) {
                    truth[i] = target.valueAt(i);
                }
                error.add(truth, Tally.finite(output, sample));
                return;
            }
        }
        throw Problem.usage("compress.truth", "the targets don't fit the model's output")
                .at("evaluation, sample " + sample.id())
                .because("they have " + target.elements() + " values, and the model gives " + types(names, outputs))
                .attempt("labels as whole numbers, where they are classes")
                .attempt("targets of the output's shape")
                .toException();
    }

    static String types(List<String> names, Map<String, Tensor> outputs) {
        var types = new java.util.ArrayList<String>();
        for (String name : names) {
            Tensor output = outputs.get(name);
            types.add(name + " " + (output == null ? "nothing" : LabelTally.type(output)));
        }
        return String.join(", ", types);
    }

    @Override
    public Statistic statistic() {
        return error.rmse();
    }
}
