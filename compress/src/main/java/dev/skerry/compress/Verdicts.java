package dev.skerry.compress;

import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** What one variant decided on the samples seen so far, and how far its outputs are from the float model's. */
final class Verdicts {
    private final BitSet right = new BitSet();
    private final List<Double> agreements = new ArrayList<>();
    private final List<Double> scores = new ArrayList<>();
    private final Sqnr sqnr = new Sqnr();
    private int samples;

    /** The decisions in an output: the largest of each row of at least two, or whether a lone value exceeds one half. */
    static int[] decisions(Tensor output) {
        long[] dims = output.dims();
        int columns = dims.length == 0 ? 1 : (int) dims[dims.length - 1];
        int count = (int) output.elements();
        if (columns < 2) {
            int[] decided = new int[count];
            for (int i = 0; i < count; i++) {
                decided[i] = output.valueAt(i) > 0.5 ? 1 : 0;
            }
            return decided;
        }
        int[] decided = new int[count / columns];
        for (int row = 0; row < decided.length; row++) {
            int best = 0;
            for (int column = 1; column < columns; column++) {
                if (output.valueAt((long) row * columns + column) > output.valueAt((long) row * columns + best)) {
                    best = column;
                }
            }
            decided[row] = best;
        }
        return decided;
    }

    /**
     * Takes in one sample.
     *
     * @param reference the float model's outputs, by name
     * @param outputs this variant's
     * @param names the outputs that count, the first for the decision
     * @param label the true class; −1 where it isn't known
     */
    void add(Map<String, Tensor> reference, Map<String, Tensor> outputs, List<String> names, int label) {
        long rows = 0;
        long equal = 0;
        for (String name : names) {
            Tensor expected = reference.get(name);
            Tensor actual = outputs.get(name);
            if (expected == null || actual == null || actual.type() == DataType.STRING) {
                continue;
            }
            if (actual.elements() != expected.elements()) {
                rows++;
                continue;
            }
            int[] first = decisions(expected);
            int[] second = decisions(actual);
            for (int i = 0; i < first.length; i++) {
                equal += first[i] == second[i] ? 1 : 0;
            }
            rows += first.length;
            if (expected.type() == DataType.FLOAT && actual.type() == DataType.FLOAT) {
                sqnr.add(expected.toFloats(), actual.toFloats());
            }
        }
        agreements.add(rows == 0 ? 1.0 : (double) equal / rows);
        Tensor decisive = outputs.get(names.getFirst());
        if (decisive != null && decisive.elements() > 0 && decisive.type() != DataType.STRING) {
            right.set(samples, label >= 0 && decisions(decisive)[0] == label);
            scores.add(decisive.valueAt(0));
        }
        samples++;
    }

    int samples() {
        return samples;
    }

    boolean[] right() {
        boolean[] verdicts = new boolean[samples];
        for (int i = 0; i < samples; i++) {
            verdicts[i] = right.get(i);
        }
        return verdicts;
    }

    /** The decisive output's first value, per sample. */
    double[] scores() {
        return scores.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Share of decisions equal to the float model's, per sample, between 0 and 1. */
    double[] agreements() {
        return agreements.stream().mapToDouble(Double::doubleValue).toArray();
    }

    double agreementPercent() {
        return 100
                * agreements.stream().mapToDouble(Double::doubleValue).average().orElse(1);
    }

    double sqnrDecibel() {
        return sqnr.decibel();
    }
}
