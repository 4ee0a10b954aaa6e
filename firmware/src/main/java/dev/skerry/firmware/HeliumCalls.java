package dev.skerry.firmware;

import java.util.List;
import java.util.Optional;

/** Layers by kernels for the vectors of Armv8.1-M. A layer whose numbers don't suit these kernels is left to the portable ones. */
final class HeliumCalls {
    /** Channels that a depthwise convolution works on at a time: the words of a vector. */
    private static final int CHANNELS = 4;

    /** Bytes of a vector but one: what may be read behind weights. */
    private static final int SPARE = 15;

    /** Summands differ from their zero point by less than 9 bits. */
    private static final int MOST_WIDENING = 22;

    private HeliumCalls() {}

    /** @param name of the layer in C */
    static Optional<KernelCall> of(Layer layer, String name) {
        var constants = new Constants(name);
        return switch (layer) {
            case Layer.Convolution each -> convolution(each, constants);
            case Layer.Depthwise each -> depthwise(each, constants);
            case Layer.FullyConnected each -> fullyConnected(each, constants);
            case Layer.Addition each -> addition(each, constants);
            case Layer.AveragePool _, Layer.MaxPool _, Layer.Softmax _, Layer.Loops _ -> Optional.empty();
        };
    }

    private static Optional<KernelCall> convolution(Layer.Convolution layer, Constants constants) {
        Window window = layer.window();
        if (window.dilationHeight() != 1 || window.dilationWidth() != 1) {
            return Optional.empty();
        }
        return FoldedWeights.of(layer.weights(), layer.output().channels()).map(numbers -> {
            List<String> arguments = List.of(
                    constants.window(layer.input(), layer.output(), window),
                    constants.bytes("weights", numbers.withSpare(SPARE)),
                    constants.words("bias", numbers.biases(false)),
                    Integer.toString(layer.weights().zero()),
                    constants.rescale(numbers.rescale().inFours()));
            return call(
                    layer,
                    Kernel.HELIUM_CONVOLUTION,
                    constants,
                    arguments,
                    numbers.depth(),
                    Overlap.ofBlocks(layer.input(), layer.output(), window, 1));
        });
    }

    private static Optional<KernelCall> fullyConnected(Layer.FullyConnected layer, Constants constants) {
        return FoldedWeights.of(layer.weights(), layer.output().elements()).map(numbers -> {
            List<String> arguments = List.of(
                    Integer.toString(layer.input().elements()),
                    Integer.toString(layer.output().elements()),
                    constants.bytes("weights", numbers.withSpare(SPARE)),
                    constants.words("bias", numbers.biases(false)),
                    constants.rescale(numbers.rescale().inFours()));
            return call(layer, Kernel.HELIUM_FULLY_CONNECTED, constants, arguments, 0, Overlap.NONE);
        });
    }

    private static Optional<KernelCall> depthwise(Layer.Depthwise layer, Constants constants) {
        if (!layer.isInGroups(CHANNELS)) {
            return Optional.empty();
        }
        Layer.Depthwise along = layer.alongRows();
        Buffer in = along.input();
        Buffer out = along.output();
        Window window = along.window();
        return FoldedWeights.of(along.byChannel(), out.channels()).map(numbers -> {
            List<String> arguments = List.of(
                    constants.window(in, out, window),
                    constants.bytes("weights", along.weights().values()),
                    constants.words("bias", numbers.biases(false)),
                    Integer.toString(along.weights().zero()),
                    constants.rescale(numbers.rescale().inFours()));
            int reach = (out.width() - 1) * window.strideWidth() + window.width();
            int row = Math.max(reach, window.left() + in.width()) * in.channels();
            return call(
                    layer,
                    Kernel.HELIUM_DEPTHWISE,
                    constants,
                    arguments,
                    window.height() * row,
                    Overlap.ofBlocks(in, out, window, out.width()));
        });
    }

    private static Optional<KernelCall> addition(Layer.Addition layer, Constants constants) {
        if (!layer.shiftsRight(MOST_WIDENING)) {
            return Optional.empty();
        }
        List<String> arguments = List.of(
                Integer.toString(layer.output().elements()),
                Integer.toString(layer.widening()),
                constants.summand("first", layer.first()),
                constants.summand("second", layer.second()),
                constants.rescale(layer.rescale()));
        return Optional.of(call(layer, Kernel.HELIUM_ADDITION, constants, arguments, 0, new Overlap.Ahead(0)));
    }

    private static KernelCall call(
            Layer layer, Kernel kernel, Constants constants, List<String> arguments, int scratch, Overlap overlap) {
        return new KernelCall(
                layer, kernel, constants.text(), constants.bytes(), arguments, new Placement(scratch, overlap));
    }
}
