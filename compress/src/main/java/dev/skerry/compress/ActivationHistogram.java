package dev.skerry.compress;

/**
 * The values that one activation took, in fixed memory and one pass: exact extremes, their moving averages, and counts in bins
 * whose width doubles whenever a value falls outside (neighbours are merged then). A bin is at most 1/2048 of the larger extreme
 * wide.
 */
final class ActivationHistogram {
    /** Bins on either side of zero. */
    static final int HALF = 4096;

    /** Samples whose extremes weigh the same in the moving averages; each later one weighs as much as the last of these. */
    private static final int AVERAGED = 100;

    private final long[] counts = new long[2 * HALF];
    private double binWidth;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private double averageMin;
    private double averageMax;
    private long averaged;
    private long total;
    private long notFinite;

    /** @param values all that the activation took on one sample */
    void add(float[] values) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (float value : values) {
            if (!Float.isFinite(value)) {
                notFinite++;
                continue;
            }
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        min = Math.min(min, low);
        max = Math.max(max, high);
        if (low <= high) {
            double weight = 1.0 / Math.min(++averaged, AVERAGED);
            averageMin += weight * (low - averageMin);
            averageMax += weight * (high - averageMax);
        }
        double extreme = extreme();
        if (binWidth == 0 && extreme > 0) {
            // what was counted so far was zero, and stays in its bin whatever the width
            binWidth = extreme / (HALF - 1);
        }
        while (extreme >= binWidth * HALF && extreme > 0) {
            widen();
        }
        for (float value : values) {
            if (Float.isFinite(value)) {
                counts[bin(value)]++;
                total++;
            }
        }
    }

    private int bin(double value) {
        return binWidth == 0 ? HALF : Math.clamp((long) Math.floor(value / binWidth) + HALF, 0, 2 * HALF - 1);
    }

    /** Doubles the bins, from zero outwards on both sides. */
    private void widen() {
        long[] wider = new long[counts.length];
        for (int i = 0; i < counts.length; i++) {
            wider[Math.floorDiv(i - HALF, 2) + HALF] += counts[i];
        }
        System.arraycopy(wider, 0, counts, 0, counts.length);
        binWidth *= 2;
    }

    double min() {
        return total == 0 ? 0 : min;
    }

    double max() {
        return total == 0 ? 0 : max;
    }

    /** The moving average of the samples' lowest values. */
    double averageMin() {
        return averageMin;
    }

    /** The moving average of the samples' highest values. */
    double averageMax() {
        return averageMax;
    }

    long total() {
        return total;
    }

    /** NaN and infinities, which are not counted elsewhere. */
    long notFinite() {
        return notFinite;
    }

    boolean isConstant() {
        return total > 0 && min == max;
    }

    /** The larger distance from zero; 0 before the first value. */
    double extreme() {
        return min > max ? 0 : Math.max(Math.abs(min), Math.abs(max));
    }

    long count(int bin) {
        return counts[bin];
    }

    int bins() {
        return counts.length;
    }

    double binWidth() {
        return binWidth;
    }

    /** The middle of a bin. */
    double centre(int bin) {
        return (bin - HALF + 0.5) * binWidth;
    }
}
