package dev.skerry.runner;

import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;

/** Closes the books of a loop that was given up, in its place: what came due while it hung was missed, and others have answered it. */
final class Hang {
    private Hang() {}

    /** Nobody can answer a release any more after this; call it only once the loop's thread has been given up. */
    static void close(Lane lane, long nowNanos) {
        long answered = lane.claims().next();
        lane.claims().close();
        LoopRecord record = lane.record();
        boolean answers = lane.response().answers();
        // without a fallback nobody has answered since, and what came due is lost
        long due = record.cycles.get();
        while (lane.schedule().deadline(due) <= nowNanos) {
            due++;
        }
        long end = answers ? Math.max(answered, record.cycles.get()) : due;
        for (long cycle = record.cycles.get(); cycle < end; cycle++) {
            long latency = Math.max(0, nowNanos - lane.schedule().release(cycle));
            record.release(cycle, latency, true);
            record.skipped++;
            record.fallbacks += answers ? 1 : 0;
            record.misses.add(
                    cycle, Kind.HUNG, answers ? Answer.FALLBACK : Answer.NOTHING, latency, 0, 0, 0, 0, 0, 0, 0);
            if (!answers) {
                lane.work().silence(cycle);
            }
        }
    }
}
