package dev.skerry.runner;

import dev.skerry.measure.LatencySummary;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A version of a model with its fallback model, both held to their golden vectors and warm.
 *
 * @param golden what the first one reproduced
 * @param standby the fallback model; null where there is none
 */
record Cast(Member lead, RunReport.Golden golden, @Nullable Member standby) {
    /**
     * One of the two.
     *
     * @param need what an inference of it took in its rehearsal
     */
    record Member(LoadedModel model, Supply supply, LatencySummary need) {}

    /**
     * Rehearses a model that was held to its golden vectors, then loads, checks and rehearses its fallback model.
     *
     * @param stopped whether a rehearsal is to be cut short
     */
    static Cast rehearsed(
            LoadedModel model,
            Supply supply,
            RunReport.Golden golden,
            Warmth warmth,
            LongSupplier clock,
            BooleanSupplier stopped) {
        var lead = new Member(model, supply, warmth.rehearse(model, supply, clock, stopped));
        LoadedModel second = model.fallback().orElse(null);
        if (second == null) {
            return new Cast(lead, golden, null);
        }
        boolean opened = false;
        try {
            second.checkGolden();
            Supply samples = supply.to(second);
            var standby = new Member(second, samples, warmth.rehearse(second, samples, clock, stopped));
            opened = true;
            return new Cast(lead, golden, standby);
        } finally {
            if (!opened) {
                second.close();
            }
        }
    }

    LoadedModel model() {
        return lead.model;
    }

    /** Ends the sessions; decoded samples stay. */
    void retire() {
        lead.model.retire();
        if (standby != null) {
            standby.model.retire();
        }
    }

    void close() {
        if (standby != null) {
            standby.model.close();
        }
        lead.model.close();
    }
}
