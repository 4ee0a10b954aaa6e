package dev.skerry.runner;

import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;

/** What the evidence says of the cycle that runs: how its counters have grown since the one before ended. */
final class CycleEvidence {
    private final Evidence evidence;
    private final Pacer pacer;

    private long onCpuBefore;
    private long waitedBefore;
    private long majorFaultsBefore;
    private long minorFaultsBefore;
    private long preemptionsBefore;
    private long spunBefore;
    private long allocatedBefore;

    CycleEvidence(Evidence evidence, Pacer pacer) {
        this.evidence = evidence;
        this.pacer = pacer;
    }

    /** Reads all counters anew. */
    void sample() {
        evidence.sample();
    }

    /** A cycle has ended: the next one counts from what was sampled last. */
    void remember() {
        onCpuBefore = evidence.onCpuNanos();
        waitedBefore = evidence.waitedNanos();
        majorFaultsBefore = evidence.majorFaults();
        minorFaultsBefore = evidence.minorFaults();
        preemptionsBefore = evidence.preemptions();
        spunBefore = pacer.spunNanos();
        allocatedBefore = evidence.allocatedBytes();
    }

    /** On the Java heap, in this cycle. */
    long allocatedBytes() {
        return evidence.allocatedBytes() - allocatedBefore;
    }

    /** Notes a missed release, and what was counted in its cycle. */
    void note(
            MissLog misses, long cycle, Kind kind, Answer answer, long latencyNanos, long wakeNanos, long inferNanos) {
        misses.add(
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
}
