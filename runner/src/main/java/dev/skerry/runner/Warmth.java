package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LatencySummary;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How long a model is rehearsed, as fast as it goes and without actions. The second half of it is measured.
 *
 * @param nanos at most
 * @param cycles at most
 * @param inRun whether another model is at work meanwhile
 */
record Warmth(long nanos, long cycles, boolean inRun) {
    /** Until the JVM has compiled the loop. */
    static final Warmth FULL = new Warmth(1_500_000_000L, 12_000, false);

    /** For a model that follows another one: the loop is warm already. */
    static final Warmth BRIEF = new Warmth(300_000_000L, 400, true);

    /** Of a given time at most; 0 for none. */
    static Warmth of(long nanos) {
        return new Warmth(nanos, FULL.cycles, false);
    }

    LatencySummary rehearse(LoadedModel model, Supply supply, LongSupplier clock, BooleanSupplier stopped) {
        if (nanos == 0) {
            return new LatencyHistogram().summary();
        }
        try (var rehearsal = new Rehearsal(model, supply.rehearsal(), supply.bindings(), inRun)) {
            long begin = clock.getAsLong();
            boolean settled = false;
            for (int i = 0; i < cycles && clock.getAsLong() - begin < nanos && !stopped.getAsBoolean(); i++) {
                if (!settled && (i == cycles / 2 || clock.getAsLong() - begin > nanos / 2)) {
                    rehearsal.settle();
                    settled = true;
                }
                rehearsal.run(1);
            }
            return rehearsal.latency();
        }
    }
}
