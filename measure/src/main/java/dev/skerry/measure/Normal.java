package dev.skerry.measure;

/**
 * The standard normal distribution.
 *
 * @see <a href="https://doi.org/10.18637/jss.v011.i04">Marsaglia, Evaluating the normal distribution, J. Stat. Softw. 11
 *     (2004)</a>
 */
final class Normal {
    /** Beyond this the series loses its digits, and the tail is less than any use here can tell from nothing. */
    private static final double FAR = 8;

    private Normal() {}

    /** P(Z ≤ x), absolutely within about 1e-15. */
    static double cumulative(double x) {
        if (x > FAR || x < -FAR) {
            return x > 0 ? 1 : 0;
        }
        double sum = x;
        double term = x;
        for (int odd = 3; sum + term != sum; odd += 2) {
            term *= x * x / odd;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }

    /** The x with {@link #cumulative} {@code share}, which lies strictly between 0 and 1. */
    static double quantile(double share) {
        double low = -FAR;
        double high = FAR;
        for (int i = 0; i < 80; i++) {
            double middle = (low + high) / 2;
            if (cumulative(middle) < share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }
}
