package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;

/**
 * Where a live source puts its samples: it fills the memory of each input, then publishes. One thread at a time. Whoever reads
 * never makes the source wait.
 */
public interface SampleSink {
    /** State of a model starts anew with this sample: the first of a recording, or after a gap. */
    int RESTART = 1;

    /** Samples are missing before this one. */
    int GAP = 1 << 1;

    /** The sensor has said the same for so long that it is taken to be stuck. */
    int STUCK = 1 << 2;

    /** A value of this sample lies outside of what its sensor can measure. */
    int OUT_OF_RANGE = 1 << 3;

    /** What one sample holds. */
    SampleLayout layout();

    /** Memory of an input for the next sample, in the order of the layout; its content is undefined, and another one after {@link #publish}. */
    MemorySegment input(int index);

    /**
     * Gives away what was filled in.
     *
     * @param capturedNanos when the sensor measured the last of it, on the clock of {@link System#nanoTime}, which on Linux is
     *     CLOCK_MONOTONIC, the same for all processes
     * @param marks {@link #RESTART}, {@link #GAP}, … or 0
     */
    void publish(long capturedNanos, int marks);

    /** Gives away what was filled in, as the first of a recording or one more of it. */
    default void publish(long capturedNanos, boolean restart) {
        publish(capturedNanos, restart ? RESTART : 0);
    }

    /** The source can't deliver, says why, and tries again by itself. */
    void trouble(Problem problem);

    /** The source delivers, and yet something is wrong with what it says. */
    default void remark(Problem problem) {}

    /** The source delivers again after {@link #trouble}; counts as one reconnect. */
    void recovered();

    /** Nothing will ever come again: the end of a recording or of standard input. */
    void ended();
}
