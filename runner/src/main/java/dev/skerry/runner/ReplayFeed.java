package dev.skerry.runner;

import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Recorded samples one after another, and again from the start. */
final class ReplayFeed implements Feed {
    private final Replay[] replay;
    private Replay taken;

    /** A sample and the memory that it goes to. */
    private static final class Replay {
        private final HeldSamples.Held sample;
        private final MemorySegment[] from;
        private final MemorySegment[] to;

        Replay(HeldSamples.Held sample, Binding binding) {
            this.sample = sample;
            this.from = sample.inputs().values().toArray(MemorySegment[]::new);
            this.to = sample.inputs().keySet().stream().map(binding::input).toArray(MemorySegment[]::new);
        }

        void copy() {
            for (int i = 0; i < from.length; i++) {
                MemorySegment.copy(from[i], 0, to[i], 0, from[i].byteSize());
            }
        }
    }

    /** Over held samples, with one binding for each of their shapes. */
    ReplayFeed(HeldSamples samples, List<Binding> bindings) {
        replay = samples.samples().stream()
                .map(held -> new Replay(held, bindings.get(held.shape())))
                .toArray(Replay[]::new);
        taken = replay[0];
    }

    @Override
    public Sensed take(long cycle) {
        taken = replay[(int) (cycle % replay.length)];
        taken.copy();
        return Sensed.FRESH;
    }

    @Override
    public int shape() {
        return taken.sample.shape();
    }

    @Override
    public boolean restart() {
        return taken.sample.restart();
    }

    @Override
    public long capturedNanos() {
        return TIMELESS;
    }

    @Override
    public long skipped() {
        return 0;
    }

    @Override
    public String sampleId(long cycle) {
        return replay[(int) (cycle % replay.length)].sample.id();
    }

    @Override
    public void rewind() {
        taken = replay[0];
    }
}
