package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The loop: waits for a release, and for each model, the most important one first, brings a sample, infers, reads the decision and
 * hands it over; then waits for the next one. Latency counts from the scheduled release to the end of the hand-off. A release that
 * somebody else has answered meanwhile is a miss, whatever the inference returns later; releases that went by while an earlier one
 * ran are skipped, and are misses too.
 *
 * <p>For one thread.
 */
final class DeadlineLoop {
    /** Cycles after which the code is taken to be warm, and allocation is watched. */
    private static final long SETTLING_CYCLES = 100;

    private final long cycles;
    private final Lane[] lanes;
    private final Schedule schedule;
    private final Pacer pacer;
    private final Evidence evidence;
    private final StopSignal stop;
    private final Grip grip;

    private long next;
    /** The source has said that nothing will come any more. */
    private boolean ended;

    private long onCpuBefore;
    private long waitedBefore;
    private long majorFaultsBefore;
    private long minorFaultsBefore;
    private long preemptionsBefore;
    private long spunBefore;
    private long allocatedBefore;

    /**
     * Not started yet.
     *
     * @param cycles how many releases to serve; 0 until {@code stop} is requested
     * @param lanes the models, the most important one first; their releases are the same
     * @param grip what this thread is held by while it infers
     */
    DeadlineLoop(long cycles, List<Lane> lanes, Pacer pacer, Evidence evidence, StopSignal stop, Grip grip) {
        this.cycles = cycles;
        this.lanes = lanes.toArray(Lane[]::new);
        this.schedule = lanes.getFirst().schedule();
        this.pacer = pacer;
        this.evidence = evidence;
        this.stop = stop;
        this.grip = grip;
    }

    /** Serves all releases, or those until it is asked to stop; afterwards nobody can answer one any more. */
    void run() {
        serveUntil(cycles == 0 ? Long.MAX_VALUE : cycles);
        if (!grip.isLetGo()) {
            for (Lane lane : lanes) {
                lane.claims().close();
            }
        }
    }

    /** Serves the releases up to this one, exclusive, from where it stood. */
    void serveUntil(long end) {
        if (next == 0) {
            evidence.sample();
            remember();
        }
        for (; !stop.requested() && !ended && next < end; next++) {
            long cycle = next;
            boolean free = pacer.nanoTime() < schedule.release(cycle);
            if (!await(schedule.release(cycle))) {
                break;
            }
            for (int i = 0; i < lanes.length; i++) {
                if (!visit(lanes[i], i > 0, cycle, free)) {
                    return;
                }
            }
            watchAllocation(cycle);
            remember();
        }
    }

    /** False where the run is to stop instead. */
    private boolean await(long instant) {
        while (pacer.nanoTime() < instant) {
            if (stop.requested()) {
                return false;
            }
            pacer.pause(instant);
        }
        return true;
    }

    /**
     * One model in one cycle.
     *
     * @param mayWait whether it gives way where its inference would not fit
     * @return false where this thread was given up meanwhile
     */
    private boolean visit(Lane lane, boolean mayWait, long cycle, boolean free) {
        long now = pacer.nanoTime();
        lane.record().begun = cycle;
        lane.work().begin(cycle);
        if (hopeless(lane, cycle, now)) {
            skip(lane, cycle, now, free, Reason.LATE);
        } else if (mayWait && now + lane.needNanos() > lastMoment(lane, cycle)) {
            lane.record().yielded++;
            skip(lane, cycle, now, false, Reason.NO_TIME);
        } else if (lane.response().held()) {
            hold(lane, cycle, now);
        } else {
            return serve(lane, cycle, now, free);
        }
        return true;
    }

    /** Whether it is over already, or can't be in time. Without a fallback a late decision is better than none. */
    private static boolean hopeless(Lane lane, long cycle, long now) {
        return lane.response().nextVerdict() > cycle || now >= lastMoment(lane, cycle);
    }

    private static long lastMoment(Lane lane, long cycle) {
        Schedule schedule = lane.schedule();
        return lane.response().answers() ? schedule.fallbackAt(cycle) : schedule.release(cycle + 1);
    }

