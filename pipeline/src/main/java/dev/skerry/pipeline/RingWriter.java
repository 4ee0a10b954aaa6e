package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/** Writes samples into a ring. For one thread; publishing allocates nothing and never waits. */
public final class RingWriter implements SampleSink {
    private final SampleRing ring;
    private final MemorySegment memory;
    private final MemorySegment[][] inputs;
    private long sample;
    private int due;

    RingWriter(SampleRing ring) {
        this.ring = ring;
        this.memory = ring.memory();
        this.inputs = new MemorySegment[ring.slots()][ring.layout().inputs().size()];
        for (int slot = 0; slot < inputs.length; slot++) {
            for (int i = 0; i < inputs[slot].length; i++) {
                inputs[slot][i] = memory.asSlice(
                        ring.at(slot)
                                + SampleRing.SLOT_HEADER_BYTES
                                + ring.layout().offset(i),
                        ring.layout().inputs().get(i).bytes());
            }
        }
        sample = ring.published();
        // another one may have died in the middle; what it wanted to say is not known
        due = sample == 0 ? RESTART : RESTART | GAP;
        increment(SampleRing.WRITERS_AT);
        state(SampleRing.State.STARTING);
        begin();
    }

    /** Marks the slot before anything is written to it, so that nobody takes it for what it was. */
    private void begin() {
        SampleRing.LONG.setOpaque(memory, ring.at(sample), 2 * sample + 1);
        VarHandle.storeStoreFence();
    }

    @Override
    public SampleLayout layout() {
        return ring.layout();
    }

    @Override
    public MemorySegment input(int index) {
        return inputs[(int) (sample % inputs.length)][index];
    }

    @Override
    public void publish(long capturedNanos, int marks) {
        long at = ring.at(sample);
        int all = marks | due;
        due = 0;
        memory.set(ValueLayout.JAVA_LONG, at + SampleRing.CAPTURED_IN_SLOT, capturedNanos);
        memory.set(ValueLayout.JAVA_INT, at + SampleRing.MARKS_IN_SLOT, all);
        if ((all & RESTART) != 0) {
            increment(SampleRing.RESTARTS_AT);
        }
        memory.set(ValueLayout.JAVA_LONG, at + SampleRing.RESTARTS_IN_SLOT, (long)
                SampleRing.LONG.getOpaque(memory, SampleRing.RESTARTS_AT));
        SampleRing.LONG.setRelease(memory, at, 2 * sample + 2);
        sample++;
        if ((all & GAP) != 0) {
            count(SampleRing.Counter.GAPS);
        }
        if ((all & STUCK) != 0) {
            count(SampleRing.Counter.STUCK);
        }
        if ((all & OUT_OF_RANGE) != 0) {
            count(SampleRing.Counter.OUT_OF_RANGE);
        }
        SampleRing.LONG.setRelease(memory, SampleRing.HEAD, sample);
        state(SampleRing.State.DELIVERING);
        begin();
    }

    @Override
    public void trouble(Problem problem) {
        remark(problem);
        state(SampleRing.State.TROUBLED);
    }

    @Override
    public void remark(Problem problem) {
        byte[] text = cut(problem.toString());
        long number = (long) SampleRing.LONG.getOpaque(memory, SampleRing.TROUBLE_NUMBER_AT) / 2;
        SampleRing.LONG.setOpaque(memory, SampleRing.TROUBLE_NUMBER_AT, 2 * number + 1);
        VarHandle.storeStoreFence();
        SampleRing.LONG.setOpaque(memory, SampleRing.TROUBLE_LENGTH_AT, (long) text.length);
        MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, SampleRing.TROUBLE_AT, text.length);
        SampleRing.LONG.setRelease(memory, SampleRing.TROUBLE_NUMBER_AT, 2 * number + 2);
    }

    /** At most what fits, ending with a whole character. */
    private static byte[] cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, SampleRing.TROUBLE_BYTES);
        while (length < bytes.length && (bytes[length] & 0xC0) == 0x80) {
            length--;
        }
        return java.util.Arrays.copyOf(bytes, length);
    }

    @Override
    public void recovered() {
        count(SampleRing.Counter.RECONNECTS);
        state(SampleRing.State.DELIVERING);
    }

    @Override
    public void ended() {
        state(SampleRing.State.ENDED);
    }

    private void state(SampleRing.State state) {
        SampleRing.LONG.setRelease(memory, SampleRing.STATE_AT, state.code());
    }

    private void count(SampleRing.Counter counter) {
        increment(counter.at());
    }

    private void increment(long at) {
        SampleRing.LONG.setRelease(memory, at, (long) SampleRing.LONG.getOpaque(memory, at) + 1);
    }
}
