package dev.skerry.compress;

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
     * Quantizes with one scale per output channel, by the channel's largest weight. Where a channel's bias is so much larger
     * than its weights that it wouldn't fit into 32 bits (a dead channel after batch norm folding), the scale is raised.
     *
     * @param inner weights in a row that belong to one channel: that of a weight is {@code index / inner % channels}
     * @param bias per channel; empty where there is none
     */
    static QuantizedWeight perChannel(
            float[] weights, int channels, int inner, float[] bias, float inputScale, ActivationScheme scheme) {
        float[] largest = new float[channels];
        for (int i = 0; i < weights.length; i++) {
            int channel = i / inner % channels;
            largest[channel] = Math.max(largest[channel], Math.abs(weights[i]));
        }
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            double scale = (double) largest[channel] / scheme.weightSteps();
            if (bias.length > 0) {
                scale = Math.max(scale, Math.abs(bias[channel]) / (inputScale * BIAS_STEPS));
            }
            scales[channel] = scale >= Float.MIN_NORMAL ? (float) scale : 1f / scheme.weightSteps();
        }
        byte[] values = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            long rounded = Math.round(Math.rint((double) weights[i] / scales[i / inner % channels]));
            values[i] = (byte) (Math.clamp(rounded, -scheme.weightSteps(), scheme.weightSteps()) + scheme.weightZero());
        }
        return new QuantizedWeight(values, scales);
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
        return inputScale * scales[channel];
    }
}
