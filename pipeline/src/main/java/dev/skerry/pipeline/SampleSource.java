package dev.skerry.pipeline;

import java.util.Iterator;

/**
 * Samples in a fixed order that can be gone through any number of times, each time from the start; nothing is kept in memory
 * but the one at hand, unless the source says otherwise.
 */
public interface SampleSource extends Iterable<Sample> {
    /** How many samples there are. */
    long size();

    @Override
    Iterator<Sample> iterator();
}
