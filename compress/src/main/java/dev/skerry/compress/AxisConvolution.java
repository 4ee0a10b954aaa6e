package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.Arrays;
import java.util.Optional;

/**
 * A dense convolution with steps of one along a single axis, as of a signal, however many axes it is written with.
 *
 * @param weights [channelsOut, channelsIn, taps]
 * @param unitAxis the axis of the input that has only one place; −1 where there is none
 * @param inputs length of the axis
 * @param before zeros before the first input
 * @param after zeros after the last
 */
record AxisConvolution(Node node, Tensor weights, int unitAxis, int inputs, int before, int after) {
    static final int LEAST_TAPS = 3;
    static final int MOST_TAPS = 5;

    /** With fewer, moving values about takes longer than the products that are saved. */
    private static final long LEAST_CHANNELS = 32;

    static Optional<AxisConvolution> of(Node node, Draft draft, Types types) {
        Optional<Tensor> weights = draft.constant(node.input(1)).filter(tensor -> tensor.type() == DataType.FLOAT);
        Optional<Shape> shape = types.tensor(node.input(0)).flatMap(type -> Optional.ofNullable(type.shape()));
        if (!node.is("Conv") || weights.isEmpty() || shape.isEmpty() || !isPlain(node, weights.get(), draft)) {
            return Optional.empty();
        }
        int rank = weights.get().rank();
        if (rank == 3) {
            return along(node, weights.get(), shape.get(), 2, -1);
        }
        if (rank != 4) {
            return Optional.empty();
        }
        return along(node, weights.get(), shape.get(), 2, 3).or(() -> along(node, weights.get(), shape.get(), 3, 2));
    }

    int taps() {
        return (int) weights.dims()[2];
    }

    int channelsOut() {
        return (int) weights.dims()[0];
    }

    int outputs() {
        return inputs + before + after - taps() + 1;
    }

    /** Weights at a point, [channelsIn, channelsOut]. */
    Tensor weightsAt(double[] powers, String name) {
        int out = channelsOut();
        int in = (int) weights.dims()[1];
        int taps = taps();
        float[] all = weights.toFloats();
        float[] at = new float[in * out];
        for (int o = 0; o < out; o++) {
            for (int c = 0; c < in; c++) {
                double sum = 0;
                for (int tap = 0; tap < taps; tap++) {
                    sum += powers[tap] * all[(o * in + c) * taps + tap];
                }
                at[c * out + o] = (float) sum;
            }
        }
        return Tensor.ofFloats(name, new long[] {in, out}, at);
    }

    private static boolean isPlain(Node node, Tensor weights, Draft draft) {
        long[] dims = weights.dims();
        return node.intAttribute("group", 1) == 1
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")
                && dims.length >= 3
                && Math.min(dims[0], dims[1]) >= LEAST_CHANNELS
                && allOnes(node, "dilations")
                && allOnes(node, "strides")
                && (!node.hasInput(2) || draft.constant(node.input(2)).isPresent());
    }

    private static boolean allOnes(Node node, String attribute) {
        return node.intsAttribute(attribute)
                .map(values -> Arrays.stream(values).allMatch(value -> value == 1))
                .orElse(true);
    }

    private static Optional<AxisConvolution> along(Node node, Tensor weights, Shape shape, int axis, int unitAxis) {
        long[] dims = weights.dims();
        long taps = dims[axis];
        int axes = dims.length - 2;
        long[] pads = node.intsAttribute("pads").orElse(new long[2 * axes]);
        if (taps < LEAST_TAPS
                || taps > MOST_TAPS
                || shape.rank() != dims.length
                || !(shape.dim(axis) instanceof Dim.Known(long length))
                || unitAxis >= 0 && !isUnit(shape, dims, pads, unitAxis)) {
            return Optional.empty();
        }
        int before = (int) pads[axis - 2];
        int after = (int) pads[axis - 2 + axes];
        Tensor flat = weights.reshape(dims[0], dims[1], taps);
        return before < 0 || after < 0 || length + before + after < taps
                ? Optional.empty()
                : Optional.of(new AxisConvolution(node, flat, unitAxis, (int) length, before, after));
    }

    private static boolean isUnit(Shape shape, long[] weights, long[] pads, int axis) {
        int axes = weights.length - 2;
        return weights[axis] == 1
                && shape.dim(axis).equals(Dim.of(1))
                && pads[axis - 2] == 0
                && pads[axis - 2 + axes] == 0;
    }
}
