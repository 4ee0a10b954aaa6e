package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import org.jspecify.annotations.Nullable;

/**
 * One model of a run with all that is its own: deadline, claims, standing, record. Models share the releases and the loop's thread.
 *
 * @param standby runs its fallback model; null where it has none
 * @param needNanos what an inference of it takes at the 99th percentile: where less time is left in a cycle it isn't begun
 */
record Lane(
        Schedule schedule,
        CycleWork work,
        Claims claims,
        Response response,
        LoopRecord record,
        @Nullable Standby standby,
        long needNanos) {
    /** Without a fallback model. */
    Lane(Schedule schedule, CycleWork work, Response response) {
        this(schedule, work, new Claims(), response, new LoopRecord(), null, 0);
    }

    /** Answers a release that the caller has claimed, with the best that there is but a model. Returns who answered. */
    Level standIn(long cycle, long nowNanos) {
        Level level = response.choose(cycle, false);
        response.answered(cycle, level, nowNanos);
        work.standIn(cycle, level, response.lastGood());
        return level;
    }
}
