package dev.skerry.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a kernel slides over the spatial axes, from the attributes that convolutions and pools share. */
final class Window {
    private final long[] kernel;
    private final long[] strides;
    private final long[] dilations;
    private final long[] pads;
    private final String autoPad;
    private final boolean ceil;

    private Window(long[] kernel, long[] strides, long[] dilations, long[] pads, String autoPad, boolean ceil) {
        this.kernel = kernel;
        this.strides = strides;
        this.dilations = dilations;
        this.pads = pads;
        this.autoPad = autoPad;
        this.ceil = ceil;
    }

    static Window of(Operation op, long[] kernel) {
        int axes = kernel.length;
        long[] ones = new long[axes];
        Arrays.fill(ones, 1);
        Node node = op.node();
        var window = new Window(
                kernel,
                node.intsAttribute("strides").orElse(ones),
                node.intsAttribute("dilations").orElse(ones),
                node.intsAttribute("pads").orElse(new long[2 * axes]),
                node.stringAttribute("auto_pad", "NOTSET"),
                op.attribute("ceil_mode", 0) != 0);
        if (window.strides.length != axes
                || window.dilations.length != axes
                || window.pads.length != 2 * axes
                || Arrays.stream(window.strides).anyMatch(stride -> stride <= 0)) {
            throw new Mismatch("strides, dilations and pads must fit the " + axes + " axes of the kernel");
        }
        return window;
    }

    /** The kernel of a convolution: the attribute, or the spatial part of the weights; null where neither is known. */
    static long @Nullable [] kernel(Operation op, int weights) {
        List<Dim> dims = op.dims(weights);
        if (dims == null || dims.size() < 3) {
            return op.node().intsAttribute("kernel_shape").orElse(null);
        }
        var spatial = new Shape(dims.subList(2, dims.size()));
        return op.node().intsAttribute("kernel_shape").orElseGet(() -> spatial.isStatic() ? spatial.sizes() : null);
    }

    long stride(int axis) {
        return strides[axis];
    }

    /** The pads before and behind {@code axis}; none where the padding is automatic. */
    long around(int axis) {
        return autoPad.equals("VALID") ? 0 : pads[axis] + pads[axis + kernel.length];
    }

    boolean keepsSize() {
        return autoPad.startsWith("SAME");
    }

    /** What the kernel spans, dilated. */
    long span(int axis) {
        return (kernel[axis] - 1) * dilations[axis] + 1;
    }

    /** The number of places the kernel takes along {@code axis} of a dimension. */
    Dim places(Dim dim, int axis) {
        long stride = strides[axis];
        if (keepsSize()) {
            return dim instanceof Dim.Known(long size)
                    ? Dim.of(Math.ceilDiv(size, stride))
                    : stride == 1 ? dim : Dims.UNKNOWN;
        }
        long before = autoPad.equals("VALID") ? 0 : pads[axis];
        long around = around(axis);
        if (!(dim instanceof Dim.Known(long size))) {
            return stride == 1 && around == span(axis) - 1 ? dim : Dims.UNKNOWN;
        }
        long room = size + around - span(axis);
        if (room < 0) {
            throw new Mismatch("the kernel spans " + span(axis) + " where the padded input has " + (size + around));
        }
        long places = (ceil ? Math.ceilDiv(room, stride) : room / stride) + 1;
        // a last window that would begin in the padding behind the input is left out (ONNX 1.16 made that explicit)
        return Dim.of(ceil && (places - 1) * stride >= size + before ? places - 1 : places);
    }
}
