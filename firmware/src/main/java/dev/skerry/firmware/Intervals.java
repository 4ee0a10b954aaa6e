package dev.skerry.firmware;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Between which bytes each channel of each buffer stays, whatever the input: by the integers that the code computes with, so that
 * what is found is certain. A channel whose bounds meet is constant.
 */
final class Intervals {
    /** The least and the largest byte of each channel. */
    record Bounds(int[] least, int[] most) {
        static Bounds full(int channels) {
            int[] least = new int[channels];
            int[] most = new int[channels];
            Arrays.fill(least, Byte.MIN_VALUE);
            Arrays.fill(most, Byte.MAX_VALUE);
            return new Bounds(least, most);
        }

        boolean isConstant(int channel) {
            return least[channel] == most[channel];
        }
    }

    private final Map<String, Bounds> bounds = new HashMap<>();

    /** @throws ArithmeticException never: sums of a layer fit 64 bits */
    static Intervals of(Program program) {
        var intervals = new Intervals();
        for (Layer layer : program.layers()) {
            intervals.put(layer);
        }
        return intervals;
    }

    /** All bytes for what no layer of bytes makes. */
    Bounds of(Buffer buffer) {
        Bounds known = bounds.get(buffer.name());
        return known == null || known.least().length != buffer.channels() ? Bounds.full(buffer.channels()) : known;
    }

    private void put(Layer layer) {
        switch (layer) {
            case Layer.Convolution each -> put(each, convolution(each));
            case Layer.Depthwise each -> put(each, depthwise(each));
            case Layer.FullyConnected each -> put(each, fullyConnected(each));
            case Layer.Addition each -> put(each, addition(each));
            case Layer.AveragePool each -> put(each, clamped(of(each.input()), each.least(), each.most()));
            case Layer.Mean each -> put(each, mean(each));
            case Layer.MaxPool each -> put(each, of(each.input()));
            // any share of a row, and whatever other code makes
            case Layer.Softmax _, Layer.Loops _ -> {}
        }
    }

    private void put(Layer layer, Bounds of) {
        bounds.put(layer.output().name(), of);
    }

    private Bounds convolution(Layer.Convolution layer) {
        return weighted(layer, layer.output().channels(), isPadded(layer.input(), layer.output(), layer.window()));
    }

    /** Weights come as [output][...][input channel]. */
    private Bounds weighted(Layer.Weighted layer, int outputs, boolean isPadded) {
        Layer.Weights weights = layer.weights();
        Bounds in = of(layer.input());
        int inputs = layer.input().channels();
        int depth = weights.values().length / outputs;
        var made = Bounds.full(outputs);
        for (int output = 0; output < outputs; output++) {
            long least = weights.bias()[output];
            long most = least;
            for (int i = 0; i < depth; i++) {
                int weight = weights.values()[output * depth + i];
                least += product(weight, in, i % inputs, weights.zero(), isPadded, false);
                most += product(weight, in, i % inputs, weights.zero(), isPadded, true);
            }
            put(made, weights, output, least, most);
        }
        return made;
    }

    private Bounds depthwise(Layer.Depthwise layer) {
        Layer.Weights weights = layer.weights();
        Bounds in = of(layer.input());
        int outputs = layer.output().channels();
        boolean isPadded = isPadded(layer.input(), layer.output(), layer.window());
        var made = Bounds.full(outputs);
        for (int output = 0; output < outputs; output++) {
            long least = weights.bias()[output];
            long most = least;
            for (int i = output; i < weights.values().length; i += outputs) {
                int weight = weights.values()[i];
                int channel = output / layer.multiplier();
                least += product(weight, in, channel, weights.zero(), isPadded, false);
                most += product(weight, in, channel, weights.zero(), isPadded, true);
            }
            put(made, weights, output, least, most);
        }
        return made;
    }

    private Bounds fullyConnected(Layer.FullyConnected layer) {
        return weighted(layer, layer.output().elements(), false);
    }

    /** The least or the largest that a weight can add to a sum; padding adds nothing. */
    private static long product(int weight, Bounds in, int channel, int zero, boolean isPadded, boolean isMost) {
        long one = (long) weight * (in.least()[channel] - zero);
        long other = (long) weight * (in.most()[channel] - zero);
        long bound = isMost ? Math.max(one, other) : Math.min(one, other);
        return isPadded ? isMost ? Math.max(bound, 0) : Math.min(bound, 0) : bound;
    }

    /** From sums to bytes: to scale keeps the order. Sums that may leave 32 bits say nothing. */
    private static void put(Bounds made, Layer.Weights weights, int output, long least, long most) {
        if (least > Integer.MIN_VALUE && most < Integer.MAX_VALUE) {
            made.least()[output] = weights.rescale().of((int) least, output);
            made.most()[output] = weights.rescale().of((int) most, output);
        }
    }

    private Bounds addition(Layer.Addition layer) {
        Bounds left = of(layer.left());
        Bounds right = of(layer.right());
        int channels = layer.output().channels();
        if (left.least().length != channels || right.least().length != channels) {
            return Bounds.full(channels);
        }
        var made = Bounds.full(channels);
        for (int channel = 0; channel < channels; channel++) {
            made.least()[channel] = layer.of(left.least()[channel], right.least()[channel]);
            made.most()[channel] = layer.of(left.most()[channel], right.most()[channel]);
        }
        return made;
    }

    private Bounds mean(Layer.Mean layer) {
        Bounds in = of(layer.input());
        int count = layer.input().height() * layer.input().width();
        return new Bounds(
                Arrays.stream(in.least()).map(least -> layer.of(count * least)).toArray(),
                Arrays.stream(in.most()).map(most -> layer.of(count * most)).toArray());
    }

    /** What lies in a window has its mean between its bounds. */
    private static Bounds clamped(Bounds in, int least, int most) {
        return new Bounds(
                Arrays.stream(in.least())
                        .map(value -> Math.clamp(value, least, most))
                        .toArray(),
                Arrays.stream(in.most())
                        .map(value -> Math.clamp(value, least, most))
                        .toArray());
    }

    /** Whether some place of the output sees padding. */
    static boolean isPadded(Buffer in, Buffer out, Window window) {
        int bottom = (out.height() - 1) * window.strideHeight()
                - window.top()
                + (window.height() - 1) * window.dilationHeight();
        int right = (out.width() - 1) * window.strideWidth()
                - window.left()
                + (window.width() - 1) * window.dilationWidth();
        return window.top() > 0 || window.left() > 0 || bottom >= in.height() || right >= in.width();
    }
}
