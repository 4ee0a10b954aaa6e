package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Hands answers from the loop and the watchdog to the thread that does the actions, without locks and without allocating, so
 * that a slow disk or pipe never holds up the loop. Each cycle has its slot; who has claimed the cycle fills it, so two threads
 * never write to one. Answers come out in the order of cycles. What finds the queue full is lost and counted.
 *
 * @param <D> what a decision is; the ones in the queue are used again and again
 * @param <E> what answers are made with: it goes along by reference
 */
final class ActionQueue<D, E> implements Runnable {
    private static final long IDLE_NANOS = 5_000_000;
    private final D[] slots;
    private final Object[] editions;
    /** Null where nothing comes. */
    private final @Nullable Level[] levels;
    /** The release whose decision stands in, where it is the last good one. */
    private final long[] lastGood;
    /** Cycle + 1 of the answer that a slot holds, once it is whole. */
    private final AtomicLongArray published;
    /** Cycle + 1 of the last answer that found this slot taken. */
    private final AtomicLongArray refused;

    private final AtomicLong consumed = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Sink<D, E> sink;
    private final boolean prompt;
    private volatile @Nullable Thread consumer;
    private volatile long end = Long.MAX_VALUE;

    /** Where answers go, on the queue's thread. */
    interface Sink<D, E> {
        /** A model's decision. */
        void decision(long cycle, D decision, Level level, E edition);

        /**
         * What stands in for one.
         *
         * @param lastGood the release whose decision it is, where the level is the last good one
         */
        void standIn(long cycle, Level level, long lastGood, E edition);
    }

    /**
     * Empty.
     *
     * @param slots one object for each, a power of two in number; they must not be used elsewhere
     * @param prompt whether each answer wakes the queue's thread, which costs the one who hands it over some microseconds (30 in a
     *     virtual machine); where nothing acts on answers they can wait
     */
    ActionQueue(D[] slots, Sink<D, E> sink, boolean prompt) {
        if (Integer.bitCount(slots.length) != 1) {
            throw new IllegalArgumentException(slots.length + " slots");
        }
        this.slots = slots;
        this.editions = new Object[slots.length];
        this.levels = new Level[slots.length];
        this.lastGood = new long[slots.length];
        this.published = new AtomicLongArray(slots.length);
        this.refused = new AtomicLongArray(slots.length);
        this.sink = sink;
        this.prompt = prompt;
    }

    /** Hands over a decision and gives back another object to fill next. */
    D decision(long cycle, D decision, Level level, E edition) {
        int at = slot(cycle);
        if (full(cycle, at)) {
            return decision;
        }
        D free = slots[at];
        slots[at] = decision;
        publish(cycle, at, level, edition);
        return free;
    }

    /** Hands over what stands in for a decision. */
    void standIn(long cycle, Level level, long lastGoodCycle, E edition) {
        int at = slot(cycle);
        if (!full(cycle, at)) {
            lastGood[at] = lastGoodCycle;
            publish(cycle, at, level, edition);
        }
    }

    /** Says that nothing comes for this cycle. */
    void silence(long cycle) {
        int at = slot(cycle);
        if (!full(cycle, at)) {
            publish(cycle, at, null, slots);
        }
    }

    private boolean full(long cycle, int at) {
        if (cycle - consumed.get() < slots.length) {
            return false;
        }
        lost.incrementAndGet();
        refused.set(at, cycle + 1);
        return true;
    }

    private void publish(long cycle, int at, @Nullable Level level, Object edition) {
        levels[at] = level;
        editions[at] = edition;
        published.setRelease(at, cycle + 1);
        if (prompt) {
            LockSupport.unpark(consumer);
        }
    }

    /** Ends {@link #run} once it has passed on all answers to cycles below {@code cycles}; each of these must have got one. */
    void finish(long cycles) {
        end = cycles;
        LockSupport.unpark(consumer);
    }

    @Override
    public void run() {
        consumer = Thread.currentThread();
        while (consumed.getPlain() < end) {
            if (!drain()) {
                LockSupport.parkNanos(IDLE_NANOS);
            }
        }
    }

    /** Passes on the next answer; false where there is none yet. */
    boolean drain() {
        long cycle = consumed.getPlain();
        int at = slot(cycle);
        if (published.getAcquire(at) == cycle + 1) {
            Level level = levels[at];
            if (level != null) {
                pass(cycle, at, level);
            }
        } else if (refused.getAcquire(at) < cycle + 1) {
            return false;
        }
        consumed.set(cycle + 1);
        return true;
    }

    @SuppressWarnings("unchecked") // put there by those who have one
    private void pass(long cycle, int at, Level level) {
        E edition = (E) editions[at];
        if (level.isDecision()) {
            sink.decision(cycle, slots[at], level, edition);
        } else {
            sink.standIn(cycle, level, lastGood[at], edition);
        }
    }

    long lost() {
        return lost.get();
    }

    private int slot(long cycle) {
        return (int) cycle & slots.length - 1;
    }
}
