package dev.skerry.compress;

/** The values that an integer type has to cover, always including zero, which must be exact. */
record Range(double low, double high) {
    Range {
        if (!(low <= high) || Double.isInfinite(low) || Double.isInfinite(high)) {
            throw new IllegalArgumentException("no range: " + low + " to " + high);
        }
        low = Math.min(low, 0);
        high = Math.max(high, 0);
    }

    double width() {
        return high - low;
    }
}
