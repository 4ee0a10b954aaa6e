package dev.skerry.compress;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Weights as integers, symmetric around their zero point. */
final class QuantizedWeight {
    /** A bias of more steps than this could overflow the 32-bit sum that it starts. */
    private static final double BIAS_STEPS = 1 << 30;

    private final byte[] values;
    private final float[] scales;

    private QuantizedWeight(byte[] values, float[] scales) {
        this.values = values;
        this.scales = scales;
    }

    /**
     * Quantizes with one scale per channel, by the channel's largest weight. Where a channel's bias is so much larger than its
     * weights that it wouldn't fit into 32 bits (a dead channel after batch norm folding), the scale is raised.
     *
     * @param channels output channels, or 1 where one scale serves all
     * @param inner weights in a row that belong to one channel: that of a weight is {@code index / inner % channels}
     * @param bias per output channel; empty where there is none
     */
    static QuantizedWeight of(
            Node layer, Tensor weight, int channels, int inner, float[] bias, float inputScale, IntegerForm form) {
        ActivationScheme scheme = form.scheme();
        float[] weights = weight.toFloats();
        float[] scales = scales(weights, channels, inner, bias, inputScale, scheme.weightSteps());
        byte[] values = learned(layer, weight, scales, form).orElseGet(() -> nearest(weights, inner, scales, scheme));
        for (int i = 0; scheme.weightZero() != 0 && i < values.length; i++) {
            values[i] = (byte) (values[i] + scheme.weightZero());
        }
        return new QuantizedWeight(values, scales);
    }

    /**
     * Rounds to the nearest, with one scale per channel.
     *
     * @param inner as for {@link #of}
     */
    static QuantizedWeight nearest(float[] weights, int channels, int inner, ActivationScheme scheme) {
        float[] scales = scales(weights, channels, inner, new float[0], 1, scheme.weightSteps());
        byte[] values = nearest(weights, inner, scales, scheme);
        for (int i = 0; scheme.weightZero() != 0 && i < values.length; i++) {
            values[i] = (byte) (values[i] + scheme.weightZero());
        }
        return new QuantizedWeight(values, scales);
    }

    private static float[] scales(float[] weights, int channels, int inner, float[] bias, float inputScale, int steps) {
        float[] largest = new float[channels];
        for (int i = 0; i < weights.length; i++) {
            int channel = i / inner % channels;
            largest[channel] = Math.max(largest[channel], Math.abs(weights[i]));
        }
        double[] wanted = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            wanted[channel] = (double) largest[channel] / steps;
        }
        for (int i = 0; i < bias.length; i++) {
            wanted[i % channels] = Math.max(wanted[i % channels], Math.abs(bias[i]) / (inputScale * BIAS_STEPS));
        }
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = wanted[channel] >= Float.MIN_NORMAL ? (float) wanted[channel] : 1f / steps;
        }
        return scales;
    }

    private static byte[] nearest(float[] weights, int inner, float[] scales, ActivationScheme scheme) {
        byte[] values = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            long rounded = Math.round(Math.rint((double) weights[i] / scales[i / inner % scales.length]));
            values[i] = (byte) Math.clamp(rounded, -scheme.weightSteps(), scheme.weightSteps());
        }
        return values;
    }

    private static Optional<byte[]> learned(Node layer, Tensor weight, float[] scales, IntegerForm form) {
        return WeightMatrix.of(layer, Optional.of(weight))
                .flatMap(matrix -> form.rounding()
                        .round(
                                layer,
                                matrix,
                                perRow(scales, matrix.rows()),
                                form.scheme().weightSteps())
                        .map(integers -> matrix.toLayout(bytes(integers))));
    }

    private static float[] perRow(float[] scales, int rows) {
        if (scales.length == rows) {
            return scales;
        }
        float[] same = new float[rows];
        Arrays.fill(same, scales[0]);
        return same;
    }

    private static byte[] bytes(int[] integers) {
        byte[] bytes = new byte[integers.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) integers[i];
        }
        return bytes;
    }

    /** Integers, in the order of the float weights. */
    byte[] values() {
        return values;
    }

    /** One for all, or one per channel. */
    float[] scales() {
        return scales;
    }

    /** The bias in steps of input scale × weight scale, as the 32-bit sums count. */
    int[] biasSteps(float[] bias, float inputScale) {
        int[] steps = new int[bias.length];
        for (int i = 0; i < bias.length; i++) {
            double step = (double) biasScale(i, inputScale);
            steps[i] = Math.clamp(Math.round(bias[i] / step), Integer.MIN_VALUE + 1, Integer.MAX_VALUE);
        }
        return steps;
    }

    float biasScale(int channel, float inputScale) {
        return inputScale * scales[channel % scales.length];
    }
}
