package dev.skerry.compress;

import dev.skerry.measure.Interval;
import org.jspecify.annotations.Nullable;

/**
 * How a variant does.
 *
 * @param value of the metric: percent, or where the metric isn't a percentage its own unit
 * @param interval 95 %, of the value; null where it isn't known
 * @param drop how much worse than the float model, by the metric's {@link Scale}; negative where it is better
 * @param dropInterval 95 %, paired where that is possible; null where it isn't known
 */
record Outcome(
        double value,
        @Nullable Interval interval,
        double drop,
        @Nullable Interval dropInterval) {}
