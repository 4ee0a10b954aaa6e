package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells a sensor that doesn't measure any more from one that measures something unusual: values that stand still longer than
 * the noise of a live sensor allows, or that lie outside of what it can say. An anomaly moves; what is stuck doesn't. For one
 * thread; a row allocates nothing.
 */
public final class SensorWatch {
    private final int stuckRows;
    private final double noise;
    private final double least;
    private final double most;
    private final List<String> channels;
    /** Of the stretch in which a channel has said the same. */
    private final float[] lowest;

    private final float[] highest;
    private final long[] length;
    private int stuck = -1;
    private int newlyStuck = -1;
    private int outside = -1;

    /**
     * Has seen nothing.
     *
     * @param channels what people call the values of a row
     */
    public SensorWatch(LiveSpec.Watch watch, List<String> channels) {
        this.stuckRows = watch.stuck();
        this.noise = watch.noise();
        this.least = watch.range().isEmpty()
                ? Double.NEGATIVE_INFINITY
                : watch.range().getFirst();
        this.most = watch.range().isEmpty()
                ? Double.POSITIVE_INFINITY
                : watch.range().getLast();
        this.channels = List.copyOf(channels);
        this.lowest = new float[channels.size()];
        this.highest = new float[channels.size()];
        this.length = new long[channels.size()];
    }

    /**
     * Looks at the next row.
     *
     * @return marks for it: {@link SampleSink#STUCK}, {@link SampleSink#OUT_OF_RANGE}, or 0
     */
    public int row(float[] values) {
        stuck = -1;
        newlyStuck = -1;
        outside = -1;
        for (int i = 0; i < length.length; i++) {
            channel(i, values[i]);
        }
        return (stuck >= 0 ? SampleSink.STUCK : 0) | (outside >= 0 ? SampleSink.OUT_OF_RANGE : 0);
    }

    private void channel(int i, float value) {
        if (!(value >= least && value <= most)) {
            outside = i;
        }
        float low = Math.min(lowest[i], value);
        float high = Math.max(highest[i], value);
        // two floats that are written with few digits differ by a rounding more than these
        if (length[i] > 0
                && (high == low
                        || noise > 0 && high - low <= noise + Math.ulp(Math.max(Math.abs(high), Math.abs(low))))) {
            lowest[i] = low;
            highest[i] = high;
            length[i]++;
        } else {
            lowest[i] = value;
            highest[i] = value;
            length[i] = 1;
        }
        if (stuckRows > 0 && length[i] >= stuckRows) {
            stuck = i;
            newlyStuck = length[i] == stuckRows ? i : newlyStuck;
        }
    }

    /** After a gap: what stood still before says nothing of what comes. */
    public void restart() {
        java.util.Arrays.fill(length, 0);
    }

    /** The channel that became stuck with the last row; null for none. */
    public @Nullable String newlyStuck() {
        return newlyStuck < 0 ? null : channels.get(newlyStuck);
    }

    /** A channel that was out of range in the last row; null for none. */
    public @Nullable String outside() {
        return outside < 0 ? null : channels.get(outside);
    }
}
