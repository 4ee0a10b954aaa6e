package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class SpreadSamplesTest {
    private record Numbered(long size) implements SampleSource {
        @Override
        public Iterator<Sample> iterator() {
            return IntStream.range(0, (int) size)
                    .mapToObj(i -> new Sample(Integer.toString(i), Map.of(), OptionalInt.empty(), i == 0))
                    .iterator();
        }
    }

    @Test
    void aSourceInTheOrderOfItsClassesStillGivesAll() {
        assertThat(ids(SpreadSamples.of(new Numbered(10), 5))).containsExactly("0", "2", "4", "6", "8");
        assertThat(ids(SpreadSamples.of(new Numbered(7), 3))).containsExactly("0", "2", "4");
    }

    @Test
    void fewerThanWantedAreAllGiven() {
        assertThat(ids(SpreadSamples.of(new Numbered(3), 5))).containsExactly("0", "1", "2");
    }

    @Test
    void everyPassIsTheSame() {
        SampleSource spread = SpreadSamples.of(new Numbered(257), 200);
        assertThat(spread.size()).isEqualTo(200);
        assertThat(ids(spread)).hasSize(200).doesNotHaveDuplicates().isEqualTo(ids(spread));
    }

    private static List<String> ids(SampleSource source) {
        return StreamSupport.stream(source.spliterator(), false).map(Sample::id).toList();
    }
}
