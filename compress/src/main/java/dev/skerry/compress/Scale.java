package dev.skerry.compress;

/**
 * How values of a metric are compared.
 *
 * @param percent whether values are percent, so that a drop is a difference in points; else it is relative, in percent of the
 *     float model's value
 * @param lowerIsBetter whether less is better
 */
public record Scale(boolean percent, boolean lowerIsBetter) {
    /** The more percent the better. */
    public static final Scale PERCENT = new Scale(true, false);

    /** How much worse {@code value} is than {@code reference}; NaN where that isn't defined. */
    double drop(double reference, double value) {
        double difference = lowerIsBetter ? value - reference : reference - value;
        if (percent || difference == 0) {
            return difference;
        }
        return reference == 0 ? Double.NaN : 100 * difference / Math.abs(reference);
    }

    /** What a drop is counted in. */
    String dropUnit() {
        return percent ? "points" : "% of float's value";
    }
}
