package dev.skerry.assess;

/**
 * The highest rate of queries that keeps the latency bound, by bisection: probe {@link #next}, {@link #tell} what came of it, until
 * {@link #isDone}. A rate above what keeps the bound is taken not to keep it either.
 */
final class QpsSearch {
    private static final double RESOLUTION = 0.02;
    private static final int MOST_PROBES = 12;
    /** Beyond what the instances can do without a pause no queue is stable. */
    private static final double BEYOND = 1.02;

    private double kept;
    private double broken;
    private int probes;

    /** @param capacityQps what all instances do without a pause */
    QpsSearch(double capacityQps) {
        if (!(capacityQps > 0) || Double.isInfinite(capacityQps)) {
            throw new IllegalArgumentException(capacityQps + " queries/s");
        }
        broken = capacityQps * BEYOND;
    }

    boolean isDone() {
        return probes >= MOST_PROBES || broken - kept <= RESOLUTION * broken;
    }

    /** Queries a second. */
    double next() {
        return (kept + broken) / 2;
    }

    void tell(double qps, boolean isKept) {
        probes++;
        if (isKept) {
            kept = Math.max(kept, qps);
        } else {
            broken = Math.min(broken, qps);
        }
    }

    /** The highest that kept the bound so far; 0 where none did. */
    double best() {
        return kept;
    }

    int probes() {
        return probes;
    }
}
