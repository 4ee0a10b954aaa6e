package dev.skerry.compress;

import java.util.Locale;

/** How the range that INT8 covers is chosen from the values an activation took during calibration. */
public enum RangeMethod {
    /** Everything that was seen. */
    MINMAX,
    /** All but one value in 10,000 at either end. */
    PERCENTILE,
    /** The range whose quantized distribution is nearest to the real one by Kullback-Leibler divergence. */
    ENTROPY,
    /** The range of least mean squared error, cut-off values included. */
    MSE;

    /** As people write it: {@code minmax}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
