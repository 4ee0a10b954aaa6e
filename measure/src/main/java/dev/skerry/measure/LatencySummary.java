package dev.skerry.measure;

/**
 * Latencies in a line. A percentile is the smallest value that this share of the samples does not exceed. All zero where there
 * are no samples.
 *
 * @param p999Nanos the 99.9th percentile
 * @param maxNanos the largest sample, exactly
 */
public record LatencySummary(
        long samples,
        long minNanos,
        long p50Nanos,
        long p90Nanos,
        long p99Nanos,
        long p999Nanos,
        long maxNanos,
        double meanNanos) {}
