package dev.skerry.compress;

import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How often one variant decides as the float model on the samples seen so far, and how far its outputs are from that one's. */
final class Verdicts {
    private final List<Double> agreements = new ArrayList<>();
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
     * @param names the outputs that count
     */
    void add(Map<String, Tensor> reference, Map<String, Tensor> outputs, List<String> names) {
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
        samples++;
    }

    int samples() {
        return samples;
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
