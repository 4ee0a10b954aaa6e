package dev.skerry.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The missed releases of a run with what was measured then, in memory taken before the loop. What doesn't fit is only counted. */
final class MissLog {
    private static final int FIELDS = 9;

    private final long[] fields;
    private final Kind[] kinds;
    private final Answer[] answers;
    private final int capacity;
    /** Read by other threads. */
    private final AtomicInteger held = new AtomicInteger();

    private long lost;

    /** What left at a missed release. */
    enum Answer {
        FALLBACK("fallback"),
        LATE_DECISION("late decision"),
        NOTHING("nothing");

        private final String label;

        Answer(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /** How the loop came to miss it. */
    enum Kind {
        /** It ran and was late. */
        LATE,
        /** It ran and failed. */
        FAILED,
        /** It never ran, or began late, because an earlier release took so long. */
        BUSY,
        /** There was no sample to decide upon. */
        BLIND,
        /** It never ran, since the models before it left no time. */
        YIELDED,
        /** It was on time, and its level still kept the decision from leaving; or the safe state did. */
        HELD,
        /** Its inference never came back. */
        HUNG
    }

    /**
     * One missed release.
     *
     * @param latencyNanos from the release until the decision was there, or until the loop gave up on it
     * @param onCpuNanos from the end of the cycle before, without the pacer's spinning, as are the counters after it
     */
    record Missed(
            long cycle,
            Kind kind,
            Answer answer,
            long latencyNanos,
            long wakeNanos,
            long inferNanos,
            long onCpuNanos,
            long waitedNanos,
            long majorFaults,
            long minorFaults,
            long preemptions) {}

    MissLog(int capacity) {
        this.capacity = capacity;
        this.fields = new long[capacity * FIELDS];
        this.kinds = new Kind[capacity];
        this.answers = new Answer[capacity];
    }

    void add(
            long cycle,
            Kind kind,
            Answer answer,
            long latencyNanos,
            long wakeNanos,
            long inferNanos,
            long onCpuNanos,
            long waitedNanos,
            long majorFaults,
            long minorFaults,
            long preemptions) {
        int next = held.getPlain();
        if (next == capacity) {
            lost++;
            return;
        }
        int at = next * FIELDS;
        fields[at] = cycle;
        kinds[next] = kind;
        answers[next] = answer;
        fields[at + 1] = latencyNanos;
        fields[at + 2] = wakeNanos;
        fields[at + 3] = inferNanos;
        fields[at + 4] = onCpuNanos;
        fields[at + 5] = waitedNanos;
        fields[at + 6] = majorFaults;
        fields[at + 7] = minorFaults;
        fields[at + 8] = preemptions;
        held.setRelease(next + 1);
    }

    /** Misses that found no room; they have no cause. */
    long lost() {
        return lost;
    }

    List<Missed> all() {
        return from(0);
    }

    /** The miss at a release and up to {@code most} before it, the last one last; empty where that release isn't there (yet). */
    List<Missed> around(long cycle, int most) {
        int at = held.getAcquire() - 1;
        while (at >= 0 && fields[at * FIELDS] > cycle) {
            at--;
        }
        if (at < 0 || fields[at * FIELDS] != cycle) {
            return List.of();
        }
        return from(Math.max(0, at - most)).stream()
                .filter(missed -> missed.cycle() <= cycle)
                .toList();
    }

    /** Those from this one on, in the order in which they came; by any thread. */
    List<Missed> from(int first) {
        int end = held.getAcquire();
        var all = new ArrayList<Missed>(Math.max(0, end - first));
        for (int i = first; i < end; i++) {
            int at = i * FIELDS;
            all.add(new Missed(
                    fields[at],
                    kinds[i],
                    answers[i],
                    fields[at + 1],
                    fields[at + 2],
                    fields[at + 3],
                    fields[at + 4],
                    fields[at + 5],
                    fields[at + 6],
                    fields[at + 7],
                    fields[at + 8]));
        }
        return all;
    }
}
