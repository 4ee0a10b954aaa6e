package dev.skerry.pipeline;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Reads samples from a ring, whole or not at all. For one thread; allocates nothing and never waits. */
public final class RingReader {
    /** The writer must go round the ring once for one of these to fail. */
    private static final int ATTEMPTS = 8;

    private final SampleRing ring;
    private final MemorySegment memory;
    private final long[] offsets;
    private final long[] bytes;
    private long next;
    private long sample = -1;
    private long capturedNanos;
    private int marks;
    private long restarts = -1;
    private boolean restarted;
    private long skipped;

    RingReader(SampleRing ring) {
        this.ring = ring;
        this.memory = ring.memory();
        int count = ring.layout().inputs().size();
        this.offsets = new long[count];
        this.bytes = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = ring.layout().offset(i);
            bytes[i] = ring.layout().inputs().get(i).bytes();
        }
        this.next = Math.max(0, ring.published() - 1);
    }

    /**
     * Copies the newest sample that wasn't taken before; false, with undefined content of {@code to}, where there is none.
     *
     * @param to memory of each input in the order of the layout
     */
    public boolean newest(MemorySegment[] to) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long head = ring.published();
            if (head <= next) {
                return false;
            }
            if (copy(head - 1, to)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Copies the sample that follows the one taken last, or the oldest that is still there where that one is overwritten; false,
     * with undefined content of {@code to}, where there is none.
     *
     * @param to memory of each input in the order of the layout
     */
    public boolean next(MemorySegment[] to) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long head = ring.published();
            if (head <= next) {
                return false;
            }
            // one slot is always in the writer's hands; after a failure the writer is close, so a step ahead of it
            long oldest = head - ring.slots() + 1 + attempt;
            if (copy(Math.min(Math.max(next, oldest), head - 1), to)) {
                return true;
            }
        }
        return false;
    }

    private boolean copy(long index, MemorySegment[] to) {
        long at = ring.at(index);
        long whole = 2 * index + 2;
        if ((long) SampleRing.LONG.getAcquire(memory, at) != whole) {
            return false;
        }
        long captured = memory.get(ValueLayout.JAVA_LONG, at + SampleRing.CAPTURED_IN_SLOT);
        int found = memory.get(ValueLayout.JAVA_INT, at + SampleRing.MARKS_IN_SLOT);
        long anew = memory.get(ValueLayout.JAVA_LONG, at + SampleRing.RESTARTS_IN_SLOT);
        for (int i = 0; i < offsets.length; i++) {
            MemorySegment.copy(memory, at + SampleRing.SLOT_HEADER_BYTES + offsets[i], to[i], 0, bytes[i]);
        }
        VarHandle.acquireFence();
        if ((long) SampleRing.LONG.getOpaque(memory, at) != whole) {
            return false;
        }
        skipped += index - next;
        next = index + 1;
        sample = index;
        capturedNanos = captured;
        marks = found;
        restarted = anew != restarts;
        restarts = anew;
        return true;
    }

    /** When the next sample in order was captured; {@link Long#MIN_VALUE} where there is none or it is overwritten. */
    public long nextCapturedNanos() {
        long at = ring.at(next);
        long whole = 2 * next + 2;
        if (ring.published() <= next || (long) SampleRing.LONG.getAcquire(memory, at) != whole) {
            return Long.MIN_VALUE;
        }
        long captured = memory.get(ValueLayout.JAVA_LONG, at + SampleRing.CAPTURED_IN_SLOT);
        VarHandle.acquireFence();
        return (long) SampleRing.LONG.getOpaque(memory, at) == whole ? captured : Long.MIN_VALUE;
    }

    /** Number of the sample that was taken last, from 0; −1 before the first. */
    public long sample() {
        return sample;
    }

    /** When the sample that was taken last was captured. */
    public long capturedNanos() {
        return capturedNanos;
    }

    /** What {@link SampleSink#publish} was told of the sample that was taken last. */
    public int marks() {
        return marks;
    }

    /** Whether state starts anew with the sample that was taken last: it, or one skipped before it, said so. */
    public boolean restarted() {
        return restarted;
    }

    /** Whether all that was published has been taken. */
    public boolean drained() {
        return ring.published() <= next;
    }

    /** Samples that were published and never taken, as a newer one was preferred or they were overwritten. */
    public long skipped() {
        return skipped;
    }
}
