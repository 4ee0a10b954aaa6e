package dev.skerry.firmware;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * How one axis of a resized tensor is made: for each place of the output so many places of the input, and their weights. All
 * ways to map coordinates and to interpolate end in such a table, so that the code knows none of them.
 *
 * @param count for each place of the output
 * @param places −1 where the output lies outside and is to be filled
 */
@SuppressWarnings("ArrayRecordComponent") // a table, compared nowhere
record Taps(int count, int[] places, double[] weights) {
    /** Whether the axis stays as it is. */
    boolean isIdentity(long in) {
        if (count != 1 || places.length != in) {
            return false;
        }
        for (int i = 0; i < in; i++) {
            if (places[i] != i) {
                return false;
            }
        }
        return true;
    }

    static Taps nearest(int in, int out, IntToDoubleFunction coordinate, String rounding, boolean fills) {
        int[] places = new int[out];
        double[] weights = new double[out];
        Arrays.fill(weights, 1);
        for (int i = 0; i < out; i++) {
            double x = coordinate.applyAsDouble(i);
            double rounded = switch (rounding) {
                case "floor" -> Math.floor(x);
                case "ceil" -> Math.ceil(x);
                case "round_prefer_ceil" -> Math.floor(x + 0.5);
                default -> Math.ceil(x - 0.5);
            };
            places[i] = fills && (x < 0 || x > in - 1) ? -1 : Math.clamp((long) rounded, 0, in - 1);
        }
        return new Taps(1, places, weights);
    }

    /**
     * @param shrink below 1 widens the kernel, so that all places of the input count
     * @param cubic the parameter of the cubic kernel, NaN for the linear one
     */
    static Taps weighted(
            int in,
            int out,
            IntToDoubleFunction coordinate,
            double shrink,
            double cubic,
            boolean excludesOutside,
            boolean fills) {
        boolean isLinear = Double.isNaN(cubic);
        int reach = (int) Math.ceil((isLinear ? 1 : 2) / shrink);
        int count = 2 * reach;
        int[] places = new int[out * count];
        double[] weights = new double[out * count];
        for (int i = 0; i < out; i++) {
            double x = coordinate.applyAsDouble(i);
            int first = (int) Math.floor(x) - reach + 1;
            double sum = 0;
            for (int tap = 0; tap < count; tap++) {
                int place = first + tap;
                double distance = Math.abs(place - x) * shrink;
                double weight = isLinear ? Math.max(0, 1 - distance) : cubic(distance, cubic);
                boolean isOutside = place < 0 || place >= in;
                weights[i * count + tap] = excludesOutside && isOutside ? 0 : weight;
                sum += weights[i * count + tap];
                places[i * count + tap] = fills && (x < 0 || x > in - 1) ? -1 : Math.clamp(place, 0, in - 1);
            }
            for (int tap = 0; tap < count; tap++) {
                weights[i * count + tap] /= sum;
            }
        }
        return new Taps(count, places, weights);
    }

    private static double cubic(double x, double a) {
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
    }
}
