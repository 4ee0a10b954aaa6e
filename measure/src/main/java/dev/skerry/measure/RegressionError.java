package dev.skerry.measure;

import java.util.Arrays;

/** How far predicted values are from true ones, in their unit: the root of the mean square, or the mean of the absolute error. */
public final class RegressionError {
    private double[] squares = new double[64];
    private double[] absolutes = new double[64];
    private long[] values = new long[64];
    private int samples;

    /** Of nothing yet. */
    public RegressionError() {}

    /** Takes in one sample of any number of values. */
    public void add(double[] truth, double[] predicted) {
        if (truth.length != predicted.length) {
            throw new IllegalArgumentException(truth.length + " values against " + predicted.length);
        }
        if (samples == squares.length) {
            squares = Arrays.copyOf(squares, 2 * samples);
            absolutes = Arrays.copyOf(absolutes, 2 * samples);
            values = Arrays.copyOf(values, 2 * samples);
        }
        for (int i = 0; i < truth.length; i++) {
            double error = predicted[i] - truth[i];
            squares[samples] += error * error;
            absolutes[samples] += Math.abs(error);
        }
        values[samples++] = truth.length;
    }

    /** The root of the mean square over all values of the samples. */
    public Statistic rmse() {
        return mean(true);
    }

    /** The mean absolute error over all values of the samples. */
    public Statistic mae() {
        return mean(false);
    }

    private Statistic mean(boolean squared) {
        return new Statistic() {
            @Override
            public int samples() {
                return samples;
            }

            @Override
            public double over(int[] rows) {
                double sum = 0;
                long count = 0;
                for (int row : rows) {
                    sum += squared ? squares[row] : absolutes[row];
                    count += values[row];
                }
                return count == 0 ? Double.NaN : squared ? Math.sqrt(sum / count) : sum / count;
            }
        };
    }
}
