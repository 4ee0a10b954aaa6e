package dev.skerry.measure;

/** A two-sided confidence interval, in the unit of what it is about. */
public record Interval(double low, double high) {
    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
