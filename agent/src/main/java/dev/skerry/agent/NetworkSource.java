package dev.skerry.agent;

import dev.skerry.pipeline.LiveSource;

/** A source behind a network, with what it counts. */
interface NetworkSource extends LiveSource {
    /** What has come so far; by any thread. */
    Counts counts();

    /**
     * What has come since the start.
     *
     * @param taken rows that could be used
     * @param refused messages or values that could not
     * @param duplicates messages that came more than once and were left out
     * @param gaps times at which rows were missing
     * @param outages times at which nothing came any more
     */
    record Counts(long taken, long refused, long duplicates, long gaps, long outages) {
        static final Counts NONE = new Counts(0, 0, 0, 0, 0);
    }
}
