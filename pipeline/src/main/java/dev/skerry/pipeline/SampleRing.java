package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Live samples on their way from one writer to one reader, in memory that two processes may share. Neither ever waits for the
 * other: the writer goes round and overwrites the oldest, and a reader that is overtaken notices and takes a newer one. Each slot
 * carries a number that is odd while it is being filled, so a writer that dies half-way leaves no torn sample behind.
 *
 * <p>Layout, in the byte order of the machine: a page of header (magic, version, slots, bytes of a slot; the number of samples
 * published at {@value #HEAD}; counters of the source; its last trouble as text; the {@link SampleLayout} as text), then the slots:
 * number, captured nanoseconds, marks, restarts so far, and from byte 64 on the inputs.
 */
public final class SampleRing {
    static final long HEADER_BYTES = 4096;
    /** Of each slot, before its inputs. */
    static final long SLOT_HEADER_BYTES = 64;

    static final long MAGIC = 0x534B525952494E47L; // SKRYRING
    static final int VERSION = 1;
    static final int LEAST_SLOTS = 4;
    static final int MOST_SLOTS = 1 << 20;

    static final long VERSION_AT = 8;
    static final long SLOTS_AT = 12;
    static final long SLOT_BYTES_AT = 16;
    static final long LAYOUT_LENGTH_AT = 24;
    static final long HEAD = 64;
    static final long WRITERS_AT = 128;
    static final long STATE_AT = 136;
    static final long RESTARTS_AT = 184;
    static final long TROUBLE_NUMBER_AT = 192;
    static final long TROUBLE_LENGTH_AT = 200;
    static final long TROUBLE_AT = 208;
    static final int TROUBLE_BYTES = 816;
    static final long LAYOUT_AT = 1024;
    static final int LAYOUT_BYTES = (int) (HEADER_BYTES - LAYOUT_AT);

    static final long CAPTURED_IN_SLOT = 8;
    static final long MARKS_IN_SLOT = 16;
    /** How often state was to start anew up to this sample, so that a reader that skips some still knows. */
    static final long RESTARTS_IN_SLOT = 24;

    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final MemorySegment memory;
    private final SampleLayout layout;
    private final int slots;
    private final long slotBytes;

    /** How the source is. */
    public enum State {
        /** It hasn't said anything yet. */
        STARTING(0),
        DELIVERING(1),
        /** It can't deliver, and tries again. */
        TROUBLED(2),
        /** Nothing will ever come again. */
        ENDED(3);

        private final long code;

        State(long code) {
            this.code = code;
        }

        long code() {
            return code;
        }
    }

    /** What is counted of a source. */
    public enum Counter {
        /** Times at which samples were lost between the sensor and here. */
        GAPS(144),
        /** Samples published as stuck. */
        STUCK(152),
        /** Samples published with a value out of range. */
        OUT_OF_RANGE(160),
        /** Times at which the source came back after trouble. */
        RECONNECTS(168);

        private final long at;

        Counter(long at) {
            this.at = at;
        }

        /** Where it is in the header. */
        long at() {
            return at;
        }
    }

    private SampleRing(MemorySegment memory, SampleLayout layout, int slots) {
        this.memory = memory;
        this.layout = layout;
        this.slots = slots;
        this.slotBytes = slotBytes(layout);
    }

    /** Memory that a ring takes. */
    public static long bytes(SampleLayout layout, int slots) {
        return HEADER_BYTES + Math.multiplyExact(slotBytes(layout), (long) slots);
    }

    private static long slotBytes(SampleLayout layout) {
        return (SLOT_HEADER_BYTES + layout.bytes() + 63) / 64 * 64;
    }

    /** A ring in direct memory of this process. */
    public static SampleRing allocate(Arena arena, SampleLayout layout, int slots) {
        return create(arena.allocate(bytes(layout, slots), 64), layout, slots);
    }

    /**
     * An empty ring in memory of {@link #bytes}, whatever is in it.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.ring} where the ring would be too small or too large
     */
    public static SampleRing create(MemorySegment memory, SampleLayout layout, int slots) {
        byte[] text = layout.text().getBytes(StandardCharsets.UTF_8);
        if (slots < LEAST_SLOTS || slots > MOST_SLOTS || text.length > LAYOUT_BYTES) {
            throw Problem.usage(
                            "pipeline.ring",
                            "a ring of " + slots + " slots for "
                                    + layout.inputs().size() + " inputs")
                    .because("it has " + LEAST_SLOTS + " to " + MOST_SLOTS + " slots, and the names of its inputs fit "
                            + LAYOUT_BYTES + " bytes")
                    .toException();
        }
        memory.asSlice(0, HEADER_BYTES).fill((byte) 0);
        var ring = new SampleRing(memory, layout, slots);
        for (int slot = 0; slot < slots; slot++) {
            memory.asSlice(ring.at(slot), SLOT_HEADER_BYTES).fill((byte) 0);
        }
        memory.set(ValueLayout.JAVA_INT, VERSION_AT, VERSION);
        memory.set(ValueLayout.JAVA_INT, SLOTS_AT, slots);
        memory.set(ValueLayout.JAVA_LONG, SLOT_BYTES_AT, ring.slotBytes);
        memory.set(ValueLayout.JAVA_INT, LAYOUT_LENGTH_AT, text.length);
        MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, LAYOUT_AT, text.length);
        LONG.setRelease(memory, 0L, MAGIC);
        return ring;
    }

    /**
     * The ring that lies in this memory.
     *
     * @param where what people call the memory, for problems
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.ring} where there is none, or one of another version
     */
    public static SampleRing attach(MemorySegment memory, String where) {
        if (memory.byteSize() < HEADER_BYTES || (long) LONG.getAcquire(memory, 0L) != MAGIC) {
            throw refused("no ring of samples in this memory", where);
        }
        int version = memory.get(ValueLayout.JAVA_INT, VERSION_AT);
        if (version != VERSION) {
            throw refused("expected a ring of version " + VERSION + ", found version " + version, where);
        }
        int length = memory.get(ValueLayout.JAVA_INT, LAYOUT_LENGTH_AT);
        int slots = memory.get(ValueLayout.JAVA_INT, SLOTS_AT);
        if (length < 1 || length > LAYOUT_BYTES || slots < LEAST_SLOTS || slots > MOST_SLOTS) {
            throw refused("the ring's header is damaged", where);
        }
        byte[] text = memory.asSlice(LAYOUT_AT, length).toArray(ValueLayout.JAVA_BYTE);
        SampleLayout layout = SampleLayout.parse(new String(text, StandardCharsets.UTF_8));
        if (memory.get(ValueLayout.JAVA_LONG, SLOT_BYTES_AT) != slotBytes(layout)
                || memory.byteSize() < bytes(layout, slots)) {
            throw refused("the ring's header doesn't fit its size of " + memory.byteSize() + " bytes", where);
        }
        return new SampleRing(memory, layout, slots);
    }

    private static RuntimeException refused(String what, String where) {
        return Problem.environment("pipeline.ring", what)
                .at(where)
                .attempt("starting again the program that writes it")
                .toException();
    }

    public SampleLayout layout() {
        return layout;
    }

    public int slots() {
        return slots;
    }

    /** How many samples were ever published. */
    public long published() {
        return (long) LONG.getAcquire(memory, HEAD);
    }

    /** How the source is. */
    public State state() {
        return switch ((int) (long) LONG.getAcquire(memory, STATE_AT)) {
            case 1 -> State.DELIVERING;
            case 2 -> State.TROUBLED;
            case 3 -> State.ENDED;
            default -> State.STARTING;
        };
    }

    public long count(Counter counter) {
        return (long) LONG.getAcquire(memory, counter.at());
    }

    /** What the source last said is wrong; null where nothing was yet. */
    public @Nullable String trouble() {
        for (int attempt = 0; attempt < 8; attempt++) {
            long before = (long) LONG.getAcquire(memory, TROUBLE_NUMBER_AT);
            int length = (int) (long) LONG.getOpaque(memory, TROUBLE_LENGTH_AT);
            byte[] text = memory.asSlice(TROUBLE_AT, Math.clamp(length, 0, TROUBLE_BYTES))
                    .toArray(ValueLayout.JAVA_BYTE);
            VarHandle.acquireFence();
            if (before % 2 == 0 && before == (long) LONG.getOpaque(memory, TROUBLE_NUMBER_AT)) {
                return length == 0 ? null : new String(text, StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    /** The one who writes from now on; its first sample restarts state where another has written before. */
    public RingWriter writer() {
        return new RingWriter(this);
    }

    /** The one who reads, from the newest sample on. */
    public RingReader reader() {
        return new RingReader(this);
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where the slot of a sample begins. */
    long at(long sample) {
        return HEADER_BYTES + sample % slots * slotBytes;
    }
}
