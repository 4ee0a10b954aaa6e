package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Writing of operators that bring whole axes together. */
final class TfliteReductionLowering {
    private static final int SOFTMAX = 9;
    private static final int REDUCER = 27;
    private static final int ARG_MAX = 40;
    private static final int ARG_MIN = 57;
    private static final int CAST = 37;
    /** Since when axes are an input. */
    private static final long AXES_AS_INPUT = 18;

    private static final Set<String> PICKING = Set.of("REDUCE_MAX", "REDUCE_MIN");

    private TfliteReductionLowering() {}

    static void reduce(TfliteStep step, String operator) {
        Node node = step.node();
        int rank = step.rank(step.in(0));
        boolean asInput = step.opset() >= AXES_AS_INPUT || node.op().equals("ReduceSum") && step.opset() >= 13;
        long[] axes = asInput
                ? step.has(1) ? step.constantLongs(1) : new long[0]
                : node.intsAttribute("axes").orElse(new long[0]);
        if (axes.length == 0 && node.intAttribute("noop_with_empty_axes", 0) != 0) {
            TfliteMoveLowering.same(step);
            return;
        }
        int[] placed = axes.length == 0
                ? IntStream.range(0, rank).toArray()
                : Arrays.stream(axes)
                        .mapToInt(axis -> step.axis(axis, rank))
                        .sorted()
                        .toArray();
        reduce(step, operator, placed, node.intAttribute("keepdims", 1) != 0);
    }

    /** @param axes of the value, in order */
    static void reduce(TfliteStep step, String operator, int[] axes, boolean keeps) {
        String x = step.in(0);
        boolean picks = PICKING.contains(operator);
        String from = step.source(x);
        if (!picks && !operator.equals("REDUCE_PROD")) {
            step.integers(List.of(x));
        }
        TfliteAxes lying = lying(step, from);
        long[] placed = Arrays.stream(axes).mapToLong(lying::of).sorted().toArray();
        TfliteAxes after = keeps ? lying : without(lying, axes);
        int list = step.draft().ints("axes", new long[] {placed.length}, placed);
        TfliteOptions options = TfliteOptions.of(REDUCER).withFlag(0, keeps);
        if (picks) {
            String to = step.moved(from, 0);
            int tensor = step.forms().stored(from, lying);
            step.add(operator, options, List.of(tensor, list), step.forms().make(to, after));
            return;
        }
        step.make(operator, options, List.of(step.operand(x, lying), list), after);
    }

    private static TfliteAxes lying(TfliteStep step, String value) {
        return step.forms().constant(value) != null
                ? TfliteAxes.same(step.rank(value))
                : step.forms().meeting(List.of(value));
    }

    /** The order of what remains; the axes after a gone one count one less. */
    private static TfliteAxes without(TfliteAxes axes, int[] gone) {
        List<Integer> order = new ArrayList<>();
        for (int axis : axes.order()) {
            if (axis == TfliteAxes.ADDED) {
                order.add(axis);
            } else if (Arrays.stream(gone).noneMatch(other -> other == axis)) {
                order.add(axis
                        - (int) Arrays.stream(gone)
                                .filter(other -> other < axis)
                                .count());
            }
        }
        return new TfliteAxes(order);
    }

    static void arg(TfliteStep step, String operator) {
        Node node = step.node();
        if (node.intAttribute("select_last_index", 0) != 0) {
            throw step.refuse("it takes the last of several");
        }
        String from = step.source(step.in(0));
        int rank = step.rank(from);
        int axis = step.axis(node.intAttribute("axis", 0), rank);
        TfliteAxes same = TfliteAxes.same(rank);
        int table = operator.equals("ARG_MAX") ? ARG_MAX : ARG_MIN;
        TfliteOptions options = TfliteOptions.of(table).withByte(0, TfliteTypes.code(DataType.INT64));
        List<Integer> inputs =
                List.of(step.forms().stored(from, same), step.draft().ints("axis", new long[] {1}, axis));
        TfliteAxes out = TfliteAxes.same(step.outDims().length);
        if (node.intAttribute("keepdims", 1) == 0) {
            step.make(operator, options, inputs, out);
            return;
        }
        long[] dims = step.outDims();
        long[] rest = IntStream.range(0, rank)
                .filter(other -> other != axis)
                .mapToLong(other -> dims[other])
                .toArray();
        int index = step.between("index", DataType.INT64, rest, null);
        step.add(operator, options, inputs, index);
        step.draft().reshape(index, step.forms().make(step.result(), out));
    }

    /** The largest along an axis, which lies last, and where they were; of equal ones the first, in both formats. */
    static void topK(TfliteStep step) {
        Node node = step.node();
        if (node.intAttribute("largest", 1) == 0) {
            throw step.refuse("it takes the smallest");
        }
        String from = step.source(step.in(0));
        step.requireType(from, DataType.FLOAT, DataType.INT8, DataType.INT32, DataType.INT64);
        int axis = step.axis(node.intAttribute("axis", -1), step.rank(from));
        TfliteAxes axes = withLast(step, from, axis);
        int tensor = step.forms().stored(from, axes);
        int count = step.draft().ints("k", new long[0], step.outDims()[axis]);
        int values = step.forms().make(step.moved(from, 0), axes);
        int index = step.between("index", DataType.INT32, axes.dims(step.outDims()), null);
        step.draft().operator("TOPK_V2", TfliteOptions.NONE, List.of(tensor, count), List.of(values, index));
        TfliteOptions cast = TfliteOptions.of(CAST)
                .withByte(0, TfliteTypes.code(DataType.INT32))
                .withByte(1, TfliteTypes.code(DataType.INT64));
        step.add("CAST", cast, List.of(index), step.forms().make(node.output(1), axes));
    }

