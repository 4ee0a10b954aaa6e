package dev.skerry.compress;

import dev.skerry.measure.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Takes the time of each phase on its way to whoever shows it: a phase lasts until another one is named. */
final class PhaseClock implements Progress {
    private static final String BEFORE = "preparing";

    private final Progress shown;
    private final LongSupplier nanoTime;
    private final Map<String, Long> nanos = new LinkedHashMap<>();
    private final long started;
    private String phase = BEFORE;
    private long since;

    PhaseClock(Progress shown, LongSupplier nanoTime) {
        this.shown = shown;
        this.nanoTime = nanoTime;
        started = nanoTime.getAsLong();
        since = started;
    }

    @Override
    public void step(String what, long done, long total) {
        if (!what.equals(phase)) {
            turn(what);
        }
        shown.step(what, done, total);
    }

    private void turn(String next) {
        long now = nanoTime.getAsLong();
        nanos.merge(phase, now - since, Long::sum);
        phase = next;
        since = now;
    }

    Effort effort(OptionalLong peakMemoryBytes) {
        turn(phase);
        var phases = new ArrayList<Effort.Phase>();
        nanos.forEach((name, taken) -> phases.add(new Effort.Phase(name, Duration.ofNanos(taken))));
        return new Effort(Duration.ofNanos(since - started), peakMemoryBytes, phases);
    }
}
