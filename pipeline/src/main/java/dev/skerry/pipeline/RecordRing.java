package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * Lines of text on their way from one process to another through a {@link RingFile}: each slot holds the length of one and its
 * bytes. A reader that is too slow loses the oldest, and is told how many.
 */
public final class RecordRing implements AutoCloseable {
    /** Of one line. */
    public static final int MOST_BYTES = 16 << 10;

    static final String RECORD = "record";
    private static final int SLOTS = 1024;
    private static final SampleLayout LAYOUT =
            new SampleLayout(List.of(new SampleLayout.Input(RECORD, DataType.UINT8, List.of((long) MOST_BYTES + 4))));

    private final RingFile file;
    private final RingReader reader;
    private final MemorySegment[] slot = {MemorySegment.ofArray(new byte[MOST_BYTES + 4])};

    private RecordRing(RingFile file) {
        this.file = file;
        this.reader = file.ring().reader();
    }

    /**
     * Makes an empty ring and opens it to read from it.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.ring} where the file can't be made
     */
    public static RecordRing create(Path path) {
        write(path).close();
        return new RecordRing(RingFile.read(path));
    }

    /** Opens the ring to write to it. */
    static RingFile write(Path path) {
        RingFile file = RingFile.write(path, LAYOUT, SLOTS);
        if (!file.ring().layout().equals(LAYOUT)) {
            file.close();
            throw Problem.environment("pipeline.ring", "a ring of something else")
                    .at(path.toString())
                    .toException();
        }
        return file;
    }

    /** The next line, without its end; null where there is none now. */
    public byte @org.jspecify.annotations.Nullable [] next() {
        if (!reader.next(slot)) {
            return null;
        }
        int length = Math.clamp(slot[0].get(ValueLayout.JAVA_INT_UNALIGNED, 0), 0, MOST_BYTES);
        return slot[0].asSlice(4, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Lines that were overwritten before they were read. */
    public long lost() {
        return reader.skipped();
    }

    @Override
    public void close() {
        file.close();
    }
}
