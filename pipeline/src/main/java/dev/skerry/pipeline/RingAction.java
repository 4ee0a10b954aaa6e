package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decisions into a ring that another process reads; never waits for it. */
final class RingAction implements Action {
    private final Path path;
    private final RingFile file;
    private final RingWriter writer;
    private long lost;
    private @Nullable Problem problem;
    private boolean closed;

    private RingAction(Path path, RingFile file) {
        this.path = path;
        this.file = file;
        this.writer = file.ring().writer();
    }

    static RingAction open(Path path) {
        return new RingAction(path, RecordRing.write(path));
    }

    @Override
    public void act(long cycle, String sample, Decision decision, boolean fallback, JsonText line) {
        int length = line.length() - 1;
        if (closed || length > RecordRing.MOST_BYTES) {
            lost++;
            if (problem == null && !closed) {
                problem = Problem.environment("pipeline.action", "a decision is too large for the ring")
                        .at(path.toString())
                        .because("its line has " + length + " bytes, at most " + RecordRing.MOST_BYTES)
                        .attempt("fewer classes with top-k, or fewer detections with nms and max");
            }
            return;
        }
        MemorySegment slot = writer.input(0);
        slot.set(ValueLayout.JAVA_INT_UNALIGNED, 0, length);
        MemorySegment.copy(line.bytes(), 0, slot, ValueLayout.JAVA_BYTE, 4, length);
        writer.publish(cycle, 0);
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public Optional<Problem> problem() {
        return Optional.ofNullable(problem);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            file.close();
        }
    }
}
