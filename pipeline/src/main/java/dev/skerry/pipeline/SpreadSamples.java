package dev.skerry.pipeline;

import java.util.Iterator;

/** At most so many samples, spread evenly over the source, so that sources sorted by class still give all classes. */
public record SpreadSamples(SampleSource source, long most) implements SampleSource {
    /** The source itself where it has no more. */
    public static SampleSource of(SampleSource source, long most) {
        return source.size() <= most ? source : new SpreadSamples(source, most);
    }

    @Override
    public long size() {
        return Math.min(most, source.size());
    }

    @Override
    public Iterator<Sample> iterator() {
        Iterator<Sample> all = source.iterator();
        return new Reading() {
            private long given;
            private long passed;

            @Override
            public boolean hasNext() {
                if (given < size()) {
                    return all.hasNext();
                }
                close();
                return false;
            }

            @Override
            public Sample next() {
                long wanted = Math.floorDiv(given * source.size(), size());
                Sample sample = all.next();
                while (passed++ < wanted) {
                    sample = all.next();
                }
                given++;
                return sample;
            }

            @Override
            public void close() {
                // what follows the last sample isn't wanted
                SampleSource.leave(all);
            }
        };
    }
}
