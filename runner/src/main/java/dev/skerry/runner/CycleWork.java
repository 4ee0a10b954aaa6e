package dev.skerry.runner;

import dev.skerry.pipeline.Level;

/**
 * What one cycle of one model does, stage by stage, on the thread that runs it. Nothing here may allocate in steady state beyond
 * what the runtime's own interface needs.
 */
interface CycleWork {
    /** A release comes; what waits to take over does so now. */
    default void begin(long cycle) {}

    /**
     * Brings the sample of this release to the model's inputs. Where there is none to decide on, nothing is inferred; a repeated
     * one may be.
     */
    Sensed sense(long cycle);

    /** State starts anew: the releases between were others'. */
    default void forget() {}

    /** When the sample that was sensed last was captured, by {@link System#nanoTime}; {@link Feed#TIMELESS} for recordings. */
    long capturedNanos();

    /** One inference. */
    void infer();

    /** Turns the model's outputs into a decision; false where they are no numbers. */
    boolean read();

    /** Hands the decision that was read to the actions. Called only by who has claimed the release. */
    void decide(long cycle);

    /**
     * Hands what stands in for a decision to the actions; by any thread, but only by who has claimed the release.
     *
     * @param lastGood the release whose decision it is, where the level is the last good one
     */
    void standIn(long cycle, Level level, long lastGood);

    /** Tells the actions that nothing leaves for this release, so that later ones aren't held up; by who has claimed it. */
    void silence(long cycle);
}
