package dev.skerry.assess;

import java.util.function.LongSupplier;

/**
 * Adds up what a sensor says. Counters are read often enough that none comes round twice between two readings, and power is taken to
 * change in a straight line between two.
 */
final class EnergyMeter implements AutoCloseable {
    /** A counter of 65 kJ comes round in 2 minutes at 500 W; power of a board changes within milliseconds. */
    private static final long PERIOD_MILLIS = 20;

    private final EnergySensor sensor;
    private final LongSupplier nanoTime;
    private final long[] last;
    private double joules;
    private double lastWatts;
    private long lastNanos;
    private boolean broken;
    private volatile boolean stopped;
    private final Thread sampler;

    private EnergyMeter(EnergySensor sensor, LongSupplier nanoTime) {
        this.sensor = sensor;
        this.nanoTime = nanoTime;
        this.last = new long
                [switch (sensor) {
                    case EnergySensor.Counters counters -> counters.counters().size();
                    case EnergySensor.Powers _ -> 0;
                }];
        begin();
        this.sampler = Thread.ofPlatform().daemon().name("energy").unstarted(this::sampleOn);
    }

    /** Begins to add up, on a thread of its own. */
    static EnergyMeter start(EnergySensor sensor, LongSupplier nanoTime) {
        var meter = new EnergyMeter(sensor, nanoTime);
        meter.sampler.start();
        return meter;
    }

    /** One that is read by {@link #sample} alone. */
    static EnergyMeter still(EnergySensor sensor, LongSupplier nanoTime) {
        return new EnergyMeter(sensor, nanoTime);
    }

    private void begin() {
        lastNanos = nanoTime.getAsLong();
        switch (sensor) {
            case EnergySensor.Counters counters -> {
                for (int i = 0; i < last.length; i++) {
                    last[i] = EnergySensor.number(counters.counters().get(i).file())
                            .orElse(-1);
                    broken |= last[i] < 0;
                }
            }
            case EnergySensor.Powers powers -> lastWatts = watts(powers);
        }
    }

    private void sampleOn() {
        while (!stopped) {
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException end) {
                return;
            }
            sample();
        }
    }

    synchronized void sample() {
        long now = nanoTime.getAsLong();
        switch (sensor) {
            case EnergySensor.Counters counters -> {
                for (int i = 0; i < last.length; i++) {
                    EnergySensor.Counter counter = counters.counters().get(i);
                    long at = EnergySensor.number(counter.file()).orElse(-1);
                    long step = at - last[i];
                    if (step < 0 && at >= 0 && counter.rangeMicrojoules() > 0) {
                        step += counter.rangeMicrojoules();
                    }
                    if (at < 0 || step < 0) {
                        broken = true;
                    } else {
                        joules += step / 1e6;
                        last[i] = at;
                    }
                }
            }
            case EnergySensor.Powers powers -> {
                double watts = watts(powers);
                joules += (watts + lastWatts) / 2 * (now - lastNanos) / 1e9;
                lastWatts = watts;
            }
        }
        lastNanos = now;
    }

    private double watts(EnergySensor.Powers powers) {
        double sum = 0;
        for (EnergySensor.Power power : powers.powers()) {
            double product = power.scale();
            for (var file : power.files()) {
                long value = EnergySensor.number(file).orElse(-1);
                broken |= value < 0;
                product *= Math.max(0, value);
            }
            sum += product;
        }
        return sum;
    }

    /** Since the start, in joules; NaN where the sensor could not be read all the time. */
    synchronized double joules() {
        sample();
        return broken ? Double.NaN : joules;
    }

    @Override
    public void close() {
        stopped = true;
        sampler.interrupt();
    }
}
