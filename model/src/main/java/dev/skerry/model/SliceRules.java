package dev.skerry.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Operators that cut or widen along axes. */
final class SliceRules {
    static final Map<String, Rule> RULES = Map.of(
            "Slice", SliceRules::slice,
            "Split", SliceRules::split,
            "Pad", SliceRules::pad,
            "CenterCropPad", SliceRules::centerCropPad);

    /** A range of one axis; steps are never zero. */
    record Range(int axis, long start, long end, long step) {
        /** The first element and the count, for an axis of {@code size}. */
        long[] within(long size) {
            long from = Math.clamp(
                    start < 0 ? start + size : start, step < 0 ? Math.min(0, size - 1) : 0, step < 0 ? size - 1 : size);
            long to = end < 0 && end >= -size ? end + size : end < 0 ? -1 : Math.min(end, size);
            if (step > 0) {
                to = Math.max(to, 0);
            }
            long span = step > 0 ? to - from : from - to;
            return new long[] {from, size == 0 ? 0 : Math.max(0, Math.ceilDiv(span, Math.abs(step)))};
        }
    }

    private SliceRules() {}

    private static void slice(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            op.set(0, op.element(0), null);
            return;
        }
        List<Dim> y = new ArrayList<>(x);
        List<Range> ranges = ranges(op, x.size());
        if (ranges == null) {
            y = open(op, x);
        } else {
            for (Range range : ranges) {
                y.set(range.axis(), cut(x.get(range.axis()), range));
            }
        }
        op.set(0, op.element(0), y);
    }

    /** What a slice cuts; null where the bounds are not known. */
    static @Nullable List<Range> ranges(Operation op, int rank) {
        long[] starts = op.longs("starts", 1);
        long[] ends = op.longs("ends", 2);
        long[] axes = op.longs("axes", 3);
        long[] steps = op.longs(4);
        if (starts == null || ends == null || axes == null && op.given("axes", 3) || steps == null && op.has(4)) {
            return null;
        }
        if (starts.length != ends.length || axes != null && axes.length != starts.length) {
            throw new Mismatch(starts.length + " starts, " + ends.length + " ends and the axes do not match");
        }
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            long step = steps == null ? 1 : steps[i];
            if (step == 0) {
                throw new Mismatch("a step is 0");
            }
            ranges.add(new Range(op.axis(axes == null ? i : axes[i], rank), starts[i], ends[i], step));
        }
        return ranges;
    }

    private static Dim cut(Dim dim, Range range) {
        if (dim instanceof Dim.Known(long size)) {
            return Dim.of(range.within(size)[1]);
        }
        boolean toEnd = range.end() >= Integer.MAX_VALUE;
        boolean toFront = range.end() <= Integer.MIN_VALUE;
        if (range.step() == 1 && range.start() == 0 && toEnd || range.step() == -1 && range.start() == -1 && toFront) {
            return dim;
        }
        return Dims.UNKNOWN;
    }

    /** With unknown bounds: the axes that certainly stay as they are. */
    private static List<Dim> open(Operation op, List<Dim> x) {
        long[] axes = op.longs("axes", 3);
        if (axes == null) {
            return Dims.unknown(x.size());
        }
        List<Dim> y = new ArrayList<>(x);
        for (long axis : axes) {
            y.set(op.axis(axis, x.size()), Dims.UNKNOWN);
        }
        return y;
    }

    private static void split(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            for (int i = 0; i < op.outputs(); i++) {
                op.set(i, op.element(0), null);
            }
            return;
        }
        int axis = op.axis(op.attribute("axis", 0), x.size());
        long[] parts = parts(op, x.get(axis));
        for (int i = 0; i < op.outputs(); i++) {
            Dim part = parts == null ? Dims.UNKNOWN : Dim.of(parts[i]);
            op.set(i, op.element(0), Operation.with(x, axis, part));
        }
    }

    /** The sizes that a Split gives its outputs; null where unknown. */
    static long @Nullable [] parts(Operation op, Dim dim) {
        if (op.given("split", 1)) {
            long[] parts = op.longs("split", 1);
            if (parts != null
                    && dim instanceof Dim.Known(long size)
                    && LongStream.of(parts).sum() != size) {
                throw new Mismatch(
                        "parts " + Arrays.toString(parts) + " do not add up to the axis of " + op.describe(0));
            }
            return parts;
        }
        if (!(dim instanceof Dim.Known(long size))) {
            return null;
        }
        long chunk = Math.ceilDiv(size, (long) op.outputs());
        long[] parts = new long[op.outputs()];
        Arrays.fill(parts, chunk);
        parts[parts.length - 1] = size - chunk * (parts.length - 1);
        return parts;
    }

    private static void pad(Operation op) {
        List<Dim> x = op.dims(0);
        long[] pads = op.node().intsAttribute("paddings").orElseGet(() -> op.longs("pads", 1));
        long[] axes = op.longs(3);
        if (x == null || pads == null || axes == null && op.has(3)) {
            op.set(0, op.element(0), x == null ? null : Dims.unknown(x.size()));
            return;
        }
        int count = axes == null ? x.size() : axes.length;
        if (pads.length != 2 * count) {
            throw new Mismatch(pads.length + " pads do not fit " + count + " axes of " + op.describe(0));
        }
        List<Dim> y = new ArrayList<>(x);
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : op.axis(axes[i], x.size());
            y.set(axis, Dims.plus(x.get(axis), Dim.of(pads[i] + pads[i + count])));
        }
        op.set(0, op.element(0), y);
    }

    private static void centerCropPad(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            op.set(0, op.element(0), null);
            return;
        }
        Elements shape = op.elements(1);
        long[] axes = op.node()
                .intsAttribute("axes")
                .orElseGet(() -> LongStream.range(0, x.size()).toArray());
        List<Dim> y = new ArrayList<>(x);
        for (int i = 0; i < axes.length; i++) {
            y.set(
                    op.axis(axes[i], x.size()),
                    shape == null ? Dims.UNKNOWN : shape.sizes().get(i));
        }
        op.set(0, op.element(0), y);
    }
}
