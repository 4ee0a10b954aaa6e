package dev.skerry.measure;

/** An upright rectangle by its corners, {@code left <= right} and {@code top <= bottom}; in any unit. */
public record Box(double left, double top, double right, double bottom) {
    double area() {
        return Math.max(0, right - left) * Math.max(0, bottom - top);
    }

    double common(Box other) {
        double width = Math.min(right, other.right) - Math.max(left, other.left);
        double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
        return width <= 0 || height <= 0 ? 0 : width * height;
    }

    /** Intersection over union, between 0 and 1. */
    public double iou(Box other) {
        double common = common(other);
        return common == 0 ? 0 : common / (area() + other.area() - common);
    }
}