    /** (x − mean) ÷ √(variance + epsilon) × scale + bias, over all axes from one on, which lie last. */
    static void layerNormalization(TfliteStep step) {
        String x = step.in(0);
        int rank = step.rank(x);
        int first = step.axis(step.node().intAttribute("axis", -1), rank);
        TfliteAxes same = TfliteAxes.same(rank);
        long[] dims = step.dims(x);
        long[] reduced = dims.clone();
        Arrays.fill(reduced, first, rank, 1);
        int axes = step.draft()
                .ints(
                        "axes",
                        new long[] {rank - first},
                        LongStream.range(first, rank).toArray());
        TfliteOptions keeps = TfliteOptions.of(REDUCER).withFlag(0, true);
        int from = step.operand(x, same);
        int mean = step.real("mean", reduced, "MEAN", keeps, from, axes);
        int centered = step.real("centered", dims, "SUB", TfliteOptions.NONE, from, mean);
        int squares = step.real("squares", dims, "MUL", TfliteOptions.NONE, centered, centered);
        int variance = step.real("variance", reduced, "MEAN", keeps, squares, axes);
        int epsilon = step.draft()
                .constant(Tensor.ofFloats("epsilon", new long[0], step.node().floatAttribute("epsilon", 1e-5f)), null);
        int raised = step.real("raised", reduced, "ADD", TfliteOptions.NONE, variance, epsilon);
        int root = step.real("root", reduced, "RSQRT", TfliteOptions.NONE, raised);
        int normal = step.real("normal", dims, "MUL", TfliteOptions.NONE, centered, root);
        List<Integer> scaled = List.of(normal, step.spread(step.in(1), same));
        if (!step.has(2)) {
            step.make("MUL", TfliteOptions.NONE, scaled, same);
            return;
        }
        int product = step.real("scaled", dims, "MUL", TfliteOptions.NONE, normal, scaled.get(1));
        step.make("ADD", TfliteOptions.NONE, List.of(product, step.spread(step.in(2), same)), same);
    }

    /** Along the last axis of the tensor, whichever of the value that is. */
    private static TfliteAxes last(TfliteStep step, long axis) {
        String from = step.source(step.in(0));
        int rank = step.rank(from);
        int placed = step.axis(axis, rank);
        if (step.opset() < 13 && placed < rank - 1) {
            long[] dims = step.dims(from);
            if (Arrays.stream(dims, placed + 1, rank).anyMatch(size -> size != 1)) {
                throw step.refuse("before operator set 13 it goes along several axes at once");
            }
        }
        return withLast(step, from, placed);
    }

    /** An order in which an axis of the value lies last: one that it is in already, where there is one. */
    private static TfliteAxes withLast(TfliteStep step, String from, int axis) {
        if (step.forms().constant(from) == null) {
            for (TfliteAxes axes : step.forms().lying(from)) {
                if (axes.last() == axis) {
                    return axes;
                }
            }
        }
        return TfliteAxes.withLast(step.rank(from), axis);
    }

    private static final TfliteScales SHARES = scales(1f / 256, -128);
    private static final TfliteScales LOGARITHMS = scales(16f / 256, 127);
    private static final TfliteScales UNITS = scales(1f / 128, 0);

    private static TfliteScales scales(float scale, long zeroPoint) {
        return new TfliteScales(new float[] {scale}, new long[] {zeroPoint}, 0);
    }

    static void softmax(TfliteStep step) {
        along(step, "SOFTMAX", SHARES, TfliteOptions.of(SOFTMAX).with(0, 1f), defaultAxis(step));
    }

    static void logSoftmax(TfliteStep step) {
        along(step, "LOG_SOFTMAX", LOGARITHMS, TfliteOptions.NONE, defaultAxis(step));
    }

    static void unitLength(TfliteStep step) {
        if (step.node().intAttribute("p", 2) != 2) {
            throw step.refuse("it isn't of the Euclidean norm");
        }
        along(step, "L2_NORMALIZATION", UNITS, TfliteOptions.NONE, -1);
    }

    private static long defaultAxis(TfliteStep step) {
        return step.opset() < 13 ? 1 : -1;
    }

    private static void along(
            TfliteStep step, String operator, TfliteScales scales, TfliteOptions options, long otherwise) {
        TfliteAxes axes = last(step, step.node().intAttribute("axis", otherwise));
        String x = step.in(0);
        step.integers(List.of(x));
        step.makeScaled(scales, operator, options, List.of(step.operand(x, axes)), axes);
    }

    static void sigmoid(TfliteStep step) {
        fixed(step, "LOGISTIC", SHARES);
    }

    static void tanh(TfliteStep step) {
        fixed(step, "TANH", UNITS);
    }

    private static void fixed(TfliteStep step, String operator, TfliteScales scales) {
        String x = step.in(0);
        TfliteAxes axes = lying(step, step.source(x));
        step.integers(List.of(x));
        step.makeScaled(scales, operator, TfliteOptions.NONE, List.of(step.operand(x, axes)), axes);
    }
}
