package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Changes of level of one model, in memory taken before the loop. Several threads add; none waits. What doesn't fit is counted. */
final class TransitionLog {
    private static final Level[] LEVELS = Level.values();
    private static final Reason[] REASONS = Reason.values();

    private final long[] releases;
    private final long[] instants;
    /** From, to and reason in a byte each, plus a bit that says the entry is whole. */
    private final AtomicIntegerArray words;

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
        words = new AtomicIntegerArray(capacity);
    }

    void add(long release, long nanos, Level from, Level to, Reason reason) {
        int at = used.getAndIncrement();
        if (at >= 0 && at < releases.length) {
            releases[at] = release;
            instants[at] = nanos;
            words.setRelease(at, 1 << 24 | from.ordinal() << 16 | to.ordinal() << 8 | reason.ordinal());
        } else {
            used.set(Integer.MAX_VALUE / 2);
        }
    }

    /** Whether there were more than fit. */
    boolean overflown() {
        return used.get() > releases.length;
    }

    /** Those from this one on that are whole, up to the first that isn't yet. */
    List<Transition> from(int first) {
        var transitions = new ArrayList<Transition>();
        for (int at = first; at < Math.min(used.get(), releases.length); at++) {
            int word = words.getAcquire(at);
            if (word == 0) {
                break;
            }
            transitions.add(new Transition(
                    releases[at],
                    instants[at],
                    LEVELS[word >> 16 & 0xff],
                    LEVELS[word >> 8 & 0xff],
                    REASONS[word & 0xff]));
        }
        return transitions;
    }
}
