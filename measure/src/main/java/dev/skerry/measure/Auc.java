package dev.skerry.measure;

import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Area under the receiver operating characteristic: the chance that a true sample scores higher than a false one, ties
 * counting half.
 *
 * @see <a href="https://doi.org/10.1148/radiology.143.1.7063747">Hanley and McNeil, The meaning and use of the area under a
 *     ROC curve, Radiology 143 (1982)</a>
 */
public final class Auc {
    private static final int RESAMPLES = 2000;

    private Auc() {}

    /** Between 0 and 1. A problem where a score is not a number, or where there is no true or no false sample. */
    public static double of(double[] scores, boolean[] truth) {
        int[] once = new int[scores.length];
        Arrays.fill(once, 1);
        double area = area(order(scores, truth), scores, truth, once);
        if (Double.isNaN(area)) {
            throw Problem.usage("measure.one-class", "the area under the ROC curve needs samples of both classes")
                    .because("all " + truth.length + " samples are of one class")
                    .attempt("labelled samples of both classes")
                    .toException();
        }
        return area;
    }

    /** The 95 % percentile bootstrap interval of {@link #of}, the same for the same seed. */
    public static Interval interval95(double[] scores, boolean[] truth, long seed) {
        of(scores, truth);
        int[] order = order(scores, truth);
        int[] times = new int[scores.length];
        return Bootstrap.interval95(scores.length, seed, RESAMPLES, rows -> {
            Arrays.fill(times, 0);
            for (int row : rows) {
                times[row]++;
            }
            return area(order, scores, truth, times);
        });
    }

    /** The area in percent over any draw of the samples. */
    public static Statistic statistic(double[] scores, boolean[] truth) {
        int[] order = order(scores, truth);
        return new Statistic() {
            @Override
            public int samples() {
                return scores.length;
            }

            @Override
            public double over(int[] rows) {
                int[] times = new int[scores.length];
                for (int row : rows) {
                    times[row]++;
                }
                return 100 * area(order, scores, truth, times);
            }
        };
    }

    /** The area with each sample counted so many times, by the sum of the true samples' ranks; NaN for one class only. */
    private static double area(int[] order, double[] scores, boolean[] truth, int[] times) {
        long ranked = 0;
        long trues = 0;
        double trueRanks = 0;
        for (int from = 0; from < order.length; ) {
            int to = from;
            long here = 0;
            long truesHere = 0;
            // == and not compare: 0.0 and -0.0 are the same score, and the order keeps them side by side
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                here += times[order[to]];
                truesHere += truth[order[to]] ? times[order[to]] : 0;
                to++;
            }
            trueRanks += truesHere * (ranked + (here + 1) / 2.0);
            trues += truesHere;
            ranked += here;
            from = to;
        }
        long falses = ranked - trues;
        if (trues == 0 || falses == 0) {
            return Double.NaN;
        }
        return (trueRanks - trues * (trues + 1) / 2.0) / ((double) trues * falses);
    }

    /** Sample numbers by rising score. */
    private static int[] order(double[] scores, boolean[] truth) {
        if (scores.length != truth.length) {
            throw new IllegalArgumentException(scores.length + " scores for " + truth.length + " labels");
        }
        for (int row = 0; row < scores.length; row++) {
            if (Double.isNaN(scores[row])) {
                throw Problem.gate("measure.not-a-number", "a score is not a number")
                        .at("sample " + row)
                        .because("the model's output is NaN")
                        .toException();
            }
        }
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> scores[row]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
