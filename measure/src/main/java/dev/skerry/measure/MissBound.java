package dev.skerry.measure;

/** How often deadlines may be missed in truth, given how often they were missed so far. */
public final class MissBound {
    private static final double LEVEL = 0.05;

    private MissBound() {}

    /**
     * The upper end of the one-sided 95 % interval of the miss rate, between 0 and 1: a rate above it would have given this
     * few misses in fewer than 5 % of runs. Exact for independent cycles. Without a miss it is close to 3 ÷ cycles.
     *
     * @see <a href="https://doi.org/10.1093/biomet/26.4.404">Clopper and Pearson, The use of confidence or fiducial limits
     *     illustrated in the case of the binomial, Biometrika 26 (1934)</a>
     */
    public static double upper95(long missed, long cycles) {
        if (cycles < 1 || missed < 0 || missed > cycles) {
            throw new IllegalArgumentException(missed + " missed of " + cycles);
        }
        if (missed == cycles) {
            return 1;
        }
        if (missed == 0) {
            return -Math.expm1(Math.log(LEVEL) / cycles);
        }
        double low = (double) missed / cycles;
        double high = 1;
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
            double middle = (low + high) / 2;
            if (Binomial.cumulative(missed, cycles, middle) > LEVEL) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }
}
