package dev.skerry.runner;

/**
 * What one cycle does, stage by stage, on the loop's thread. Nothing here may allocate in steady state beyond what the
 * runtime's own interface needs.
 */
interface CycleWork {
    /**
     * Brings the sample of this release to the model's inputs. Where there is none to decide on, nothing is inferred; a repeated
     * one may be.
     */
    Sensed sense(long cycle);

    /** When the sample that was sensed last was captured, by {@link System#nanoTime}; {@link Feed#TIMELESS} for recordings. */
    long capturedNanos();

    /** One inference. */
    void infer();

    /** Turns the model's outputs into a decision; false where they are no numbers. */
    boolean read();

    /** Hands the decision that was read to the actions. Called only by who has claimed the release. */
    void decide(long cycle);

    /** Hands the armed fallback to the actions; by any thread, but only by who has claimed the release. */
    void fallback(long cycle);

    /** Tells the actions that nothing leaves for this release, so that later ones aren't held up; by who has claimed it. */
    void silence(long cycle);

    /** Whether a fallback is armed at all. */
    boolean hasFallback();
}
