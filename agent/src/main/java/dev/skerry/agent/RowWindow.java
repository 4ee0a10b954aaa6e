package dev.skerry.agent;

import dev.skerry.pipeline.LiveWindows;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Rows of values as they come over a network, to windows in a sink, with what is counted and told of them. Any thread may call;
 * before {@link #into} and after {@link #close} nothing reaches the sink.
 */
final class RowWindow {
    private static final int TOLD_REFUSALS = 20;

    private final NetworkSpec.Telemetry spec;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private final AtomicLong outages = new AtomicLong();
    private @Nullable SampleSink sink;
    private @Nullable LiveWindows windows;
    /** Whether a row has come since the beginning, or since the last gap. */
    private boolean flowing;

    private boolean troubled;
    private String lastTrouble = "";

    RowWindow(NetworkSpec.Telemetry spec) {
        this.spec = spec;
    }

    /** Says where windows go. */
    synchronized void into(SampleSink to) {
        sink = to;
        windows = LiveWindows.of(spec, to);
    }

    /**
     * Takes one row.
     *
     * @param capturedNanos when it was measured, or came, on the clock of {@link System#nanoTime}
     */
    synchronized void row(float[] values, long capturedNanos) {
        if (windows != null) {
            taken.incrementAndGet();
            flowing = true;
            lastTrouble = "";
            windows.row(values, capturedNanos);
        }
    }

    /** A value that came can't be used: the row is missing, and why. */
    synchronized void refuse(Problem problem) {
        long count = refused.incrementAndGet();
        gap();
        // a sender of nonsense must not fill the log
        if (count <= TOLD_REFUSALS || Long.bitCount(count) == 1) {
            tell(problem);
        }
    }

    /** Rows are missing between the last one and the next. */
    synchronized void gap() {
        if (windows != null && flowing) {
            flowing = false;
            gaps.incrementAndGet();
            windows.gap();
        }
    }

    /** Nothing comes, and why; the same is told once. What would have come is lost. */
    synchronized void trouble(Problem problem) {
        gap();
        delayed(problem);
    }

    /** Nothing comes, and why; but all of it will come later. */
    synchronized void delayed(Problem problem) {
        if (!troubled && sink != null) {
            outages.incrementAndGet();
        }
        troubled = true;
        tell(problem);
    }

    private void tell(Problem problem) {
        String text = problem.toString();
        if (sink != null && !text.equals(lastTrouble)) {
            lastTrouble = text;
            sink.trouble(problem);
        }
    }

    /** What {@link #trouble} told of is over. */
    synchronized void recovered() {
        if (troubled && sink != null) {
            troubled = false;
            lastTrouble = "";
            sink.recovered();
        }
    }

    synchronized void close() {
        sink = null;
        windows = null;
    }

    NetworkSource.Counts counts(long duplicates) {
        return new NetworkSource.Counts(taken.get(), refused.get(), duplicates, gaps.get(), outages.get());
    }
}
