package dev.skerry.measure;

/**
 * Tail probabilities of the binomial distribution by the regularised incomplete beta function: P(X ≤ k) = I₁₋ₚ(n−k, k+1).
 *
 * @see <a href="https://dlmf.nist.gov/8.17">DLMF 8.17: identity (iv), continued fraction 8.17.22</a>
 */
final class Binomial {
    private static final double TINY = 1e-300;
    private static final double EPSILON = 1e-15;
    /** The fraction needs about √n terms; this is enough for 10¹³ trials. */
    private static final int MAX_TERMS = 4_000_000;

    private Binomial() {}

    /** P(X ≤ {@code hits}) for {@code total} trials that each hit with {@code probability}. */
    static double cumulative(long hits, long total, double probability) {
        if (hits < 0) {
            return 0;
        }
        if (hits >= total) {
            return 1;
        }
        return incompleteBeta((double) (total - hits), hits + 1.0, 1 - probability);
    }

    /** Iₓ(a, b). */
    static double incompleteBeta(double a, double b, double x) {
        if (x <= 0) {
            return 0;
        }
        if (x >= 1) {
            return 1;
        }
        double front = Math.exp(logFront(a, b, x));
        // the fraction converges fast only on this side of the mean
        return x < (a + 1) / (a + b + 2) ? front / a * fraction(a, b, x) : 1 - front / b * fraction(b, a, 1 - x);
    }

    /**
     * log of xᵃ(1−x)ᵇ / B(a, b), arranged so that the large terms cancel on paper and not in floating point: with the plain
     * log-gammas a billion trials would leave five digits.
     */
    private static double logFront(double a, double b, double x) {
        double n = a + b;
        double deviance = a * logRatio(x * n, a) + b * logRatio((1 - x) * n, b);
        return deviance
                + 0.5 * Math.log(a * b / (2 * Math.PI * n))
                + stirlingError(n)
                - stirlingError(a)
                - stirlingError(b);
    }

    /** log(value / reference), exact near 1. */
    private static double logRatio(double value, double reference) {
        double relative = (value - reference) / reference;
        return Math.abs(relative) < 0.5 ? Math.log1p(relative) : Math.log(value / reference);
    }

    /**
     * What Stirling's formula leaves: log Γ(x) − ((x−½) log x − x + ½ log 2π), by its asymptotic series (DLMF 5.11.1) from 16
     * on, and below by Γ(x+1) = xΓ(x).
     */
    private static double stirlingError(double x) {
        double shift = 0;
        double at = x;
        while (at < 16) {
            // error(x) = error(x+1) + (x+½) log(1+1/x) − 1
            shift += (at + 0.5) * Math.log1p(1 / at) - 1;
            at++;
        }
        double square = at * at;
        double series = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / (1680 * square)) / square) / square) / at;
        return shift + series;
    }

    /** The continued fraction by Lentz's method in Thompson and Barnett's form. */
    private static double fraction(double a, double b, double x) {
        double c = 1;
        double d = 1 / away(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m < MAX_TERMS; m++) {
            double even = m * (b - m) * x / ((a + 2.0 * m - 1) * (a + 2.0 * m));
            d = 1 / away(1 + even * d);
            c = away(1 + even / c);
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1));
            d = 1 / away(1 + odd * d);
            c = away(1 + odd / c);
            double change = d * c;
            value *= change;
            if (Math.abs(change - 1) < EPSILON) {
                break;
            }
        }
        return value;
    }

    private static double away(double value) {
        return Math.abs(value) < TINY ? TINY : value;
    }
}
