package dev.skerry.runtime;

import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.TimeText;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a combination has to keep to.
 *
 * @param latencyNanos of an inference; 0 for no limit
 * @param percentile of the latency that is limited, in percent; the nearest at or above it that is measured counts (50, 90, 99, 99.9, 100)
 * @param memoryBytes resident, beside the process itself; 0 for no limit
 */
public record RowBudget(long latencyNanos, double percentile, long memoryBytes) {
    public static final RowBudget NONE = new RowBudget(0, 100, 0);

    private static final double[] MEASURED = {50, 90, 99, 99.9};

    public boolean isNone() {
        return latencyNanos <= 0 && memoryBytes <= 0;
    }

    /** Why a combination is over it; null where it isn't, or where that isn't known. */
    @Nullable
    String objection(LatencySummary latency, @Nullable Long memory) {
        double counted = counted(latency.samples());
        long nanos = at(latency, counted);
        if (latencyNanos > 0 && nanos > latencyNanos) {
            return "its p%s of %s is over the budget of %s"
                    .formatted(
                            counted == Math.rint(counted)
                                    ? Long.toString(Math.round(counted))
                                    : Double.toString(counted),
                            TimeText.micros(nanos / 1e3),
                            TimeText.micros(latencyNanos / 1e3));
        }
        if (memoryBytes > 0 && memory != null && memory > memoryBytes) {
            return String.format(
                    Locale.ROOT,
                    "its memory of %.3g MB is over the budget of %.3g MB",
                    memory / 1e6,
                    memoryBytes / 1e6);
        }
        return null;
    }

    /** The percentile to look at: as many samples as lie above it are needed, so that one late call doesn't stand for it. */
    private double counted(long samples) {
        double wanted = 100;
        for (int i = MEASURED.length - 1; i >= 0; i--) {
            wanted = MEASURED[i] >= percentile ? MEASURED[i] : wanted;
        }
        for (int i = MEASURED.length - 1; i > 0; i--) {
            if (wanted > MEASURED[i - 1] && samples * (1 - Math.min(wanted, 99.9) / 100) < 1) {
                wanted = MEASURED[i - 1];
            }
        }
        return wanted;
    }

    private static long at(LatencySummary latency, double percentile) {
        return percentile <= 50
                ? latency.p50Nanos()
                : percentile <= 90
                        ? latency.p90Nanos()
                        : percentile <= 99
                                ? latency.p99Nanos()
                                : percentile <= 99.9 ? latency.p999Nanos() : latency.maxNanos();
    }
}
