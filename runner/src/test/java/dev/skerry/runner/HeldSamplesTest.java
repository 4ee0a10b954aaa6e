package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SpreadSamples;
import java.lang.foreign.Arena;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a source holds while it is read, such as a decoder, ends with the reading. */
class HeldSamplesTest {
    private int open;

    /** Samples of four bytes, the last one bad where {@code broken}. */
    private SampleSource source(int size, boolean broken) {
        return new SampleSource() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public Iterator<Sample> iterator() {
                open++;
                return new Reading() {
                    private int at;

                    @Override
                    public boolean hasNext() {
                        return at < size;
                    }

                    @Override
                    public Sample next() {
                        if (broken && at == size - 1) {
                            throw new IllegalStateException("broken");
                        }
                        return new Sample(
                                "n" + at,
                                Map.of("x", Tensor.ofFloats("x", new long[] {1}, at++)),
                                OptionalInt.empty(),
                                false);
                    }

                    @Override
                    public void close() {
                        open--;
                    }
                };
            }
        };
    }

    @Test
    void aSourceThatIsLeftEarlyIsClosed() {
        try (Arena arena = Arena.ofConfined()) {
            HeldSamples held = HeldSamples.load(source(8, false), arena, 12);

            assertThat(held.samples()).hasSize(3);
            assertThat(held.available()).isEqualTo(8);
            assertThat(open).isZero();
        }
    }

    @Test
    void soIsOneThatBreaks() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> HeldSamples.load(source(2, true), arena, 100))
                    .hasMessage("broken");
            assertThat(open).isZero();
        }
    }

    @Test
    void ofAFewOfManyTheRestIsLeft() {
        for (Sample sample : SpreadSamples.of(source(8, false), 3)) {
            assertThat(sample.id()).startsWith("n");
        }
        assertThat(open).isZero();
    }
}
