package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import java.util.Arrays;

/**
 * The tensor between two pre steps, while they are lowered. A picture is kept in whatever order of axes suits the nodes; what
 * the declaration asks for ({@link #channelsFirst}) is made when it matters.
 */
final class Frame {
    /** How the axes of the value lie. */
    enum Axes {
        /** Not a picture. */
        PLAIN,
        HWC,
        NHWC,
        NCHW
    }

    private final NodeWriter to;
    String value;
    DataType type;
    Axes axes;
    /** Of a plain tensor, with 0 for what isn't known; pictures have height, width and channels. */
    long[] dims;

    long height;
    long width;
    long channels;
    boolean channelsFirst;
    Step.ColorSpace color;
    /** A fraction of the model's picture times the first plus the second is a fraction of the raw frame; for x and y. */
    final double[] across = {1, 0};

    final double[] down = {1, 0};

    Frame(NodeWriter to, String value, DataType type, Axes axes, long[] dims) {
        this.to = to;
        this.value = value;
        this.type = type;
        this.axes = axes;
        this.dims = dims;
        int first = axes == Axes.HWC ? 0 : 1;
        if (axes != Axes.PLAIN) {
            channelsFirst = axes == Axes.NCHW;
            channels = dims[channelsFirst ? 1 : first + 2];
            height = dims[channelsFirst ? 2 : first];
            width = dims[channelsFirst ? 3 : first + 1];
        }
        color = channels == 1 ? Step.ColorSpace.GRAY : Step.ColorSpace.RGB;
    }

    boolean picture() {
        return axes != Axes.PLAIN;
    }

    /** Whether all sizes are known before running. */
    boolean fixed() {
        return picture()
                ? height > 0 && width > 0 && channels > 0
                : Arrays.stream(dims).allMatch(dim -> dim > 0);
    }

    /** The axis of the channels in the value as it is. */
    int channelAxis() {
        return switch (axes) {
            case HWC -> 2;
            case NHWC -> 3;
            case NCHW -> 1;
            case PLAIN -> dims.length - 1;
        };
    }

    void asFloat(String step) {
        if (type != DataType.FLOAT) {
            value = to.cast("pre/" + step + "/float32", value, DataType.FLOAT);
            type = DataType.FLOAT;
        }
    }

    void asNchw(String step) {
        if (axes == Axes.HWC) {
            value = to.transpose("pre/" + step + "/chw", value, 2, 0, 1);
            value = to.unsqueeze("pre/" + step + "/nchw", value, 0);
        } else if (axes == Axes.NHWC) {
            value = to.transpose("pre/" + step + "/nchw", value, 0, 3, 1, 2);
        }
        axes = Axes.NCHW;
    }

    private void asNhwc(String step) {
        if (axes == Axes.HWC) {
            value = to.unsqueeze("pre/" + step + "/nhwc", value, 0);
        } else if (axes == Axes.NCHW) {
            value = to.transpose("pre/" + step + "/nhwc", value, 0, 2, 3, 1);
        }
        axes = Axes.NHWC;
    }

    /** Makes a plain tensor of the picture, in the declared order of axes; with the batch axis where the model has one. */
    void asPlain(String step, boolean batch) {
        if (!picture()) {
            return;
        }
        if (channelsFirst) {
            asNchw(step);
            dims = new long[] {1, channels, height, width};
        } else if (batch || axes != Axes.HWC) {
            asNhwc(step);
            dims = new long[] {1, height, width, channels};
        } else {
            dims = new long[] {height, width, channels};
        }
        axes = Axes.PLAIN;
        if (!batch && dims.length == 4) {
            value = to.squeeze("pre/" + step + "/frame", value, 0);
            dims = Arrays.copyOfRange(dims, 1, 4);
        }
    }

    /** The picture now shows {@code [x, x + width) × [y, y + height)} of what it showed, all in pixels. */
    void shows(double x, double y, double newWidth, double newHeight) {
        if (width > 0 && height > 0) {
            across[1] += across[0] * x / width;
            across[0] *= newWidth / width;
            down[1] += down[0] * y / height;
            down[0] *= newHeight / height;
        }
    }

    /** {@code [1×3×240×320]}, as messages show it. */
    String shape() {
        long[] shown = picture()
                ? channelsFirst ? new long[] {channels, height, width} : new long[] {height, width, channels}
                : dims;
        var text = new StringBuilder("[");
        for (long dim : shown) {
            text.append(text.length() > 1 ? "×" : "").append(dim == 0 ? "?" : Long.toString(dim));
        }
        return type.label() + text.append(']');
    }
}