    private boolean serve(Lane lane, long cycle, long woke, boolean free) {
        CycleWork work = lane.work();
        long sensed = woke;
        long inferred = woke;
        long read = woke;
        @Nullable Reason trouble = null;
        try {
            Sensed found = work.sense(cycle);
            sensed = pacer.nanoTime();
            inferred = sensed;
            read = sensed;
            if (found == Sensed.ENDED) {
                ended = true;
                return true;
            }
            trouble = trouble(lane, found);
            if (trouble == null) {
                if (!infer(work)) {
                    return false;
                }
                inferred = pacer.nanoTime();
                if (!work.read()) {
                    trouble = Reason.NOT_A_NUMBER;
                    failed(lane, "the decision isn't a number");
                }
                read = pacer.nanoTime();
            }
        } catch (RuntimeException | Error failure) {
            // a failed inference must not end the loop: the fallback is there for it
            read = pacer.nanoTime();
            trouble = Reason.FAILED;
            failed(lane, failure instanceof Error ? failure.toString() : String.valueOf(failure.getMessage()));
        }
        boolean mine = answer(lane, cycle, read, trouble);
        long end = pacer.nanoTime();
        evidence.sample();

        Schedule schedule = lane.schedule();
        LoopRecord record = lane.record();
        long release = schedule.release(cycle);
        record.wake.record(woke - release);
        record.sense.record(sensed - woke);
        record.infer.record(inferred - sensed);
        record.read.record(Math.max(0, read - inferred));
        record.act.record(end - read);
        long captured = work.capturedNanos();
        if (mine && trouble == null && captured != Feed.TIMELESS) {
            record.age.record(Math.max(0, end - captured));
        }
        boolean onTime = mine && trouble == null && end <= schedule.deadline(cycle);
        record.release(cycle, end - release, !onTime);
        if (onTime) {
            record.decisions++;
            return true;
        }
        boolean decided = mine && trouble == null;
        if (decided) {
            record.late++;
        }
        miss(
                lane,
                cycle,
                kind(lane, cycle, trouble, end, !free ? woke - release : -1),
                decided ? Answer.LATE_DECISION : instead(lane),
                end - release,
                woke - release,
                inferred - sensed);
        return true;
    }

