package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Windows over rows as they come, into a sink. No window spans a gap: after one, or at the beginning, rows are collected anew
 * and the first window restarts state. For one thread; a row allocates nothing.
 */
public final class LiveWindows {
    private final SampleSink sink;
    private final SensorWatch watch;
    private final int channels;
    private final int context;
    private final int window;
    private final int hop;
    /** The last rows, round and round. */
    private final float[] rows;

    private final MemorySegment heap;
    private int at;
    private long seen;
    private int due = SampleSink.RESTART;
    private int marks;
    private boolean outside;

    /**
     * Of nothing yet.
     *
     * @param context rows before the window that go in front of it; zeros at the beginning
     * @param window rows that are new at the beginning
     * @param hop rows from one window to the next
     */
    LiveWindows(SampleSink sink, SensorWatch watch, int channels, int context, int window, int hop) {
        this.sink = sink;
        this.watch = watch;
        this.channels = channels;
        this.context = context;
        this.window = window;
        this.hop = hop;
        this.rows = new float[(context + window) * channels];
        this.heap = MemorySegment.ofArray(rows);
    }

    /** Of a source behind a network. */
    public static LiveWindows of(NetworkSpec.Telemetry spec, SampleSink sink) {
        List<String> channels = spec.channels();
        return new LiveWindows(
                sink, new SensorWatch(spec.watch(), channels), channels.size(), 0, spec.window(), spec.hop());
    }

    static LiveWindows of(LiveSpec.Local spec, List<String> channels, int window, int hop, SampleSink sink) {
        return new LiveWindows(sink, new SensorWatch(spec.watch(), channels), channels.size(), 0, window, hop);
    }

    /** Rows are missing before the next one. */
    public void gap() {
        if (seen > 0) {
            due |= SampleSink.RESTART | SampleSink.GAP;
        }
        seen = 0;
        at = 0;
        marks = 0;
        if (context > 0) {
            Arrays.fill(rows, 0);
        }
        watch.restart();
    }

    /**
     * Takes a row, and publishes a window where one is complete.
     *
     * @param capturedNanos of this row
     */
    public void row(float[] values, long capturedNanos) {
        int found = watch.row(values);
        tell(found, values);
        marks |= found & SampleSink.OUT_OF_RANGE;
        System.arraycopy(values, 0, rows, at, channels);
        at = (at + channels) % rows.length;
        seen++;
        if (seen >= window && (seen - window) % hop == 0) {
            publish(found, capturedNanos);
        }
    }

    private void publish(int found, long capturedNanos) {
        MemorySegment to = sink.input(0);
        // the oldest row is where the next one goes
        long tail = (rows.length - at) * 4L;
        MemorySegment.copy(heap, at * 4L, to, 0, tail);
        MemorySegment.copy(heap, 0, to, tail, at * 4L);
        sink.publish(capturedNanos, marks | found | due);
        due = 0;
        marks = 0;
    }

    private void tell(int found, float[] values) {
        String stuck = watch.newlyStuck();
        if (stuck != null) {
            sink.remark(Problem.environment("pipeline.sensor", "the sensor is stuck")
                    .at(stuck)
                    .because("it has said the same for so long: " + Arrays.toString(values))
                    .attempt("a look at the sensor and its cable")
                    .attempt("a larger 'stuck' or a smaller 'noise' in the source, where it may stand still"));
        }
        String channel = watch.outside();
        boolean now = (found & SampleSink.OUT_OF_RANGE) != 0;
        if (now && !outside && channel != null) {
            sink.remark(Problem.environment("pipeline.sensor", "the sensor is out of range")
                    .at(channel)
                    .because("found " + Arrays.toString(values))
                    .attempt("a look at the sensor and its cable")
                    .attempt("a wider 'range' in the source"));
        }
        outside = now;
    }
}
