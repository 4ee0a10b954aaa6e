package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What the loop does for one model in each cycle: brings a sample, infers, reads the decision and hands it over. Latency counts from
 * the scheduled release to the end of the hand-off. A release that somebody else has answered meanwhile is a miss, whatever the
 * inference returns later.
 *
 * <p>For the loop's thread.
 */
final class Turn {
    private final Lane lane;
    private final Schedule schedule;
    private final CycleWork work;
    private final Response response;
    private final LoopRecord record;
    private final boolean givesWay;
    private final Pacer pacer;
    private final CycleEvidence evidence;
    private final Grip grip;

    /** When the stages of this turn were over. */
    private long woke;

    private long sensed;
    private long inferred;
    private long read;

    /** How a turn ended. */
    enum Outcome {
        DONE,
        /** The source has said that nothing will come any more. */
        ENDED,
        /** This thread was given up while it inferred; it must leave no trace. */
        GIVEN_UP
    }

    /**
     * Not begun.
     *
     * @param givesWay whether it leaves a release to the models before it where its inference would not fit
     * @param grip what this thread is held by while it infers
     */
    Turn(Lane lane, boolean givesWay, Pacer pacer, CycleEvidence evidence, Grip grip) {
        this.lane = lane;
        this.schedule = lane.schedule();
        this.work = lane.work();
        this.response = lane.response();
        this.record = lane.record();
        this.givesWay = givesWay;
        this.pacer = pacer;
        this.evidence = evidence;
        this.grip = grip;
    }

    /** @param free whether the loop waited for this release, rather than being late from the one before */
    Outcome take(long cycle, boolean free) {
        woke = pacer.nanoTime();
        record.begun = cycle;
        work.begin(cycle);
        if (hopeless(cycle)) {
            skip(cycle, free ? Kind.LATE : Kind.BUSY, Reason.LATE);
        } else if (givesWay && woke + lane.needNanos() > lastMoment(cycle)) {
            record.yielded++;
            skip(cycle, Kind.YIELDED, Reason.NO_TIME);
        } else if (response.held()) {
            hold(cycle);
        } else {
            return serve(cycle, free);
        }
        return Outcome.DONE;
    }

    /** Whether it is over already, or can't be in time. Without a fallback a late decision is better than none. */
    private boolean hopeless(long cycle) {
        return response.nextVerdict() > cycle || woke >= lastMoment(cycle);
    }

    private long lastMoment(long cycle) {
        return response.answers() ? schedule.fallbackAt(cycle) : schedule.release(cycle + 1);
    }

    private Outcome serve(long cycle, boolean free) {
        sensed = woke;
        inferred = woke;
        read = woke;
        @Nullable Reason trouble = null;
        try {
            Sensed found = work.sense(cycle);
            sensed = pacer.nanoTime();
            inferred = sensed;
            read = sensed;
            if (found == Sensed.ENDED) {
                return Outcome.ENDED;
            }
            trouble = trouble(found);
            if (trouble == null) {
                if (!infer()) {
                    return Outcome.GIVEN_UP;
                }
                inferred = pacer.nanoTime();
                if (!work.read()) {
                    trouble = Reason.NOT_A_NUMBER;
                    record.failed("the decision isn't a number");
                }
                read = pacer.nanoTime();
            }
        } catch (RuntimeException | Error failure) {
            // a failed inference must not end the loop: the fallback is there for it
            read = pacer.nanoTime();
            trouble = Reason.FAILED;
            record.failed(failure instanceof Error ? failure.toString() : String.valueOf(failure.getMessage()));
        }
        boolean decided = answer(cycle, trouble) && trouble == null;
        long end = pacer.nanoTime();
        evidence.sample();
        measure(cycle, end, decided);
        boolean onTime = decided && end <= schedule.deadline(cycle);
        record.release(cycle, end - schedule.release(cycle), !onTime);
        if (onTime) {
            record.decisions++;
        } else {
            if (decided) {
                record.late++;
            }
            Kind kind = kind(cycle, trouble, end, free);
            miss(cycle, kind, decided ? Answer.LATE_DECISION : instead(), end, inferred - sensed);
        }
        return Outcome.DONE;
    }

    /** False where this thread was given up while it inferred. */
    private boolean infer() {
        grip.enter();
        try {
            work.infer();
        } catch (RuntimeException | Error failure) {
            if (!grip.leave()) {
                return false;
            }
            throw failure;
        }
        return grip.leave();
    }

