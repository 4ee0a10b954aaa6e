package dev.skerry.compress;

import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Samples without those that hold NaN or infinity, which would spoil every sum that they are part of.
 *
 * @param size how many remain
 */
record FiniteSamples(SampleSource source, long size) implements SampleSource {
    @Override
    public Iterator<Sample> iterator() {
        Iterator<Sample> all = source.iterator();
        return new Iterator<>() {
            private long given;

            @Override
            public boolean hasNext() {
                return given < size;
            }

            @Override
            public Sample next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                given++;
                Sample sample = all.next();
                // a recording whose first sample is left out begins with its second
                boolean restart = sample.restart();
                while (!CalibrationCheck.isFinite(sample)) {
                    sample = all.next();
                    restart |= sample.restart();
                }
                return restart && !sample.restart() ? sample.restarted() : sample;
            }
        };
    }
}
