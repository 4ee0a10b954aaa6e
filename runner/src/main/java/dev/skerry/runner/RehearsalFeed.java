package dev.skerry.runner;

import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.RingWriter;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongSupplier;

/** The golden inputs by way of a ring of their own, so that what a live run does is warm before the first sample is there. */
final class RehearsalFeed implements Feed {
    private static final int SLOTS = 4;

    private final RingFeed feed;
    private final RingWriter writer;
    private final MemorySegment[][] from;
    private final LongSupplier clock;

    private RehearsalFeed(RingFeed feed, RingWriter writer, MemorySegment[][] from, LongSupplier clock) {
        this.feed = feed;
        this.writer = writer;
        this.from = from;
        this.clock = clock;
    }

    static RehearsalFeed of(
            SampleLayout layout,
            LiveSpec.Freshness freshness,
            HeldSamples golden,
            Binding binding,
            LongSupplier clock) {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), layout, SLOTS);
        List<String> names =
                layout.inputs().stream().map(SampleLayout.Input::name).toList();
        MemorySegment[][] from = golden.samples().stream()
                .map(held -> names.stream().map(held.inputs()::get).toArray(MemorySegment[]::new))
                .toArray(MemorySegment[][]::new);
        return new RehearsalFeed(new RingFeed(ring, freshness, binding, true, clock), ring.writer(), from, clock);
    }

    @Override
    public Sensed take(long cycle) {
        MemorySegment[] sample = from[(int) (cycle % from.length)];
        for (int i = 0; i < sample.length; i++) {
            MemorySegment input = writer.input(i);
            // of another size where the model takes any, and then what is in it doesn't matter here
            if (input.byteSize() == sample[i].byteSize()) {
                input.copyFrom(sample[i]);
            } else {
                input.fill((byte) 0);
            }
        }
        writer.publish(clock.getAsLong(), 0);
        return feed.take(cycle);
    }

    @Override
    public int shape() {
        return feed.shape();
    }

    @Override
    public boolean restart() {
        return feed.restart();
    }

    @Override
    public long capturedNanos() {
        return feed.capturedNanos();
    }

    @Override
    public long skipped() {
        return feed.skipped();
    }

    @Override
    public String sampleId(long cycle) {
        return feed.sampleId(cycle);
    }

    @Override
    public void rewind() {
        feed.rewind();
    }
}
