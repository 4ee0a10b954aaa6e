package dev.skerry.measure;

import java.util.function.DoubleUnaryOperator;

/**
 * How two classifiers did on the same samples. Only the samples on which they differ say which is better; comparing two
 * accuracies as if they came from different samples would throw that away.
 *
 * @param bothRight samples that both got right
 * @param onlyFirst samples that only the first (say, the float model) got right
 * @param onlySecond samples that only the second (say, the INT8 model) got right
 * @param bothWrong samples that neither got right
 */
public record PairedOutcome(long bothRight, long onlyFirst, long onlySecond, long bothWrong) {
    public PairedOutcome {
        if (bothRight < 0 || onlyFirst < 0 || onlySecond < 0 || bothWrong < 0) {
            throw new IllegalArgumentException(
                    "negative count: " + bothRight + ", " + onlyFirst + ", " + onlySecond + ", " + bothWrong);
        }
        if (bothRight + onlyFirst + onlySecond + bothWrong == 0) {
            throw new IllegalArgumentException("no samples");
        }
    }

    /** Counts two lists of verdicts on the same samples in the same order. */
    public static PairedOutcome of(boolean[] firstRight, boolean[] secondRight) {
        if (firstRight.length != secondRight.length) {
            throw new IllegalArgumentException(firstRight.length + " verdicts against " + secondRight.length);
        }
        long[] counts = new long[4];
        for (int i = 0; i < firstRight.length; i++) {
            counts[(firstRight[i] ? 0 : 2) + (secondRight[i] ? 0 : 1)]++;
        }
        return new PairedOutcome(counts[0], counts[1], counts[2], counts[3]);
    }

    public long total() {
        return bothRight + onlyFirst + onlySecond + bothWrong;
    }

    public Proportion first() {
        return new Proportion(bothRight + onlyFirst, total());
    }

    public Proportion second() {
        return new Proportion(bothRight + onlySecond, total());
    }

    /** Accuracy of the first minus accuracy of the second, in percentage points; negative where the second is better. */
    public double dropPercent() {
        return 100.0 * (onlyFirst - onlySecond) / total();
    }

    /**
     * The 95 % score interval of {@link #dropPercent}, in percentage points: all differences that the data do not reject. It
     * stays honest where few samples differ, or none, which is what a good compression gives.
     *
     * @see <a href="https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C891::AID-SIM780%3E3.0.CO;2-B">Tango, Equivalence
     *     test and confidence interval for the difference in proportions for the paired-sample design, Stat. Med. 17 (1998)</a>
     */
    public Interval dropInterval95() {
        double observed = (double) (onlyFirst - onlySecond) / total();
        double low = crossing(difference -> score(difference) - Proportion.Z95, -1, observed);
        double high = crossing(difference -> score(difference) + Proportion.Z95, observed, 1);
        return new Interval(100 * low, 100 * high);
    }

    /**
     * The two-sided exact p-value of the hypothesis that both are equally accurate: a sign test on the samples on which they
     * differ. 1 where there are none.
     *
     * @see <a href="https://doi.org/10.1007/BF02295996">McNemar, Note on the sampling error of the difference between
     *     correlated proportions, Psychometrika 12 (1947)</a>
     */
    public double mcnemarP() {
        long differing = onlyFirst + onlySecond;
        return Math.min(1, 2 * Binomial.cumulative(Math.min(onlyFirst, onlySecond), differing, 0.5));
    }

    /** Tango's statistic: standardised distance of the data from a true difference; falls as the difference grows. */
    private double score(double difference) {
        double n = total();
        double distance = onlyFirst - onlySecond - n * difference;
        // the share of "only second" that is likeliest under this difference: the larger root of a quadratic
        double a = 2 * n;
        double b = -onlyFirst - onlySecond + (2 * n - onlyFirst + onlySecond) * difference;
        double c = -onlySecond * difference * (1 - difference);
        double share = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
        double variance = n * (2 * share + difference * (1 - difference));
        if (variance <= 0) {
            return distance == 0 ? 0 : Math.copySign(Double.POSITIVE_INFINITY, distance);
        }
        return distance / Math.sqrt(variance);
    }

    /** Where a falling function passes zero between two points; the end that is nearest where it does not. */
    private static double crossing(DoubleUnaryOperator falling, double from, double to) {
        double low = from;
        double high = to;
        for (int i = 0; i < 200 && high - low > 1e-15; i++) {
            double middle = (low + high) / 2;
            if (falling.applyAsDouble(middle) > 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }
}
