package dev.skerry.measure;

import java.util.Arrays;

/**
 * Time of one variant ÷ time of another, measured side by side: below 1 is faster.
 *
 * @param ratio the median over rounds
 * @param interval95 of that median; the whole range where there are fewer than six rounds
 * @param rounds how many there were
 */
public record RatioEstimate(double ratio, Interval interval95, int rounds) {
    /**
     * The median of paired ratios, and the sign test's interval for it: two order statistics, whatever the distribution.
     * Rounds must be independent; slow drift of the machine's load makes the interval too narrow.
     *
     * @see <a href="https://doi.org/10.1214/aoms/1177732502">Thompson, On confidence ranges for the median, Ann. Math.
     *     Statist. 7 (1936)</a>
     */
    static RatioEstimate ofRounds(double[] ratios) {
        double[] sorted = ratios.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int rank = 0;
        while (rank + 1 < n / 2.0 && Binomial.cumulative(rank, n, 0.5) <= 0.025) {
            rank++;
        }
        // cumulative(rank - 1) is the last tail within 2.5 %: the order statistic with `rank` values outside, counted
        // from 1
        int low = Math.max(0, rank - 1);
        return new RatioEstimate(Bootstrap.quantile(sorted, 0.5), new Interval(sorted[low], sorted[n - 1 - low]), n);
    }
}
