package dev.skerry.runner;

import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.RingReader;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Live samples out of a ring: the newest one, or one after another. A sample that is too old is passed over; where none is left,
 * the release has no sample.
 */
final class RingFeed implements Feed {
    /** Of releases whose sample's name is remembered; more than actions can lie behind. */
    private static final int REMEMBERED = 1 << 13;

    private final SampleRing ring;
    private final RingReader reader;
    private final boolean inOrder;
    private final long maxAgeNanos;
    private final LongSupplier clock;
    private final MemorySegment[] to;
    /** Pairs of a release and the sample that it was given. */
    private final AtomicLongArray given = new AtomicLongArray(2 * REMEMBERED);

    /** Whether what waits before the first release is passed over, as it came while nobody could decide yet. */
    private boolean starting;

    private long skippedAtStart;
    private boolean whole;
    private boolean restart;
    /** A restart that no release was given yet, as its sample was too old or stuck. */
    private boolean due;

    private long skippedBefore;

    /**
     * Over a ring.
     *
     * @param binding with an input for each of the ring's
     * @param fromFirst whether the first release is given the first sample in order, and not the newest
     * @param clock as {@link System#nanoTime}
     */
    RingFeed(SampleRing ring, LiveSpec.Freshness freshness, Binding binding, boolean fromFirst, LongSupplier clock) {
        this.ring = ring;
        this.reader = ring.reader();
        this.inOrder = freshness.take() == LiveSpec.Take.IN_ORDER;
        this.maxAgeNanos = Math.round(freshness.maxAgeSeconds() * 1e9);
        this.starting = !fromFirst;
        this.clock = clock;
        this.to = ring.layout().inputs().stream()
                .map(SampleLayout.Input::name)
                .map(binding::input)
                .toArray(MemorySegment[]::new);
        given.set(0, -1);
    }

    @Override
    public Sensed take(long cycle) {
        restart = false;
        Sensed sensed;
        try {
            sensed = take();
        } catch (InternalError cut) {
            // what the JVM makes of a mapped file that someone has made shorter
            whole = false;
            return Sensed.STALE;
        }
        if (sensed != Sensed.ENDED && sensed != Sensed.STALE) {
            int at = 2 * ((int) cycle & REMEMBERED - 1);
            given.setPlain(at, cycle);
            given.setRelease(at + 1, reader.sample());
        }
        return sensed;
    }

    private Sensed take() {
        boolean fresh = inOrder && !starting ? next() : reader.newest(to);
        if (!fresh) {
            if (ring.state() == SampleRing.State.ENDED && reader.drained()) {
                return Sensed.ENDED;
            }
            if (!whole || old(reader.capturedNanos())) {
                return Sensed.STALE;
            }
            return faulty() ? Sensed.STUCK : Sensed.REPEATED;
        }
        whole = true;
        if (starting) {
            starting = false;
            skippedAtStart = reader.skipped();
            skippedBefore = skippedAtStart;
        }
        due |= reader.restarted() || inOrder && reader.skipped() != skippedBefore;
        skippedBefore = reader.skipped();
        if (old(reader.capturedNanos())) {
            due = true;
            return Sensed.STALE;
        }
        if (faulty()) {
            due = true;
            return Sensed.STUCK;
        }
        restart = due;
        due = false;
        return Sensed.FRESH;
    }

    /** The next one that isn't too old; where all are, the newest of them. */
    private boolean next() {
        long captured = reader.nextCapturedNanos();
        return captured != TIMELESS && old(captured) ? reader.newest(to) : reader.next(to);
    }

    private boolean old(long capturedNanos) {
        return clock.getAsLong() - capturedNanos > maxAgeNanos;
    }

    private boolean faulty() {
        return (reader.marks() & (SampleSink.STUCK | SampleSink.OUT_OF_RANGE)) != 0;
    }

    @Override
    public int shape() {
        return 0;
    }

    @Override
    public boolean restart() {
        return restart;
    }

    @Override
    public long capturedNanos() {
        return reader.sample() < 0 ? TIMELESS : reader.capturedNanos();
    }

    @Override
    public long skipped() {
        return reader.skipped() - skippedAtStart;
    }

    @Override
    public String sampleId(long cycle) {
        int at = 2 * ((int) cycle & REMEMBERED - 1);
        long sample = given.getAcquire(at + 1);
        return given.get(at) == cycle ? "#" + sample : "";
    }

    @Override
    public void rewind() {
        // live samples don't come again
    }
}
