package dev.skerry.compress;

import dev.skerry.measure.Auc;
import dev.skerry.measure.Bootstrap;
import dev.skerry.measure.Interval;
import dev.skerry.measure.PairedOutcome;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Compares a variant with the float model on the same samples, by what the samples allow. */
enum Gate {
    /** One row of class scores, and labels. */
    TOP_1("top-1", true),
    /** One probability, and labels of both classes: the area under the ROC curve. */
    AUC("auc", true),
    /** No labels, or outputs that labels can't be compared with: share of decisions equal to the float model's. */
    AGREEMENT("agreement", false);

    private static final long SEED = 20_260_101;
    private static final int RESAMPLES = 1000;

    private final String label;
    private final boolean labelled;

    Gate(String label, boolean labelled) {
        this.label = label;
        this.labelled = labelled;
    }

    String label() {
        return label;
    }

    boolean isLabelled() {
        return labelled;
    }

    /**
     * How a variant does.
     *
     * @param percent its accuracy
     * @param interval 95 %, of the accuracy
     * @param drop the float model's accuracy minus this one's, in points
     * @param dropInterval 95 %, paired
     */
    record Outcome(double percent, Interval interval, double drop, Interval dropInterval) {}

    /** @param truth per sample; only {@link #AUC} needs it */
    Outcome judge(Verdicts reference, Verdicts variant, boolean[] truth) {
        return switch (this) {
            case TOP_1 -> {
                PairedOutcome paired = PairedOutcome.of(reference.right(), variant.right());
                yield new Outcome(
                        paired.second().percent(),
                        paired.second().wilson95(),
                        paired.dropPercent(),
                        paired.dropInterval95());
            }
            case AUC -> {
                double[] first = reference.scores();
                double[] second = variant.scores();
                Interval interval = Auc.interval95(second, truth, SEED);
                // paired: both areas over the same resample
                Interval drop = Arrays.equals(first, second)
                        ? new Interval(0, 0)
                        : Bootstrap.interval95(truth.length, SEED, RESAMPLES, rows -> {
                            boolean[] chosen = new boolean[rows.length];
                            double[] a = new double[rows.length];
                            double[] b = new double[rows.length];
                            for (int i = 0; i < rows.length; i++) {
                                chosen[i] = truth[rows[i]];
                                a[i] = first[rows[i]];
                                b[i] = second[rows[i]];
                            }
                            return hasBoth(chosen) ? 100 * (Auc.of(a, chosen) - Auc.of(b, chosen)) : Double.NaN;
                        });
                double area = Auc.of(second, truth);
                yield new Outcome(
                        100 * area,
                        new Interval(100 * interval.low(), 100 * interval.high()),
                        100 * (Auc.of(first, truth) - area),
                        drop);
            }
            case AGREEMENT -> {
                double[] shares = variant.agreements();
                double percent = variant.agreementPercent();
                Interval interval;
                Interval drop;
                if (Arrays.stream(shares).allMatch(share -> share == 0 || share == 1)) {
                    boolean[] equal = new boolean[shares.length];
                    boolean[] always = new boolean[shares.length];
                    Arrays.fill(always, true);
                    IntStream.range(0, equal.length).forEach(i -> equal[i] = shares[i] == 1);
                    PairedOutcome paired = PairedOutcome.of(always, equal);
                    interval = paired.second().wilson95();
                    drop = paired.dropInterval95();
                } else {
                    interval = Bootstrap.interval95(
                            shares.length,
                            SEED,
                            RESAMPLES,
                            rows -> 100
                                    * Arrays.stream(rows)
                                            .mapToDouble(row -> shares[row])
                                            .average()
                                            .orElse(1));
                    drop = new Interval(100 - interval.high(), 100 - interval.low());
                }
                yield new Outcome(percent, interval, 100 - percent, drop);
            }
        };
    }

    static boolean hasBoth(boolean[] truth) {
        boolean any = false;
        boolean all = true;
        for (boolean each : truth) {
            any |= each;
            all &= each;
        }
        return any && !all;
    }
}
