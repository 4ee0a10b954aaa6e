package dev.skerry.compress;

import java.util.List;
import java.util.Locale;

/** How the range that INT8 covers is chosen from the values an activation took during calibration. */
public enum RangeMethod {
    /** Everything that was seen. */
    MINMAX,
    /**
     * What the samples reach on the whole: the mean of their lowest and highest values over the first hundred, from then on an
     * exponential average. One freak sample moves it little.
     */
    MOVING_AVERAGE,
    /** All but one value in 10,000 at either end. */
    PERCENTILE,
    /** The range whose quantized distribution is nearest to the real one by Kullback-Leibler divergence. */
    ENTROPY,
    /** The range of least mean squared error, cut-off values included. */
    MSE;

    /**
     * Those that a search tries where none is asked for. The moving average lies between the whole range and the percentile;
     * trying it too would cost a variant of each scope.
     */
    public static final List<RangeMethod> SEARCHED = List.of(MINMAX, PERCENTILE, ENTROPY, MSE);

    /** As people write it: {@code minmax}, {@code average}. */
    public String label() {
        return this == MOVING_AVERAGE ? "average" : name().toLowerCase(Locale.ROOT);
    }
}
