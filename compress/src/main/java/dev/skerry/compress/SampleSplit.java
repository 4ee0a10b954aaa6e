package dev.skerry.compress;

import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SpreadSamples;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongPredicate;

/**
 * Which samples calibrate and which judge. Deterministic: the same source is always split in the same way.
 *
 * @param calibration at most {@link #CALIBRATION} samples
 * @param evaluation none of them calibrates
 */
record SampleSplit(SampleSource calibration, SampleSource evaluation) {
    /** More samples than this hardly move a range. */
    static final int CALIBRATION = 256;

    private static final int EVERY = 5;
    private static final int LEAST_HELD_OUT = 6;

    /**
     * Two sets are taken as they are, but for the number that calibrates, evenly spread. Of one set every fifth sample
     * calibrates, so that a set in the order of its classes gives samples of each; of recordings that a model with state goes
     * through in order, the first fifth.
     */
    @SuppressWarnings("ReferenceEquality")
    static SampleSplit of(SampleSource calibration, SampleSource evaluation, boolean inOrder) {
        if (calibration != evaluation) {
            return new SampleSplit(some(calibration, CALIBRATION, inOrder), evaluation);
        }
        long size = calibration.size();
        if (inOrder) {
            long first = Math.min(Math.ceilDiv(size, EVERY), CALIBRATION);
            return new SampleSplit(subset(calibration, at -> at < first), subset(calibration, at -> at >= first));
        }
        long every = Math.max(EVERY, Math.ceilDiv(size, CALIBRATION));
        return new SampleSplit(subset(calibration, at -> at % every == 0), subset(calibration, at -> at % every != 0));
    }

    /**
     * Of samples that calibrate two thirds to learn from and every third to judge by, or the last third where order matters. What
     * was fitted to a sample looks better on it than it is.
     */
    static SampleSplit heldOut(SampleSource source, boolean inOrder) {
        long size = source.size();
        if (size < LEAST_HELD_OUT) {
            return new SampleSplit(source, source);
        }
        LongPredicate judges = inOrder ? at -> at >= size - size / 3 : at -> at % 3 == 2;
        return new SampleSplit(subset(source, judges.negate()), subset(source, judges));
    }

    /** At most {@code most} samples, evenly spread, or the first where order matters. */
    static SampleSource some(SampleSource source, long most, boolean inOrder) {
        return inOrder && source.size() > most ? subset(source, at -> at < most) : SpreadSamples.of(source, most);
    }

    private static SampleSource subset(SampleSource source, LongPredicate chosen) {
        long count = 0;
        for (long at = 0; at < source.size(); at++) {
            count += chosen.test(at) ? 1 : 0;
        }
        return new Subset(source, chosen, count);
    }

    private record Subset(SampleSource source, LongPredicate chosen, long size) implements SampleSource {
        @Override
        public Iterator<Sample> iterator() {
            Iterator<Sample> all = source.iterator();
            return new Iterator<>() {
                private long next;
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
                    Sample sample = all.next();
                    while (!chosen.test(next++)) {
                        sample = all.next();
                    }
                    boolean first = given++ == 0;
                    return first && !sample.restart() ? sample.restarted() : sample;
                }
            };
        }
    }
}
