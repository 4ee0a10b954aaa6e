package dev.skerry.runner;

import dev.skerry.runner.MissLog.Missed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cause of each miss afterwards. A cause is one without which the decision would have been on time: what it took is
 * at least what the cycle was over. Where no single one took that much, but all known ones together fill the cycle, it is the
 * largest of them. Else the miss stays unattributed.
 */
final class Attribution {
    private final Schedule schedule;
    private final SafepointLog safepoints;
    private final List<Stoppage> steals;
    private final List<Stoppage> hiccups;

    /**
     * A miss with its cause.
     *
     * @param pausedNanos overlap with safepoints
     * @param stolenNanos time that the hypervisor took near it
     */
    record Attributed(Missed missed, MissCause cause, long pausedNanos, long stolenNanos) {}

    Attribution(Schedule schedule, SafepointLog safepoints, List<Stoppage> steals) {
        this(schedule, safepoints, steals, List.of());
    }

    /** @param hiccups when a thread that only sleeps woke late */
    Attribution(Schedule schedule, SafepointLog safepoints, List<Stoppage> steals, List<Stoppage> hiccups) {
        this.schedule = schedule;
        this.safepoints = safepoints;
        this.steals = steals;
        this.hiccups = hiccups;
    }

    /** In the order of the misses; a release that went by while the loop was busy has the cause of the miss that kept it busy. */
    List<Attributed> attribute(List<Missed> misses) {
        var attributed = new ArrayList<Attributed>();
        MissCause root = MissCause.UNATTRIBUTED;
        long rootCycle = -1;
        for (Missed missed : misses) {
            Attributed one = attribute(missed);
            if (missed.kind() == MissLog.Kind.BUSY && rootCycle == missed.cycle() - 1) {
                one = new Attributed(missed, root, one.pausedNanos, one.stolenNanos);
            }
            root = one.cause;
            rootCycle = missed.cycle();
            attributed.add(one);
        }
        return attributed;
    }

    private Attributed attribute(Missed missed) {
        long release = schedule.release(missed.cycle());
        long end = release + missed.latencyNanos();
        long paused = Stoppage.within(safepoints.pauses(), release, end);
        long collected = Stoppage.within(safepoints.collections(), release, end);
        long stolen = Stoppage.within(steals, release, end);
        long stalled = Stoppage.within(hiccups, release, end);
        return new Attributed(missed, cause(missed, paused, collected, stolen, stalled), paused, stolen);
    }

    private MissCause cause(Missed missed, long paused, long collected, long stolen, long stalled) {
        long budget = schedule.deadlineNanos() - schedule.leadNanos();
        long over = missed.latencyNanos() - budget;
        MissCause told = told(missed.kind());
        if (told != null) {
            return told;
        }
        if (collected >= over) {
            return MissCause.COLLECTION;
        }
        if (paused >= over) {
            return MissCause.SAFEPOINT;
        }
        if (missed.waitedNanos() >= over) {
            return MissCause.PREEMPTED;
        }
        if (stolen >= over) {
            return MissCause.STOLEN;
        }
        if (missed.onCpuNanos() >= budget) {
            return MissCause.OWN_CODE;
        }
        if (missed.majorFaults() > 0) {
            return MissCause.PAGE_FAULT;
        }
        if (missed.wakeNanos() >= over) {
            return MissCause.LATE_WAKE;
        }
        if (stalled >= over) {
            return MissCause.MACHINE;
        }
        return largest(missed, paused, stolen, budget);
    }

    /** The cause of those that the loop knows itself. */
    private static @Nullable MissCause told(MissLog.Kind kind) {
        return switch (kind) {
            case FAILED -> MissCause.FAILURE;
            case BLIND -> MissCause.NO_SAMPLE;
            case YIELDED -> MissCause.GAVE_WAY;
            case HELD -> MissCause.HELD;
            case HUNG -> MissCause.HUNG;
            case LATE, BUSY -> null;
        };
    }

    private static MissCause largest(Missed missed, long paused, long stolen, long budget) {
        long others = paused + missed.waitedNanos() + stolen;
        // the kernel counts the wait for a core after a wake-up too, so a late wake adds only what is beyond that
        long wake = Math.max(0, missed.wakeNanos() - others);
        if (others + wake + missed.onCpuNanos() < budget) {
            return MissCause.UNATTRIBUTED;
        }
        long most = Math.max(Math.max(paused, missed.waitedNanos()), Math.max(stolen, wake));
        if (missed.onCpuNanos() > most) {
            return MissCause.OWN_CODE;
        }
        return most == paused
                ? MissCause.SAFEPOINT
                : most == missed.waitedNanos()
                        ? MissCause.PREEMPTED
                        : most == stolen ? MissCause.STOLEN : MissCause.LATE_WAKE;
    }
}
