package dev.skerry.agent;

import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Rows of values as they come, to windows in a sink: the last {@code window} rows, each {@code hop} rows. No window spans a gap.
 * Any thread may call; after {@link #close} nothing reaches the sink.
 */
final class RowWindow {
    private final int columns;
    private final int window;
    private final int hop;
    /** The last rows, as a ring: a row's place is its number modulo window. */
    private final float[] rows;

    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private final AtomicLong outages = new AtomicLong();
    /** Rows since the beginning, or since the last gap. */
    private long seen;

    private boolean gap;
    private boolean troubled;
    private boolean closed;
    private String lastTrouble = "";
    private @Nullable SampleSink sink;

    RowWindow(NetworkSpec.Telemetry spec) {
        this(spec.columns(), spec.window(), spec.hop());
    }

    RowWindow(int columns, int window, int hop) {
        this.columns = columns;
        this.window = window;
        this.hop = hop;
        this.rows = new float[columns * window];
    }

    /** Says where windows go; before that nothing goes anywhere. */
    synchronized void into(SampleSink to) {
        if (to.layout().bytes() != (long) rows.length * Float.BYTES) {
            throw new IllegalArgumentException(window + " rows of " + columns + " values don't fit "
                    + to.layout().text());
        }
        sink = to;
    }

    /**
     * Takes one row.
     *
     * @param capturedNanos when it was measured, or came, on the clock of {@link System#nanoTime}
     */
    synchronized void row(float[] values, long capturedNanos) {
        SampleSink sink = sink();
        if (sink == null) {
            return;
        }
        taken.incrementAndGet();
        System.arraycopy(values, 0, rows, (int) (seen % window) * columns, columns);
        seen++;
        if (seen >= window && (seen - window) % hop == 0) {
            MemorySegment to = sink.input(0);
            int oldest = (int) (seen % window) * columns;
            int older = rows.length - oldest;
            MemorySegment.copy(rows, oldest, to, ValueLayout.JAVA_FLOAT, 0, older);
            MemorySegment.copy(rows, 0, to, ValueLayout.JAVA_FLOAT, (long) older * Float.BYTES, oldest);
            int marks = (seen == window ? SampleSink.RESTART : 0) | (gap ? SampleSink.GAP : 0);
            gap = false;
            lastTrouble = "";
            sink.publish(capturedNanos, marks);
        }
    }

    /** A value that came can't be used: the row is missing, and why. */
    synchronized void refuse(Problem problem) {
        refused.incrementAndGet();
        gap();
        tell(problem);
    }

    /** Rows are missing between the last one and the next. */
    synchronized void gap() {
        if (seen > 0 && !closed) {
            gaps.incrementAndGet();
            gap = true;
            seen = 0;
        }
    }

    /** Nothing comes, and why; the same is told once. What would have come is lost. */
    synchronized void trouble(Problem problem) {
        gap();
        delayed(problem);
    }

    /** Nothing comes, and why; but all of it will come later. */
    synchronized void delayed(Problem problem) {
        if (!troubled && !closed) {
            outages.incrementAndGet();
        }
        troubled = true;
        tell(problem);
    }

    private void tell(Problem problem) {
        SampleSink sink = sink();
        String text = problem.toString();
        if (sink != null && !text.equals(lastTrouble)) {
            lastTrouble = text;
            sink.trouble(problem);
        }
    }

    /** What {@link #trouble} told of is over. */
    synchronized void recovered() {
        SampleSink sink = sink();
        if (troubled && sink != null) {
            troubled = false;
            lastTrouble = "";
            sink.recovered();
        }
    }

    private @Nullable SampleSink sink() {
        return closed ? null : sink;
    }

    synchronized void close() {
        closed = true;
    }

    NetworkSource.Counts counts(long duplicates) {
        return new NetworkSource.Counts(taken.get(), refused.get(), duplicates, gaps.get(), outages.get());
    }
}
