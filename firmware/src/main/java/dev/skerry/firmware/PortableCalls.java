package dev.skerry.firmware;

import java.util.Optional;

/** Layers by kernels in C99 alone, which go over their output place by place. */
final class PortableCalls {
    private PortableCalls() {}

    /**
     * Empty for a layer that has a function of its own.
     *
     * @param name of the layer in C
     */
    static Optional<KernelCall> of(Layer layer, String name) {
        var constants = new Constants(name);
        return switch (layer) {
            case Layer.Convolution each -> windowed(each, Kernel.CONVOLUTION, constants, each.window(), each.weights());
            case Layer.Depthwise each -> windowed(each, Kernel.DEPTHWISE, constants, each.window(), each.weights());
            case Layer.FullyConnected each ->
                call(
                        layer,
                        Kernel.FULLY_CONNECTED,
                        constants,
                        Overlap.NONE,
                        each.input().elements(),
                        each.output().elements(),
                        constants.bytes("weights", each.weights().values()),
                        constants.words("bias", each.weights().bias()),
                        each.weights().zero(),
                        constants.rescale(each.weights().rescale()));
            case Layer.Addition each -> Optional.of(KernelCall.ofAddition(each, Kernel.ADDITION, constants));
            case Layer.AveragePool each ->
                call(
                        layer,
                        Kernel.AVERAGE_POOL,
                        constants,
                        Overlap.ofMixedBlocks(each.input(), each.output(), each.window(), 1),
                        constants.window(each.input(), each.output(), each.window()),
                        each.least(),
                        each.most());
            case Layer.Mean each ->
                call(
                        layer,
                        Kernel.MEAN,
                        constants,
                        Overlap.NONE,
                        each.input().height() * each.input().width(),
                        each.input().channels(),
                        each.zero(),
                        constants.rescale(each.rescale()));
            case Layer.MaxPool each ->
                call(
                        layer,
                        Kernel.MAX_POOL,
                        constants,
                        Overlap.ofMixedBlocks(each.input(), each.output(), each.window(), 1),
                        constants.window(each.input(), each.output(), each.window()));
            case Layer.Softmax each ->
                call(
                        layer,
                        Kernel.SOFTMAX,
                        constants,
                        Overlap.NONE,
                        each.input().elements() / each.row(),
                        each.row(),
                        each.multiplier(),
                        each.shift(),
                        each.leastDifference());
            case Layer.Loops _ -> Optional.empty();
        };
    }

    private static Optional<KernelCall> windowed(
            Layer.OfOne layer, Kernel kernel, Constants constants, Window window, Layer.Weights weights) {
        return call(
                layer,
                kernel,
                constants,
                Overlap.ofMixedBlocks(layer.input(), layer.output(), window, 1),
                constants.window(layer.input(), layer.output(), window),
                constants.bytes("weights", weights.values()),
                constants.words("bias", weights.bias()),
                weights.zero(),
                constants.rescale(weights.rescale()));
    }

    private static Optional<KernelCall> call(
            Layer layer, Kernel kernel, Constants constants, Overlap overlap, Object... arguments) {
        return Optional.of(KernelCall.of(layer, kernel, constants, new Placement(0, overlap), arguments));
    }
}
