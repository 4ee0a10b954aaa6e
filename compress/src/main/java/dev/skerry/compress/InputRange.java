package dev.skerry.compress;

import java.util.HashSet;
import java.util.Set;

/** How far the values of an input go, and how many of them lie exactly at either end; in fixed memory and one pass. */
final class InputRange {
    /** An input with fewer values than this is a code or a mask, of which ends mean nothing. */
    private static final int FEW_VALUES = 16;

    /** A sample with this share of its values at an end counts as one that reaches it for long. */
    private static final double LONG = 0.01;

    private final End low = new End();
    private final End high = new End();
    private final Set<Float> distinct = new HashSet<>();
    private long count;
    private long samples;
    private double squares;

    /** The farthest value at one end, in the direction of larger numbers. */
    private static final class End {
        private double extreme = Double.NEGATIVE_INFINITY;
        private long values;
        private long samples;

        void add(double reached, long times, boolean isLong) {
            if (reached > extreme) {
                extreme = reached;
                values = 0;
                samples = 0;
            }
            if (reached == extreme) {
                values += times;
                samples += isLong ? 1 : 0;
            }
        }
    }

    /** @param values of one sample, all finite */
    void add(float[] values) {
        if (values.length == 0) {
            return;
        }
        float least = values[0];
        float most = values[0];
        for (float value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
            squares += (double) value * value;
            if (distinct.size() < FEW_VALUES) {
                distinct.add(value);
            }
        }
        long atLeast = 0;
        long atMost = 0;
        for (float value : values) {
            atLeast += value == least ? 1 : 0;
            atMost += value == most ? 1 : 0;
        }
        low.add(-least, atLeast, atLeast >= LONG * values.length);
        high.add(most, atMost, atMost >= LONG * values.length);
        count += values.length;
        samples++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether it takes few values only, as codes and masks do. */
    boolean isCode() {
        return distinct.size() < FEW_VALUES;
    }

    double low() {
        return -low.extreme;
    }

    double high() {
        return high.extreme;
    }

    double rootMeanSquare() {
        return Math.sqrt(squares / count);
    }

    /** Share of values that are exactly the least one. */
    double shareAtLow() {
        return (double) low.values / count;
    }

    /** Share of values that are exactly the largest one. */
    double shareAtHigh() {
        return (double) high.values / count;
    }

    /** Whether at least half of the samples lie at the upper end for long. */
    boolean isOftenHigh() {
        return 2 * high.samples >= samples;
    }

    /** Whether at least half of the samples lie at the lower end for long. */
    boolean isOftenLow() {
        return 2 * low.samples >= samples;
    }
}