    private @Nullable Reason trouble(Sensed found) {
        return switch (found) {
            case FRESH -> null;
            case REPEATED -> {
                record.repeated++;
                yield null;
            }
            case STALE, ENDED -> {
                record.stale++;
                record.failed("the source had no sample that is young enough");
                yield Reason.STALE_SENSOR;
            }
            case STUCK -> {
                record.stuck++;
                record.failed("the sensor is stuck or out of range");
                yield Reason.STUCK_SENSOR;
            }
        };
    }

    /** Lets the model's decision leave where it may, else what stands in for it. Whether this thread has answered. */
    private boolean answer(long cycle, @Nullable Reason trouble) {
        boolean judge = response.judge(cycle);
        boolean leads = !response.answers();
        if (trouble == null && judge && read <= schedule.deadline(cycle)) {
            leads |= response.onTime(cycle, read);
        } else if (judge) {
            response.missed(trouble == null ? Reason.LATE : trouble);
            // late, but the watchdog is later still: better than none
            leads |= trouble == null && response.level() == Level.NOMINAL;
        }
        if (trouble == null && leads) {
            boolean mine = lane.claims().claim(cycle);
            if (mine) {
                response.answered(cycle, Level.NOMINAL, read);
                work.decide(cycle);
            }
            return mine;
        }
        Standby standby = lane.standby();
        boolean blind = trouble == Reason.STALE_SENSOR || trouble == Reason.STUCK_SENSOR;
        if (standby != null && !blind && !response.held()) {
            // its answer comes from there, and where that fails, from the watchdog
            standby.demand(cycle);
            return false;
        }
        return standIn(cycle);
    }

    private void measure(long cycle, long end, boolean decided) {
        record.wake.record(woke - schedule.release(cycle));
        record.sense.record(sensed - woke);
        record.infer.record(inferred - sensed);
        record.read.record(Math.max(0, read - inferred));
        record.act.record(end - read);
        long captured = work.capturedNanos();
        if (decided && captured != Feed.TIMELESS) {
            record.age.record(Math.max(0, end - captured));
        }
    }

    private Kind kind(long cycle, @Nullable Reason trouble, long end, boolean free) {
        if (trouble != null) {
            return trouble == Reason.FAILED || trouble == Reason.NOT_A_NUMBER ? Kind.FAILED : Kind.BLIND;
        }
        long late = end - schedule.fallbackAt(cycle);
        if (!free && woke - schedule.release(cycle) >= Math.max(0, late)) {
            return Kind.BUSY;
        }
        return late <= 0 ? Kind.HELD : Kind.LATE;
    }

    /** The safe state holds: the safe answer leaves at once. */
    private void hold(long cycle) {
        if (response.judge(cycle)) {
            response.missed(Reason.LATE);
        }
        standIn(cycle);
        evidence.sample();
        long end = pacer.nanoTime();
        record.release(cycle, end - schedule.release(cycle), true);
        miss(cycle, Kind.HELD, instead(), end, 0);
    }

    /** A release that was answered while the loop was busy or asleep, or whose deadline is lost. */
    private void skip(long cycle, Kind kind, Reason why) {
        if (response.judge(cycle)) {
            response.missed(why);
        }
        Standby standby = lane.standby();
        if (why == Reason.NO_TIME && standby != null) {
            standby.demand(cycle);
        } else {
            // the watchdog is late itself; better late than never
            standIn(cycle);
        }
        evidence.sample();
        record.skipped++;
        record.release(cycle, woke - schedule.release(cycle), true);
        miss(cycle, kind, instead(), woke, 0);
    }

    /** Lets what stands in for a decision leave, unless somebody was faster; whether it did. */
    private boolean standIn(long cycle) {
        boolean mine = lane.claims().claim(cycle);
        if (mine && response.answers()) {
            lane.standIn(cycle, pacer.nanoTime());
            long end = pacer.nanoTime();
            record.fallback.record(end - schedule.release(cycle));
            if (end > schedule.deadline(cycle)) {
                record.fallbacksLate++;
            }
        } else if (mine) {
            work.silence(cycle);
        }
        return mine;
    }

    private Answer instead() {
        return response.answers() ? Answer.FALLBACK : Answer.NOTHING;
    }

    private void miss(long cycle, Kind kind, Answer answer, long end, long inferNanos) {
        if (answer == Answer.FALLBACK) {
            record.fallbacks++;
        }
        long release = schedule.release(cycle);
        evidence.note(record.misses, cycle, kind, answer, end - release, woke - release, inferNanos);
    }
}
