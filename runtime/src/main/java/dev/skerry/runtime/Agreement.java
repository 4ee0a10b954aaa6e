package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How outputs compare with reference outputs.
 *
 * @param maxAbsError the largest difference of two elements; infinite where shapes differ or only one is NaN
 * @param argmaxPercent how often the largest element along the last axis of the first output is at the same place; null where that
 *     axis has a single element
 */
record Agreement(double maxAbsError, @Nullable Double argmaxPercent) {
    static Agreement between(List<Map<String, Tensor>> references, List<Map<String, Tensor>> outputs) {
        double worst = 0;
        long rows = 0;
        long agreeing = 0;
        for (int sample = 0; sample < references.size(); sample++) {
            boolean first = true;
            for (Map.Entry<String, Tensor> entry : references.get(sample).entrySet()) {
                Tensor reference = entry.getValue();
                Tensor output = outputs.get(sample).get(entry.getKey());
                if (output == null || !output.shape().equals(reference.shape())) {
                    return new Agreement(Double.POSITIVE_INFINITY, 0.0);
                }
                worst = Math.max(worst, maxAbsError(reference, output));
                int classes = classes(reference);
                if (first && classes > 1) {
                    for (long at = 0; at < reference.elements(); at += classes) {
                        rows++;
                        agreeing += argmax(reference, at, classes) == argmax(output, at, classes) ? 1 : 0;
                    }
                }
                first = false;
            }
        }
        return new Agreement(worst, rows == 0 ? null : 100.0 * agreeing / rows);
    }

    static double maxAbsError(Tensor reference, Tensor output) {
        if (reference.type() == DataType.STRING || output.type() == DataType.STRING) {
            return reference.strings().equals(output.strings()) ? 0 : Double.POSITIVE_INFINITY;
        }
        double worst = 0;
        for (long i = 0; i < reference.elements(); i++) {
            double a = reference.valueAt(i);
            double b = output.valueAt(i);
            if (a == b || Double.isNaN(a) && Double.isNaN(b)) {
                continue;
            }
            double error = Math.abs(a - b);
            worst = Math.max(worst, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
        }
        return worst;
    }

    private static int classes(Tensor tensor) {
        return tensor.rank() == 0 || tensor.type() == DataType.STRING
                ? 0
                : Math.toIntExact(tensor.dims()[tensor.rank() - 1]);
    }

    private static int argmax(Tensor tensor, long from, int classes) {
        int best = 0;
        for (int i = 1; i < classes; i++) {
            if (tensor.valueAt(from + i) > tensor.valueAt(from + best)) {
                best = i;
            }
        }
        return best;
    }
}
