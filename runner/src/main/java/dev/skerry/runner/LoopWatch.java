package dev.skerry.runner;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/** Watches the loop from another thread: tells how it goes, and gives it up where an inference hangs for too long. */
final class LoopWatch {
    private static final Duration PAUSE = Duration.ofMillis(200);
    /** How long an end that is asked for waits for an inference. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final long cycles;
    private final long restartNanos;
    private final List<Lane> lanes;
    private final StopSignal stop;
    private final Grip grip;
    private final Wire wire;
    private final Events events;
    private final StealWatch steals;
    private final HiccupMeter meter;
    private final LongSupplier clock;

    /**
     * Not begun.
     *
     * @param cycles how many releases are served; 0 until {@code stop} is requested
     * @param restartNanos how long an inference may hang; 0 for ever
     * @param grip what the loop is held by
     */
    LoopWatch(
            long cycles,
            long restartNanos,
            List<Lane> lanes,
            StopSignal stop,
            Grip grip,
            Wire wire,
            Events events,
            StealWatch steals,
            HiccupMeter meter,
            LongSupplier clock) {
        this.cycles = cycles;
        this.restartNanos = restartNanos;
        this.lanes = lanes;
        this.stop = stop;
        this.grip = grip;
        this.wire = wire;
        this.events = events;
        this.steals = steals;
        this.meter = meter;
        this.clock = clock;
    }

    /** Until the loop has ended, or has been given up; whether it has. */
    boolean watch(Thread loop) {
        Lane first = lanes.getFirst();
        long stopSince = 0;
        boolean hung = false;
        while (loop.isAlive() && !hung) {
            long now = clock.getAsLong();
            steals.poll(now);
            progress();
            events.tell(now, steals.steals(), meter.hiccups());
            boolean over = stop.requested() || answered();
            stopSince = over ? stopSince : now;
            long begun = first.record().begun;
            long inside = grip.inside() && begun >= 0 ? now - first.schedule().release(begun) : 0;
            if (restartNanos > 0 && inside > restartNanos || over && now - stopSince > PATIENCE_NANOS && inside > 0) {
                hung = grip.letGo();
            } else {
                pause(loop);
            }
        }
        if (hung) {
            lanes.forEach(lane -> Hang.close(lane, clock.getAsLong()));
        }
        steals.poll(clock.getAsLong());
        progress();
        events.end(steals.steals(), meter.hiccups());
        return hung;
    }

    private void progress() {
        LoopRecord record = lanes.getFirst().record();
        wire.progress(record.cycles.get(), cycles, record.missed.get(), record.lastNanos.get() / 1e3);
    }

    private boolean answered() {
        return cycles > 0 && lanes.stream().allMatch(lane -> lane.claims().next() >= cycles);
    }

    private void pause(Thread loop) {
        try {
            loop.join(PAUSE);
        } catch (InterruptedException _) {
            stop.request();
        }
    }
}
