package dev.skerry.measure;

import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.Comparator;

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
        double area = ofRows(scores, truth, allRows(scores, truth));
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
        return Bootstrap.interval95(scores.length, seed, RESAMPLES, rows -> ofRows(scores, truth, rows));
    }

    /** The area over the chosen rows only, of which some may be chosen repeatedly; NaN where they are of one class. */
    static double ofRows(double[] scores, boolean[] truth, int[] rows) {
        Integer[] order = Arrays.stream(rows).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(row -> scores[row]));
        long trues = 0;
        double trueRanks = 0;
        for (int from = 0; from < order.length; ) {
            int to = from;
            long truesHere = 0;
            // == and not compare: 0.0 and -0.0 are the same score, and the sort keeps them side by side
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                truesHere += truth[order[to]] ? 1 : 0;
                to++;
            }
            trueRanks += truesHere * ((from + 1 + to) / 2.0);
            trues += truesHere;
            from = to;
        }
        long falses = order.length - trues;
        if (trues == 0 || falses == 0) {
            return Double.NaN;
        }
        return (trueRanks - trues * (trues + 1) / 2.0) / ((double) trues * falses);
    }

    private static int[] allRows(double[] scores, boolean[] truth) {
        if (scores.length != truth.length) {
            throw new IllegalArgumentException(scores.length + " scores for " + truth.length + " labels");
        }
        int[] rows = new int[scores.length];
        for (int row = 0; row < rows.length; row++) {
            if (Double.isNaN(scores[row])) {
                throw Problem.gate("measure.not-a-number", "a score is not a number")
                        .at("sample " + row)
                        .because("the model's output is NaN")
                        .toException();
            }
            rows[row] = row;
        }
        return rows;
    }
}
