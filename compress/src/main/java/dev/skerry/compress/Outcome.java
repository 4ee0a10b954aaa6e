package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.PairedOutcome;
import org.jspecify.annotations.Nullable;

/**
 * How a variant does.
 *
 * @param value of the metric: percent, or where the metric isn't a percentage its own unit
 * @param interval 95 %, of the value; null where it isn't known
 * @param drop how much worse than the float model, by the metric's {@link Scale}; negative where it is better
 * @param dropInterval 95 %, paired where that is possible; null where it isn't known
 * @param withinNoise whether the samples can't tell the two apart; false where nothing is known
 */
record Outcome(
        double value,
        @Nullable Interval interval,
        double drop,
        @Nullable Interval dropInterval,
        boolean withinNoise) {
    private static final double SIGNIFICANCE = 0.05;

    Outcome(double value, @Nullable Interval interval, double drop, @Nullable Interval dropInterval) {
        this(value, interval, drop, dropInterval, dropInterval != null && holdsZero(dropInterval));
    }

    /** Of right and wrong answers, where a score interval of a few differing samples would promise more than an exact test does. */
    static Outcome of(PairedOutcome paired, Interval own) {
        Interval drop = paired.dropInterval95();
        return new Outcome(
                paired.second().percent(),
                own,
                paired.dropPercent(),
                drop,
                holdsZero(drop) || paired.mcnemarP() > SIGNIFICANCE);
    }

    private static boolean holdsZero(Interval interval) {
        return interval.low() <= 0 && interval.high() >= 0;
    }
}
