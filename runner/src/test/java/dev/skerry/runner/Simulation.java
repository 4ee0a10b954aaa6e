package dev.skerry.runner;

import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A loop and its watchdog on one simulated clock. Whenever time passes, the watchdog gets its turns at the instants that it
 * waits for, as it would on another core.
 */
final class Simulation implements Pacer, CycleWork, Evidence {
    static final long MICRO = 1_000;
    static final long START = 1_000_000_000;

    final Claims claims;
    final LoopRecord record;
    final Response response;
    final Lane lane;
    final Grip grip = new Grip();
    final StopSignal stop = new StopSignal();
    final Schedule schedule;
    final Watchdog watchdog;
    /** What left, in the order in which it did: {@code 3 decision}, {@code 4 fallback}. */
    final List<String> answers = new ArrayList<>();

    final List<Long> silences = new ArrayList<>();

    private final long cycles;
    private final boolean hasFallback;
    private final Map<Long, Long> inferMicros = new HashMap<>();
    private final Map<Long, Long> sleepsLateMicros = new HashMap<>();
    private final Map<Long, Sensed> sensed = new HashMap<>();
    private final Set<Long> throwing = new HashSet<>();
    private final Set<Long> notANumber = new HashSet<>();
    private long now = START - 1_000 * MICRO;
    private long cycle;
    private long watchdogWakes;
    private boolean watchdogRuns = true;
    private long waited;
    private long onCpu;

    Simulation(double rateHz, long cycles, long deadlineMicros, boolean hasFallback) {
        this(rateHz, cycles, deadlineMicros, hasFallback ? Levels.of(new Fallback("reject"), false) : Levels.NONE);
    }

    Simulation(double rateHz, long cycles, long deadlineMicros, Levels levels) {
        boolean hasFallback = levels.answers();
        this.cycles = cycles;
        this.hasFallback = hasFallback;
        this.schedule = new Schedule(START, rateHz, deadlineMicros * MICRO, hasFallback ? 100 * MICRO : 0);
        this.response = new Response(schedule, levels);
        this.claims = new Claims();
        this.record = new LoopRecord();
        this.lane = new Lane(schedule, this, claims, response, record, null, 0);
        this.watchdog = new Watchdog(cycles, List.of(lane), waiting(at -> watchdogWakes = at), grip);
    }

    private Pacer waiting(LongConsumer wakes) {
        return new Pacer() {
            @Override
            public long nanoTime() {
                return now;
            }

            @Override
            public void pause(long untilNanos) {
                wakes.accept(untilNanos);
            }

            @Override
            public long spunNanos() {
                return 0;
            }
        };
    }

    Simulation infers(long inCycle, long micros) {
        inferMicros.put(inCycle, micros);
        return this;
    }

    Simulation senses(long inCycle, Sensed what) {
        sensed.put(inCycle, what);
        return this;
    }

    Simulation failsIn(long inCycle) {
        throwing.add(inCycle);
        return this;
    }

    Simulation saysNaNIn(long inCycle) {
        notANumber.add(inCycle);
        return this;
    }

    /** The thread gets the CPU this much later than the release of this cycle. */
    Simulation oversleeps(long inCycle, long micros) {
        sleepsLateMicros.put(inCycle, micros);
        return this;
    }

    Simulation withoutWatchdog() {
        watchdogRuns = false;
        return this;
    }

    Simulation run() {
        new DeadlineLoop(cycles, List.of(lane), this, this, stop, grip).run();
        return this;
    }

    /** Lets time pass, with the watchdog's turns in it. */
    private void pass(long nanos) {
        long end = now + nanos;
        while (watchdogRuns && hasFallback) {
            long before = claims.next() + response.nextVerdict();
            watchdogWakes = Long.MAX_VALUE;
            watchdog.step();
            boolean acted = claims.next() + response.nextVerdict() != before;
            if (!acted && watchdogWakes > end) {
                break;
            }
            now = acted ? now : watchdogWakes;
        }
        now = end;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void pause(long untilNanos) {
        long waitsFor = Math.round((untilNanos - START) * schedule.rateHz() / 1e9);
        long late = sleepsLateMicros.getOrDefault(waitsFor, 0L) * MICRO;
        waited += late;
        pass(untilNanos - now + late);
    }

    @Override
    public long spunNanos() {
        return 0;
    }

    @Override
    public Sensed sense(long cycle) {
        this.cycle = cycle;
        pass(10 * MICRO);
        return sensed.getOrDefault(cycle, Sensed.FRESH);
    }

    @Override
    public long capturedNanos() {
        return schedule.release(cycle) - 1_000 * MICRO;
    }

    @Override
    public void infer() {
        long nanos = inferMicros.getOrDefault(cycle, 1_000L) * MICRO;
        onCpu += nanos;
        pass(nanos);
        if (throwing.contains(cycle)) {
            throw new IllegalStateException("the model broke");
        }
    }

    @Override
    public boolean read() {
        pass(10 * MICRO);
        return !notANumber.contains(cycle);
    }

    @Override
    public void decide(long cycle) {
        answers.add(cycle + " decision");
    }

    @Override
    public void standIn(long cycle, Level level, long lastGood) {
        answers.add(cycle + " " + (level == Level.STAND_IN ? "fallback" : level.label()));
    }

    @Override
    public void silence(long cycle) {
        silences.add(cycle);
    }

    @Override
    public void sample() {}

    @Override
    public long onCpuNanos() {
        return onCpu;
    }

    @Override
    public long waitedNanos() {
        return waited;
    }

    @Override
    public long majorFaults() {
        return 0;
    }

    @Override
    public long minorFaults() {
        return 0;
    }

    @Override
    public long preemptions() {
        return 0;
    }

    @Override
    public long allocatedBytes() {
        return 0;
    }

    List<MissLog.Missed> misses() {
        return record.misses.all();
    }

    MissLog.@Nullable Missed miss(long inCycle) {
        return misses().stream()
                .filter(missed -> missed.cycle() == inCycle)
                .findFirst()
                .orElse(null);
    }
}
