package dev.skerry.pipeline;

import java.util.Iterator;

/**
 * Samples in a fixed order that can be gone through any number of times, each time from the start; nothing is kept in memory
 * but the one at hand, unless the source says otherwise.
 */
public interface SampleSource extends Iterable<Sample> {
    /** How many samples there are. */
    long size();

    /** Who doesn't go to its end {@linkplain #leave leaves} it. */
    @Override
    Iterator<Sample> iterator();

    /** An iterator that holds something, such as a decoder, until it comes to its end or is closed. */
    interface Reading extends Iterator<Sample>, AutoCloseable {
        @Override
        void close();
    }

    /** Lets go of what an iterator holds; it isn't asked any more. */
    static void leave(Iterator<Sample> samples) {
        if (samples instanceof Reading reading) {
            reading.close();
        }
    }
}
