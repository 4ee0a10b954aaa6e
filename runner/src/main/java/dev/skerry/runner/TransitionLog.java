package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Changes of level of one model, in memory taken before the loop. Several threads add; none waits. What doesn't fit is left out. */
final class TransitionLog {
    private final long[] releases;
    private final long[] instants;
    private final Level[] from;
    private final Level[] to;
    private final Reason[] reasons;
    /** 1 where an entry is whole. */
    private final AtomicIntegerArray whole;

    private final AtomicInteger used = new AtomicInteger();

    /**
     * A change.
     *
     * @param release at whose answer it came
     * @param nanos when
     */
    record Transition(long release, long nanos, Level from, Level to, Reason reason) {}

    TransitionLog(int capacity) {
        releases = new long[capacity];
        instants = new long[capacity];
        from = new Level[capacity];
        to = new Level[capacity];
        reasons = new Reason[capacity];
        whole = new AtomicIntegerArray(capacity);
    }

    void add(long release, long nanos, Level from, Level to, Reason reason) {
        int at = used.getAndIncrement();
        if (at >= 0 && at < releases.length) {
            releases[at] = release;
            instants[at] = nanos;
            this.from[at] = from;
            this.to[at] = to;
            reasons[at] = reason;
            whole.setRelease(at, 1);
        } else {
            used.set(Integer.MAX_VALUE / 2);
        }
    }

    /** Those from this one on that are whole, up to the first that isn't yet. */
    List<Transition> from(int first) {
        var transitions = new ArrayList<Transition>();
        for (int at = first; at < Math.min(used.get(), releases.length); at++) {
            if (whole.getAcquire(at) == 0) {
                break;
            }
            transitions.add(new Transition(releases[at], instants[at], from[at], to[at], reasons[at]));
        }
        return transitions;
    }
}
