package dev.skerry.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Mean intersection over union of masks, in percent: per class the pixels that both call so over those that either does, summed
 * over all samples; then the mean over the classes that either names.
 */
public final class MeanIou implements ClassStatistic {
    /** Pixels of one class in one sample. */
    private record Counts(int label, long both, long truth, long found) {}

    private final List<List<Counts>> samples = new ArrayList<>();
    private int classes;

    /** Of nothing yet. */
    public MeanIou() {}

    /**
     * Takes in one sample.
     *
     * @param truth the class of each pixel; a negative one leaves the pixel out
     * @param found the classes found, none negative
     */
    public void add(int[] truth, int[] found) {
        if (truth.length != found.length) {
            throw new IllegalArgumentException(truth.length + " pixels against " + found.length);
        }
        var rows = new TreeMap<Integer, long[]>();
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= 0) {
                rows.computeIfAbsent(truth[i], _ -> new long[3])[1]++;
                rows.computeIfAbsent(found[i], _ -> new long[3])[2]++;
                if (truth[i] == found[i]) {
                    rows.computeIfAbsent(truth[i], _ -> new long[3])[0]++;
                }
            }
        }
        samples.add(rows.entrySet().stream()
                .map(row -> new Counts(row.getKey(), row.getValue()[0], row.getValue()[1], row.getValue()[2]))
                .toList());
        classes = rows.isEmpty() ? classes : Math.max(classes, rows.lastKey() + 1);
    }

    @Override
    public int samples() {
        return samples.size();
    }

    @Override
    public double over(int[] rows) {
        return Arrays.stream(byClass(rows))
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    private double[] byClass(int[] rows) {
        long[] both = new long[classes];
        long[] either = new long[classes];
        for (int row : rows) {
            for (Counts counts : samples.get(row)) {
                both[counts.label] += counts.both;
                either[counts.label] += counts.truth + counts.found - counts.both;
            }
        }
        double[] values = new double[classes];
        Arrays.setAll(values, label -> either[label] == 0 ? Double.NaN : 100.0 * both[label] / either[label]);
        return values;
    }

    @Override
    public SortedMap<Integer, Long> classes() {
        var pixels = new TreeMap<Integer, Long>();
        samples.forEach(sample -> sample.stream()
                .filter(counts -> counts.truth > 0)
                .forEach(counts -> pixels.merge(counts.label, counts.truth, Long::sum)));
        return pixels;
    }

    @Override
    public Statistic ofClass(int label) {
        return new Statistic() {
            @Override
            public int samples() {
                return samples.size();
            }

            @Override
            public double over(int[] rows) {
                long both = 0;
                long either = 0;
                for (int row : rows) {
                    for (Counts counts : samples.get(row)) {
                        if (counts.label == label) {
                            both += counts.both;
                            either += counts.truth + counts.found - counts.both;
                        }
                    }
                }
                return either == 0 ? Double.NaN : 100.0 * both / either;
            }
        };
    }
}
