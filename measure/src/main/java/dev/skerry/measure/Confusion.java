package dev.skerry.measure;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which class was taken for which: true classes, and those that a classifier named, sample by sample. As a statistic it is the
 * macro F1, in percent: per class the harmonic mean of precision and recall, then the mean over classes that occur or are named.
 * Micro F1, with one class per sample, is accuracy.
 */
public final class Confusion implements ClassStatistic {
    private int[] truth = new int[64];
    private int[] named = new int[64];
    private int samples;
    private int classes;

    /** Of nothing yet. */
    public Confusion() {}

    /** Takes in one sample; neither class is negative. */
    public void add(int trueClass, int namedClass) {
        if (trueClass < 0 || namedClass < 0) {
            throw new IllegalArgumentException("class " + Math.min(trueClass, namedClass));
        }
        if (samples == truth.length) {
            truth = Arrays.copyOf(truth, 2 * samples);
            named = Arrays.copyOf(named, 2 * samples);
        }
        truth[samples] = trueClass;
        named[samples++] = namedClass;
        classes = Math.max(classes, Math.max(trueClass, namedClass) + 1);
    }

    @Override
    public int samples() {
        return samples;
    }

    /** How often {@code trueClass} was called {@code namedClass}. */
    public long count(int trueClass, int namedClass) {
        return IntStream.range(0, samples)
                .filter(row -> truth[row] == trueClass && named[row] == namedClass)
                .count();
    }

    /** Right answers among the samples of a class that occurs. */
    public Proportion recall(int label) {
        return new Proportion(
                count(label, label),
                IntStream.range(0, samples).filter(row -> truth[row] == label).count());
    }

    /** Right answers among all. */
    public Proportion accuracy() {
        return new Proportion(
                IntStream.range(0, samples)
                        .filter(row -> truth[row] == named[row])
                        .count(),
                samples);
    }

    /** The wrong class that a class is called most often, the least of equals; empty where it is always right. */
    public OptionalInt mistakenFor(int label) {
        long[] counts = new long[classes];
        for (int row = 0; row < samples; row++) {
            counts[named[row]] += truth[row] == label && named[row] != label ? 1 : 0;
        }
        int best = -1;
        for (int other = 0; other < classes; other++) {
            best = counts[other] > (best < 0 ? 0 : counts[best]) ? other : best;
        }
        return best < 0 ? OptionalInt.empty() : OptionalInt.of(best);
    }

    @Override
    public double over(int[] rows) {
        // right, false alarms and misses of each class
        long[] right = new long[classes];
        long[] wrong = new long[classes];
        for (int row : rows) {
            if (truth[row] == named[row]) {
                right[truth[row]]++;
            } else {
                wrong[truth[row]]++;
                wrong[named[row]]++;
            }
        }
        double sum = 0;
        int counted = 0;
        for (int label = 0; label < classes; label++) {
            if (right[label] + wrong[label] > 0) {
                sum += 200.0 * right[label] / (2 * right[label] + wrong[label]);
                counted++;
            }
        }
        return counted == 0 ? Double.NaN : sum / counted;
    }

    @Override
    public SortedMap<Integer, Long> classes() {
        var counts = new TreeMap<Integer, Long>();
        for (int row = 0; row < samples; row++) {
            counts.merge(truth[row], 1L, Long::sum);
        }
        return counts;
    }

    /** F1 of one class, in percent. */
    @Override
    public Statistic ofClass(int label) {
        return new Statistic() {
            @Override
            public int samples() {
                return samples;
            }

            @Override
            public double over(int[] rows) {
                long right = 0;
                long wrong = 0;
                for (int row : rows) {
                    if (truth[row] == label && named[row] == label) {
                        right++;
                    } else if (truth[row] == label || named[row] == label) {
                        wrong++;
                    }
                }
                return right + wrong == 0 ? Double.NaN : 200.0 * right / (2 * right + wrong);
            }
        };
    }
}
