package dev.skerry.measure;

/** Hits among a number of independent trials, such as right answers among samples. At least one trial. */
public record Proportion(long hits, long total) {
    /** The standard normal quantile of 0.975. */
    static final double Z95 = 1.959963984540054;

    public Proportion {
        if (total < 1 || hits < 0 || hits > total) {
            throw new IllegalArgumentException(hits + " hits of " + total);
        }
    }

    public double percent() {
        return 100.0 * hits / total;
    }

    /**
     * The 95 % score interval in percent. It keeps close to its level for small totals and near 0 and 100 %, where the textbook
     * interval (Wald) collapses to a point.
     *
     * @see <a href="https://doi.org/10.1080/01621459.1927.10502953">Wilson, Probable inference, JASA 22 (1927)</a>
     */
    public Interval wilson95() {
        double n = total;
        double share = hits / n;
        double square = Z95 * Z95;
        double centre = (share + square / (2 * n)) / (1 + square / n);
        double half = Z95 / (1 + square / n) * Math.sqrt(share * (1 - share) / n + square / (4 * n * n));
        // at the ends the formula gives 0 and 1 up to rounding, and rounding must not shut the observed share out
        double low = hits == 0 ? 0 : Math.max(0, centre - half);
        double high = hits == total ? 1 : Math.min(1, centre + half);
        return new Interval(100 * low, 100 * high);
    }
}
