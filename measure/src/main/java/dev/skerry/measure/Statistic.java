package dev.skerry.measure;

import java.util.Arrays;

/**
 * A figure over samples that can be computed over any of them, so also over a draw with replacement. Of one figure for two
 * models on the same samples, both are computed over the same draw.
 */
public interface Statistic {
    /** How many samples were taken in. */
    int samples();

    /**
     * The figure over the samples with these numbers, each as often as it stands there; NaN where it isn't defined on them. The
     * array isn't kept.
     */
    double over(int[] rows);

    /** The figure over all samples, each once. */
    default double value() {
        int[] rows = new int[samples()];
        Arrays.setAll(rows, row -> row);
        return over(rows);
    }
}
