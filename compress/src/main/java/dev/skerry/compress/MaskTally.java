package dev.skerry.compress;

import dev.skerry.measure.ClassStatistic;
import dev.skerry.measure.MeanIou;
import dev.skerry.measure.Statistic;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Mean intersection over union against masks. The output has scores, classes first ([1, C, H, W]) or last ([1, H, W, C]); or is
 * a map of classes [1, H, W]; or one probability per pixel, which is class 1 above one half.
 */
final class MaskTally implements Tally {
    /** What data sets write where nobody knows. */
    private static final int VOID = 255;

    private final List<String> names;
    private final MeanIou iou = new MeanIou();

    MaskTally(List<String> names) {
        this.names = names;
    }

    @Override
    public void add(Sample sample, Map<String, Tensor> outputs) {
        if (!(sample.truth() instanceof Truth.Mask(Tensor mask))) {
            throw new IllegalStateException(sample.id());
        }
        for (String name : names) {
            Tensor output = outputs.get(name);
            if (output != null && output.type() != DataType.STRING && output.elements() > 0) {
                long[] pixels = squeezed(mask.dims());
                long[] dims = squeezed(output.dims());
                if (Arrays.equals(dims, pixels)) {
                    boolean real = output.type().name().contains("FLOAT") || output.type() == DataType.DOUBLE;
                    double[] values = Tally.finite(output, sample);
                    int[] found = new int[values.length];
                    for (int i = 0; i < found.length; i++) {
                        found[i] = real ? values[i] > 0.5 ? 1 : 0 : Math.max(0, (int) values[i]);
                    }
                    compare(mask, found, real ? 2 : Integer.MAX_VALUE, output, sample);
                    return;
                }
                if (dims.length == pixels.length + 1) {
                    boolean first = Arrays.equals(Arrays.copyOfRange(dims, 1, dims.length), pixels);
                    boolean last = Arrays.equals(Arrays.copyOf(dims, dims.length - 1), pixels);
                    if (first || last) {
                        int classes = (int) (first ? dims[0] : dims[dims.length - 1]);
                        int[] found = best(Tally.finite(output, sample), classes, first);
                        compare(mask, found, classes, output, sample);
                        return;
                    }
                }
            }
        }
        throw Problem.usage("compress.truth", "the mask doesn't fit the model's output")
                .at("evaluation, sample " + sample.id())
                .because("it is " + mask.shape() + ", and the model gives " + TargetTally.types(names, outputs))
                .attempt("masks of the output's height and width")
                .attempt("an evaluator of your own: --evaluator \"COMMAND {model}\"")
                .toException();
    }

    /** Without axes of length 1. */
    private static long[] squeezed(long[] dims) {
        return Arrays.stream(dims).filter(dim -> dim != 1).toArray();
    }

    private static int[] best(double[] scores, int classes, boolean classesFirst) {
        int pixels = scores.length / classes;
        int[] found = new int[pixels];
        for (int pixel = 0; pixel < pixels; pixel++) {
            double most = Double.NEGATIVE_INFINITY;
            for (int label = 0; label < classes; label++) {
                double score = scores[classesFirst ? label * pixels + pixel : pixel * classes + label];
                if (score > most) {
                    most = score;
                    found[pixel] = label;
                }
            }
        }
        return found;
    }

    private void compare(Tensor mask, int[] found, int classes, Tensor output, Sample sample) {
        int[] truth = new int[found.length];
        for (int i = 0; i < truth.length; i++) {
            long label = mask.longAt(i);
            truth[i] = label < 0 || label == VOID && classes <= VOID ? -1 : (int) label;
            if (label >= classes && truth[i] >= 0) {
                throw Problem.usage("compress.label", "label " + label + " of a model with " + classes + " classes")
                        .at("evaluation, mask of sample " + sample.id())
                        .because("output '" + output.name() + "' is " + LabelTally.type(output))
                        .attempt("masks whose values are classes, with -1 or 255 where there is none")
                        .toException();
            }
        }
        iou.add(truth, found);
    }

    @Override
    public Statistic statistic() {
        return iou;
    }

    @Override
    public Optional<ClassStatistic> byClass() {
        return Optional.of(iou);
    }
}
