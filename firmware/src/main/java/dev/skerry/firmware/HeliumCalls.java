package dev.skerry.firmware;

import java.util.Optional;

/** Layers by kernels for the vectors of Armv8.1-M. A layer whose numbers don't suit these kernels is left to the portable ones. */
final class HeliumCalls {
    /** Places of a convolution that are worked on together, see {@code helium_convolution.c}. */
    private static final int PLACES = 8;

    /** Channels that a depthwise convolution works on at a time: the words of a vector. */
    private static final int CHANNELS = 4;

    /** Summands differ from their zero point by less than 9 bits. */
    private static final int MOST_WIDENING = 22;

    private HeliumCalls() {}

    /**
     * @param name of the layer in C
     * @param rows that a depthwise convolution works on at a time: more take more memory and fewer instructions
     */
    static Optional<KernelCall> of(Layer layer, String name, int rows) {
        var constants = new Constants(name);
        return switch (layer) {
            case Layer.Convolution each -> convolution(each, constants);
            case Layer.Depthwise each -> depthwise(each, constants, rows);
            case Layer.FullyConnected each -> fullyConnected(each, constants);
            case Layer.Addition each -> addition(each, constants);
            case Layer.AveragePool _, Layer.Mean _, Layer.MaxPool _, Layer.Softmax _, Layer.Loops _ -> Optional.empty();
        };
    }

    private static Optional<KernelCall> convolution(Layer.Convolution layer, Constants constants) {
        Window window = layer.window();
        if (!layer.isOfRows()) {
            return Optional.empty();
        }
        return FoldedWeights.of(layer.weights(), layer.output().channels()).map(numbers -> {
            return KernelCall.of(
                    layer,
                    Kernel.HELIUM_CONVOLUTION,
                    constants,
                    new Placement(
                            PLACES * Math.ceilDiv(numbers.depth(), 16) * 16,
                            Overlap.ofBlocks(layer.input(), layer.output(), window, PLACES)),
                    constants.window(layer.input(), layer.output(), window),
                    constants.bytes("weights", numbers.inVectors()),
                    constants.words("bias", numbers.biases(false)),
                    layer.weights().zero(),
                    constants.rescale(numbers.rescale().inFours()));
        });
    }

    private static Optional<KernelCall> fullyConnected(Layer.FullyConnected layer, Constants constants) {
        return FoldedWeights.of(layer.weights(), layer.output().elements()).map(numbers -> {
            return KernelCall.of(
                    layer,
                    Kernel.HELIUM_FULLY_CONNECTED,
                    constants,
                    Placement.PLAIN,
                    layer.input().elements(),
                    layer.output().elements(),
                    constants.bytes("weights", numbers.inVectors()),
                    constants.words("bias", numbers.biases(false)),
                    constants.rescale(numbers.rescale().inFours()));
        });
    }

    private static Optional<KernelCall> depthwise(Layer.Depthwise layer, Constants constants, int rows) {
        if (!layer.isInGroups(CHANNELS)) {
            return Optional.empty();
        }
        Layer.Depthwise along = layer.alongRows();
        Buffer in = along.input();
        Buffer out = along.output();
        Window window = along.window();
        return FoldedWeights.of(along.byChannel(), out.channels()).map(numbers -> {
            int atOnce = Math.min(rows, out.height());
            return KernelCall.of(
                    layer,
                    Kernel.HELIUM_DEPTHWISE,
                    constants,
                    new Placement(scratch(layer, atOnce), along.overlap(atOnce)),
                    constants.window(in, out, window),
                    constants.bytes("weights", numbers.inGroups(CHANNELS)),
                    constants.words("bias", numbers.biases(false)),
                    along.weights().zero(),
                    constants.rescale(numbers.rescale().inFours()),
                    atOnce);
        });
    }

    /** Bytes for sums, and rows of four channels, as {@code skerry_helium_depthwise} lays them out. */
    static int scratch(Layer.Depthwise layer, int rows) {
        Layer.Depthwise along = layer.alongRows();
        Buffer in = along.input();
        Buffer out = along.output();
        Window window = along.window();
        int right = (out.width() - 1) * window.strideWidth() + window.width() - window.left() - in.width();
        int pitch = in.width() + Math.max(window.left(), right);
        int places = ((rows - 1) * window.strideHeight() + window.height()) * pitch
                + window.width()
                + 2 * window.strideWidth();
        return 4 * CHANNELS * (rows * pitch + 1) + CHANNELS * places;
    }

    private static Optional<KernelCall> addition(Layer.Addition layer, Constants constants) {
        return layer.shiftsRight(MOST_WIDENING)
                ? Optional.of(KernelCall.ofAddition(layer, Kernel.HELIUM_ADDITION, constants))
                : Optional.empty();
    }
}