    /** False where this thread was given up while it inferred; it must leave no trace then. */
    private boolean infer(CycleWork work) {
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

    private static @Nullable Reason trouble(Lane lane, Sensed found) {
        return switch (found) {
            case FRESH -> null;
            case REPEATED -> {
                lane.record().repeated++;
                yield null;
            }
            case STALE, ENDED -> {
                lane.record().stale++;
                failed(lane, "the source had no sample that is young enough");
                yield Reason.STALE_SENSOR;
            }
            case STUCK -> {
                lane.record().stuck++;
                failed(lane, "the sensor is stuck or out of range");
                yield Reason.STUCK_SENSOR;
            }
        };
    }

    /** Lets the model's decision leave where it may, else what stands in for it. Whether this thread has answered. */
    private boolean answer(Lane lane, long cycle, long now, @Nullable Reason trouble) {
        Response response = lane.response();
        boolean judge = response.judge(cycle);
        boolean leads = !response.answers();
        if (trouble == null && judge && now <= lane.schedule().deadline(cycle)) {
            leads |= response.onTime(cycle, now);
        } else if (judge) {
            response.missed(trouble == null ? Reason.LATE : trouble);
            // late, but the watchdog is later still: better than none
            leads |= trouble == null && response.level() == Level.NOMINAL;
        }
        if (trouble == null && leads) {
            boolean mine = lane.claims().claim(cycle);
            if (mine) {
                response.answered(cycle, Level.NOMINAL, now);
                lane.work().decide(cycle);
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
        boolean mine = lane.claims().claim(cycle);
        if (mine) {
            fallback(lane, cycle);
        }
        return mine;
    }

    private static Kind kind(Lane lane, long cycle, @Nullable Reason trouble, long end, long lateStart) {
        if (trouble != null) {
            return trouble == Reason.FAILED || trouble == Reason.NOT_A_NUMBER ? Kind.FAILED : Kind.BLIND;
        }
        if (lateStart >= end - lane.schedule().fallbackAt(cycle) && lateStart >= 0) {
            return Kind.BUSY;
        }
        return end <= lane.schedule().fallbackAt(cycle) ? Kind.HELD : Kind.LATE;
    }

    /** The safe state holds: the safe answer leaves at once. */
    private void hold(Lane lane, long cycle, long now) {
        Response response = lane.response();
        if (response.judge(cycle)) {
            response.missed(Reason.LATE);
        }
        if (lane.claims().claim(cycle)) {
            fallback(lane, cycle);
        }
        evidence.sample();
        long latency = pacer.nanoTime() - lane.schedule().release(cycle);
        lane.record().release(cycle, latency, true);
        miss(
                lane,
                cycle,
                Kind.HELD,
                instead(lane),
                latency,
                now - lane.schedule().release(cycle),
                0);
    }

    /** A release that was answered while the loop was busy or asleep, or whose deadline is lost. */
    private void skip(Lane lane, long cycle, long now, boolean free, Reason why) {
        if (lane.response().judge(cycle)) {
            lane.response().missed(why);
        }
        Standby standby = lane.standby();
        if (why == Reason.NO_TIME && standby != null) {
            standby.demand(cycle);
        } else if (lane.claims().claim(cycle)) {
            // the watchdog is late itself; better late than never
            fallback(lane, cycle);
        }
        evidence.sample();
        long lateness = now - lane.schedule().release(cycle);
        lane.record().skipped++;
        lane.record().release(cycle, lateness, true);
        Kind kind = why == Reason.NO_TIME ? Kind.YIELDED : free ? Kind.LATE : Kind.BUSY;
        miss(lane, cycle, kind, instead(lane), lateness, lateness, 0);
    }

    private static void failed(Lane lane, String why) {
        lane.record().failed++;
        if (lane.record().firstFailure == null) {
            lane.record().firstFailure = why;
        }
    }

    private static Answer instead(Lane lane) {
        return lane.response().answers() ? Answer.FALLBACK : Answer.NOTHING;
    }

    private void fallback(Lane lane, long cycle) {
        if (!lane.response().answers()) {
            lane.work().silence(cycle);
            return;
        }
        lane.standIn(cycle, pacer.nanoTime());
        long end = pacer.nanoTime();
        lane.record().fallback.record(end - lane.schedule().release(cycle));
        if (end > lane.schedule().deadline(cycle)) {
            lane.record().fallbacksLate++;
        }
    }

    private void miss(
            Lane lane, long cycle, Kind kind, Answer answer, long latencyNanos, long wakeNanos, long inferNanos) {
        if (answer == Answer.FALLBACK) {
            lane.record().fallbacks++;
        }
        lane.record()
                .misses
                .add(
                        cycle,
                        kind,
                        answer,
                        latencyNanos,
                        wakeNanos,
                        inferNanos,
                        evidence.onCpuNanos() - onCpuBefore - (pacer.spunNanos() - spunBefore),
                        evidence.waitedNanos() - waitedBefore,
                        evidence.majorFaults() - majorFaultsBefore,
                        evidence.minorFaults() - minorFaultsBefore,
                        evidence.preemptions() - preemptionsBefore);
    }

    private void watchAllocation(long cycle) {
        if (cycle >= SETTLING_CYCLES) {
            LoopRecord record = lanes[0].record();
            long bytes = evidence.allocatedBytes() - allocatedBefore;
            record.watchedCycles++;
            record.watchedBytes += bytes;
            record.watchedMostBytes = Math.max(record.watchedMostBytes, bytes);
        }
    }

    private void remember() {
        onCpuBefore = evidence.onCpuNanos();
        waitedBefore = evidence.waitedNanos();
        majorFaultsBefore = evidence.majorFaults();
        minorFaultsBefore = evidence.minorFaults();
        preemptionsBefore = evidence.preemptions();
        spunBefore = pacer.spunNanos();
        allocatedBefore = evidence.allocatedBytes();
    }
}
