package dev.skerry.firmware;

import java.util.Optional;

/**
 * Layers by kernels that multiply pairs of 16 bits, as Armv7E-M and Armv8-M do with their DSP extension. A layer whose numbers
 * don't suit these kernels is left to the portable ones.
 */
final class DspCalls {
    /** Columns that a convolution works on at a time, see {@code dsp_convolution.c}. */
    private static final int COLUMNS = 4;

    /** Channels that a depthwise convolution works on at a time, see {@code dsp_depthwise.c}. */
    private static final int CHANNELS = 4;

    /** Summands are moved up by one bit more, and differ from their zero point by less than 9 bits. */
    private static final int MOST_WIDENING = 21;

    private DspCalls() {}

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
        int channels = layer.output().channels();
        int row = window.width() * layer.input().channels();
        Optional<FoldedWeights> suitable = FoldedWeights.of(layer.weights(), channels);
        return suitable.map(plain -> plain.filled(row)).map(numbers -> {
            boolean isCarried = numbers.canBeCarried();
            int columns = COLUMNS * 2 * numbers.depth();
            int behind = Math.max(
                    layer.input().channels() % 4 == 0 ? 0 : numbers.depth(), COLUMNS * (channels + channels % 2));
            return KernelCall.of(
                    layer,
                    Kernel.DSP_CONVOLUTION,
                    constants,
                    new Placement(columns + behind, Overlap.ofBlocks(layer.input(), layer.output(), window, COLUMNS)),
                    constants.window(layer.input(), layer.output(), window),
                    constants.packed("weights", numbers.inPairs(isCarried)),
                    constants.structures("skerry_dsp_pair", "numbers", 20, numbers.pairs(isCarried)),
                    constants.limits(layer.weights()),
                    isCarried ? "skerry_dsp_carried" : "skerry_dsp_apart");
        });
    }

    private static Optional<KernelCall> fullyConnected(Layer.FullyConnected layer, Constants constants) {
        return FoldedWeights.of(layer.weights(), layer.output().elements()).map(numbers -> {
            boolean isCarried = numbers.canBeCarried();
            return KernelCall.of(
                    layer,
                    Kernel.DSP_FULLY_CONNECTED,
                    constants,
                    Placement.PLAIN,
                    layer.input().elements(),
                    layer.output().elements(),
                    constants.packed("weights", numbers.inFours(isCarried)),
                    constants.words("bias", numbers.biases(isCarried)),
                    constants.rescale(numbers.rescale()),
                    isCarried ? "1" : "0");
        });
    }

    private static Optional<KernelCall> addition(Layer.Addition layer, Constants constants) {
        return layer.shiftsRight(MOST_WIDENING)
                ? Optional.of(KernelCall.ofAddition(layer, Kernel.DSP_ADDITION, constants))
                : Optional.empty();
    }

    private static Optional<KernelCall> depthwise(Layer.Depthwise layer, Constants constants, int rows) {
        if (!layer.isInGroups(CHANNELS)) {
            return Optional.empty();
        }
        Layer.Depthwise along = layer.alongRows();
        Buffer in = along.input();
        Buffer out = along.output();
        return FoldedWeights.of(along.byChannel(), out.channels()).map(numbers -> {
            int atOnce = Math.min(rows, out.height());
            return KernelCall.of(
                    layer,
                    Kernel.DSP_DEPTHWISE,
                    constants,
                    new Placement(scratch(layer, atOnce), along.overlap(atOnce)),
                    constants.window(in, out, along.window()),
                    constants.bytes("weights", numbers.weights()),
                    constants.words("bias", numbers.biases(false)),
                    layer.weights().zero(),
                    constants.rescale(numbers.rescale()),
                    atOnce);
        });
    }

    /** Bytes for weights in pairs, sums, and rows of 16 bits, as {@code skerry_dsp_depthwise} lays them out. */
    static int scratch(Layer.Depthwise layer, int rows) {
        Layer.Depthwise along = layer.alongRows();
        Buffer in = along.input();
        Buffer out = along.output();
        Window window = along.window();
        int right = (out.width() - 1) * window.strideWidth() + window.width() - window.left() - in.width();
        int pitch = (in.width() + Math.max(window.left(), right) + 1) / 2 * 2;
        int plane = ((rows - 1) * window.strideHeight() + window.height()) * pitch
                + Math.max(4, (window.left() + 2) / 2 * 2);
        int pairs = CHANNELS * window.height() * ((window.width() + 1) / 2);
        return 4 * pairs + 4 * rows * pitch + 2 * CHANNELS * plane;
    }
}
