package dev.skerry.runner;

import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;

/**
 * The loop: waits for a release, brings a sample, infers, reads the decision and hands it over, then waits for the next one.
 * Latency counts from the scheduled release to the end of the hand-off. A release that the watchdog has answered meanwhile is
 * a miss, whatever the inference returns later; releases that went by while an earlier one ran are skipped, and are misses too.
 *
 * <p>For one thread.
 */
final class DeadlineLoop {
    /** Cycles after which the code is taken to be warm, and allocation is watched. */
    private static final long SETTLING_CYCLES = 100;

    private final Schedule schedule;
    private final long cycles;
    private final Claims claims;
    private final Pacer pacer;
    private final CycleWork work;
    private final Evidence evidence;
    private final StopSignal stop;
    private final LoopRecord record;

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
     */
    DeadlineLoop(
            Schedule schedule,
            long cycles,
            Claims claims,
            Pacer pacer,
            CycleWork work,
            Evidence evidence,
            StopSignal stop,
            LoopRecord record) {
        this.schedule = schedule;
        this.cycles = cycles;
        this.claims = claims;
        this.pacer = pacer;
        this.work = work;
        this.evidence = evidence;
        this.stop = stop;
        this.record = record;
    }

    /** Serves all releases, or those until it is asked to stop; afterwards nobody can answer one any more. */
    void run() {
        serveUntil(cycles == 0 ? Long.MAX_VALUE : cycles);
        claims.close();
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
            long woke = pacer.nanoTime();
            if (hopeless(cycle, woke)) {
                skip(cycle, woke, free);
            } else {
                serve(cycle, woke, free);
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

    /** Whether it is answered already, or can't be in time. Without a fallback a late decision is better than none. */
    private boolean hopeless(long cycle, long woke) {
        long last = work.hasFallback() ? schedule.fallbackAt(cycle) : schedule.release(cycle + 1);
        return claims.next() > cycle || woke >= last;
    }

    private void serve(long cycle, long woke, boolean free) {
        long sensed = woke;
        long inferred = woke;
        long read = woke;
        boolean usable = false;
        try {
            Sensed found = work.sense(cycle);
            sensed = pacer.nanoTime();
            inferred = sensed;
            read = sensed;
            switch (found) {
                case ENDED -> {
                    ended = true;
                    return;
                }
                case STALE -> {
                    record.stale++;
                    failed("the source had no sample that is young enough");
                }
                case STUCK -> {
                    record.stuck++;
                    failed("the sensor is stuck or out of range");
                }
                case FRESH, REPEATED -> {
                    if (found == Sensed.REPEATED) {
                        record.repeated++;
                    }
                    work.infer();
                    inferred = pacer.nanoTime();
                    usable = work.read();
                    read = pacer.nanoTime();
                    if (!usable) {
                        failed("the decision isn't a number");
                    }
                }
            }
        } catch (RuntimeException failure) {
            // a failed inference must not end the loop: the fallback is there for it
            read = pacer.nanoTime();
            failed(String.valueOf(failure.getMessage()));
        }
        boolean mine = claims.claim(cycle);
        if (mine && usable) {
            work.decide(cycle);
        } else if (mine) {
            fallback(cycle);
        }
        long end = pacer.nanoTime();
        evidence.sample();

        long release = schedule.release(cycle);
        record.wake.record(woke - release);
        record.sense.record(sensed - woke);
        record.infer.record(inferred - sensed);
        record.read.record(Math.max(0, read - inferred));
        record.act.record(end - read);
        long captured = work.capturedNanos();
        if (mine && usable && captured != Feed.TIMELESS) {
            record.age.record(Math.max(0, end - captured));
        }
        boolean onTime = mine && usable && end <= schedule.deadline(cycle);
        record.release(cycle, end - release, !onTime);
        if (onTime) {
            record.decisions++;
            return;
        }
        boolean begunLate = !free && woke - release >= end - schedule.fallbackAt(cycle);
        Kind kind = !usable ? Kind.FAILED : begunLate ? Kind.BUSY : Kind.LATE;
        boolean decided = mine && usable;
        if (decided) {
            record.late++;
        }
        miss(cycle, kind, decided ? Answer.LATE_DECISION : instead(), end - release, woke - release, inferred - sensed);
    }

    /** A release that was answered while the loop was busy or asleep, or whose deadline is lost. */
    private void skip(long cycle, long woke, boolean free) {
        if (claims.claim(cycle)) {
            // the watchdog is late itself; better late than never
            fallback(cycle);
        }
        evidence.sample();
        long lateness = woke - schedule.release(cycle);
        record.skipped++;
        record.release(cycle, lateness, true);
        miss(cycle, free ? Kind.LATE : Kind.BUSY, instead(), lateness, lateness, 0);
    }

    private void failed(String why) {
        record.failed++;
        if (record.firstFailure == null) {
            record.firstFailure = why;
        }
    }

    private Answer instead() {
        return work.hasFallback() ? Answer.FALLBACK : Answer.NOTHING;
    }

    private void fallback(long cycle) {
        if (work.hasFallback()) {
            work.fallback(cycle);
            long end = pacer.nanoTime();
            record.fallback.record(end - schedule.release(cycle));
            if (end > schedule.deadline(cycle)) {
                record.fallbacksLate++;
            }
        } else {
            work.silence(cycle);
        }
    }

    private void miss(long cycle, Kind kind, Answer answer, long latencyNanos, long wakeNanos, long inferNanos) {
        if (answer == Answer.FALLBACK) {
            record.fallbacks++;
        }
        record.misses.add(
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
