package dev.skerry.runner;

/**
 * Where the samples of a run come from, on the loop's thread: never blocks, and never allocates. After {@link #take} the others
 * tell of the sample that the release was given.
 */
interface Feed {
    /** Where a sample has no time at which it was captured. */
    long TIMELESS = Long.MIN_VALUE;

    /** Brings the sample for a release into the memory that is bound to the model, where there is one. */
    Sensed take(long cycle);

    /** Which of the bindings got it. */
    int shape();

    /** Whether the state of the model starts anew with it. */
    boolean restart();

    /** When it was captured, by {@link System#nanoTime}; {@link #TIMELESS} for recordings. */
    long capturedNanos();

    /** Samples that came and were given to no release. */
    long skipped();

    /** What people call the sample that a release was given; by the thread of the actions. */
    String sampleId(long cycle);

    /** Back to how it was before the first release. */
    void rewind();
}
