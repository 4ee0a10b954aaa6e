package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.LiveSpec.Freshness;
import dev.skerry.pipeline.LiveSpec.Take;
import dev.skerry.pipeline.RingWriter;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class RingFeedTest {
    private static final long SECOND = 1_000_000_000L;
    private static final SampleLayout LAYOUT = SampleLayout.of(DataType.FLOAT, List.of(1L));

    private final SampleRing ring = SampleRing.allocate(Arena.ofAuto(), LAYOUT, 8);
    private final RingWriter writer = ring.writer();
    private final MemorySegment memory = Arena.ofAuto().allocate(4, 4);
    private long now = 100 * SECOND;

    private RingFeed feed(Take take) {
        return new RingFeed(ring, new LiveSpec.Freshness(take, 1), binding(), true, () -> now);
    }

    private Binding binding() {
        return new Binding() {
            @Override
            public MemorySegment input(String name) {
                return memory;
            }

            @Override
            public MemorySegment output(String name) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Map<String, long[]> outputDims() {
                return Map.of();
            }

            @Override
            public void run() {}

            @Override
            public void close() {}
        };
    }

    private void publish(float value, int marks) {
        writer.input(0).set(ValueLayout.JAVA_FLOAT, 0, value);
        writer.publish(now, marks);
    }

    private float value() {
        return memory.get(ValueLayout.JAVA_FLOAT, 0);
    }

    @Test
    void beforeTheFirstSampleThereIsNothingToDecideOn() {
        assertThat(feed(Take.LATEST).take(0)).isEqualTo(Sensed.STALE);
    }

    @Test
    void theNewestIsFreshOnceThenRepeatedThenStale() {
        RingFeed feed = feed(Take.LATEST);
        publish(1, 0);
        publish(2, 0);

        assertThat(feed.take(0)).isEqualTo(Sensed.FRESH);
        assertThat(value()).isEqualTo(2);
        assertThat(feed.restart()).isTrue();
        assertThat(feed.sampleId(0)).isEqualTo("#1");
        assertThat(feed.take(1)).isEqualTo(Sensed.REPEATED);
        assertThat(feed.restart()).isFalse();
        assertThat(feed.sampleId(1)).isEqualTo("#1");
        now += SECOND + 1;
        assertThat(feed.take(2)).isEqualTo(Sensed.STALE);
        assertThat(feed.sampleId(2)).isEmpty();
        publish(3, 0);
        assertThat(feed.take(3)).isEqualTo(Sensed.FRESH);
        assertThat(value()).isEqualTo(3);
    }

    @Test
    void inOrderNothingIsLeftOutWhileItIsYoungEnough() {
        RingFeed feed = feed(Take.IN_ORDER);
        for (int i = 0; i < 4; i++) {
            publish(i, 0);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(feed.take(i)).isEqualTo(Sensed.FRESH);
            assertThat(value()).isEqualTo(i);
        }
        assertThat(feed.take(4)).isEqualTo(Sensed.REPEATED);
    }

    @Test
    void inOrderABacklogThatHasGrownTooOldIsLeftBehindAndStateStartsAnew() {
        RingFeed feed = feed(Take.IN_ORDER);
        publish(0, 0);
        assertThat(feed.take(0)).isEqualTo(Sensed.FRESH);
        publish(1, 0);
        publish(2, 0);
        now += 2 * SECOND;
        publish(3, 0);

        assertThat(feed.take(1)).isEqualTo(Sensed.FRESH);
        assertThat(value()).isEqualTo(3);
        assertThat(feed.restart()).isTrue();
    }

    @Test
    void whatCameBeforeTheFirstReleaseIsPassedOver() {
        var feed = new RingFeed(ring, new LiveSpec.Freshness(Take.IN_ORDER, 1), binding(), false, () -> now);
        assertThat(feed.take(0)).isEqualTo(Sensed.STALE);
        for (int i = 0; i < 4; i++) {
            publish(i, 0);
        }
        assertThat(feed.take(1)).isEqualTo(Sensed.FRESH);
        assertThat(value()).isEqualTo(3);
        assertThat(feed.skipped()).isZero();
        publish(4, 0);
        publish(5, 0);
        assertThat(feed.take(2)).isEqualTo(Sensed.FRESH);
        assertThat(value()).isEqualTo(4);
    }

    @Test
    void aStuckSensorIsNotDecidedOnAndStateStartsAnewAfterIt() {
        RingFeed feed = feed(Take.IN_ORDER);
        publish(0, 0);
        publish(1, SampleSink.STUCK);
        publish(2, 0);

        assertThat(feed.take(0)).isEqualTo(Sensed.FRESH);
        assertThat(feed.take(1)).isEqualTo(Sensed.STUCK);
        assertThat(feed.take(2)).isEqualTo(Sensed.FRESH);
        assertThat(feed.restart()).isTrue();
    }

    @Test
    void whenTheSourceEndsWhatItSaidIsServedFirst() {
        RingFeed feed = feed(Take.IN_ORDER);
        publish(0, 0);
        publish(1, 0);
        writer.ended();

        assertThat(feed.take(0)).isEqualTo(Sensed.FRESH);
        assertThat(feed.take(1)).isEqualTo(Sensed.FRESH);
        assertThat(feed.take(2)).isEqualTo(Sensed.ENDED);
    }

    @Test
    void takingAllocatesNothing() {
        RingFeed feed = feed(Take.LATEST);
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                publish(i, 0);
                feed.take(i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(10_000);
    }

    @Test
    void theDefaultTakesTheNewestOfTheLastSecond() {
        assertThat(Freshness.LATEST.take()).isEqualTo(Take.LATEST);
        assertThat(Freshness.LATEST.maxAgeSeconds()).isEqualTo(1);
    }
}
