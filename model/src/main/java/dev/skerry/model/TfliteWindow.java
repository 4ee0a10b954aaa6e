package dev.skerry.model;

import java.util.Arrays;
import java.util.List;

/**
 * The window that a convolution or pool moves over an image, height before width; a signal is an image of height 1.
 *
 * @param before rows and columns of padding at the start
 * @param after the same at the end, as far as the window reaches it
 */
@SuppressWarnings("ArrayRecordComponent") // made once, and changed by nobody
record TfliteWindow(
        long[] in, long[] out, long[] kernel, long[] strides, long[] dilations, long[] before, long[] after) {
    /** Codes of {@code Padding}. */
    static final int SAME = 0;

    static final int VALID = 1;

    /** @param kernel of as many dimensions as the image */
    static TfliteWindow of(TfliteStep step, String x, long[] kernel) {
        Node node = step.node();
        int spatial = kernel.length;
        long[] in = step.dims(x);
        long[] out = step.outDims();
        if (in.length != spatial + 2 || spatial < 1 || spatial > 2) {
            throw step.refuse("its input has " + in.length + " dimensions");
        }
        long[] strides = node.intsAttribute("strides").orElseGet(() -> ones(spatial));
        long[] dilations = node.intsAttribute("dilations").orElseGet(() -> ones(spatial));
        long[] declared = node.intsAttribute("pads").orElseGet(() -> new long[2 * spatial]);
        String auto = node.stringAttribute("auto_pad", "NOTSET");
        long[] before = new long[spatial];
        long[] after = new long[spatial];
        for (int i = 0; i < spatial; i++) {
            long needed = (out[i + 2] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - in[i + 2];
            before[i] = switch (auto) {
                case "SAME_UPPER" -> Math.max(needed, 0) / 2;
                case "SAME_LOWER" -> (Math.max(needed, 0) + 1) / 2;
                case "VALID" -> 0;
                default -> declared[i];
            };
            after[i] = Math.max(needed - before[i], 0);
        }
        return new TfliteWindow(
                image(Arrays.copyOfRange(in, 2, in.length), 1),
                image(Arrays.copyOfRange(out, 2, out.length), 1),
                image(kernel, 1),
                image(strides, 1),
                image(dilations, 1),
                image(before, 0),
                image(after, 0));
    }

    private static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static long[] image(long[] sizes, long height) {
        return sizes.length == 2 ? sizes : new long[] {height, sizes[0]};
    }

    private long reach(int axis) {
        return (kernel[axis] - 1) * dilations[axis] + 1;
    }

    boolean isPadded() {
        return before[0] + before[1] + after[0] + after[1] > 0;
    }

    /** Whether it covers the whole image at once. */
    boolean isWhole() {
        return !isPadded() && java.util.Arrays.equals(kernel, in);
    }

    /** Whether the operator's own rule for this kind of padding gives the same window places. */
    boolean is(int padding) {
        for (int axis = 0; axis < 2; axis++) {
            if (padding == VALID) {
                if (before[axis] + after[axis] > 0 || out[axis] != (in[axis] - reach(axis)) / strides[axis] + 1) {
                    return false;
                }
            } else {
                long all = Math.max((out[axis] - 1) * strides[axis] + reach(axis) - in[axis], 0);
                if (out[axis] != Math.ceilDiv(in[axis], strides[axis]) || before[axis] != all / 2) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The kind of padding that gives this window; -1 where the padding needs an operator of its own. */
    int padding() {
        return is(VALID) ? VALID : is(SAME) ? SAME : -1;
    }

    /** An image with its padding around it, made by an operator of its own. */
    int padded(TfliteStep step, int image, double lowest) {
        TfliteDraft draft = step.draft();
        var tensor = draft.tensor(image);
        long[] dims = tensor.dims().clone();
        for (int axis = 0; axis < 2; axis++) {
            dims[axis + 1] += before[axis] + after[axis];
        }
        int pads = draft.ints("paddings", new long[] {4, 2}, 0, 0, before[0], after[0], before[1], after[1], 0, 0);
        int to = step.between("padded", tensor.type(), dims, tensor.scales());
        if (lowest == 0) {
            step.add("PAD", TfliteOptions.NONE, List.of(image, pads), to);
            return to;
        }
        Tensor least = tensor.type() == DataType.FLOAT
                ? Tensor.ofFloats("lowest", new long[0], (float) lowest)
                : Numbers.of("lowest", DataType.INT8, new long[0], Byte.MIN_VALUE);
        step.add("PADV2", TfliteOptions.NONE, List.of(image, pads, draft.constant(least, tensor.scales())), to);
        return to;
    }
}
