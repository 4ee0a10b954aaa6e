package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Writing of operators that move elements without changing them; quantized ones are moved as they are stored. */
final class TfliteMoveLowering {
    private static final int CONCATENATION = 10;
    private static final int GATHER = 23;
    private static final int STRIDED_SLICE = 32;
    private static final int SPLIT = 35;
    private static final int MIRROR_PAD = 77;
    private static final int SPLIT_V = 79;

    private TfliteMoveLowering() {}

    /** The result is what is read. */
    static void same(TfliteStep step) {
        turn(step, IntStream.range(0, step.rank(step.in(0))).toArray());
    }

    /** Only training drops something. */
    static void dropout(TfliteStep step) {
        boolean trains = step.has(2) && (step.constant(2) == null || step.constantLongs(2)[0] != 0);
        if (trains || step.node().outputs().size() > 1 && !step.node().output(1).isEmpty()) {
            throw step.refuse("it is a step of training");
        }
        same(step);
    }

    static void transpose(TfliteStep step) {
        int rank = step.rank(step.in(0));
        turn(
                step,
                step.node()
                        .intsAttribute("perm")
                        .map(perm -> Arrays.stream(perm)
                                .mapToInt(axis -> step.axis(axis, rank))
                                .toArray())
                        .orElseGet(() -> IntStream.range(0, rank)
                                .map(axis -> rank - 1 - axis)
                                .toArray()));
    }

    private static void turn(TfliteStep step, int[] permutation) {
        String from = step.source(step.in(0));
        Stored constant = step.forms().constant(from);
        if (constant != null) {
            var axes = new TfliteAxes(Arrays.stream(permutation).boxed().toList());
            step.forms().constant(step.node().output(0), TfliteForms.turned(constant, axes));
            return;
        }
        step.forms().view(step.moved(from, 0), from, permutation);
    }

    /** Reshape, Flatten, Squeeze and Unsqueeze alike: what comes out is known. */
    static void reshape(TfliteStep step) {
        String from = step.source(step.in(0));
        long[] dims = step.outDims();
        Stored constant = step.forms().constant(from);
        if (constant != null && (constant.scales() == null || !constant.scales().perChannel())) {
            Tensor content = constant.content().reshape(dims);
            step.forms().constant(step.node().output(0), new Stored(content, constant.scales()));
            return;
        }
        int flat = constant != null
                ? step.forms().stored(from, TfliteAxes.same(constant.content().rank()))
                : step.forms().flat(from);
        String to = step.moved(from, 0);
        TfliteAxes same = TfliteAxes.same(dims.length);
        if (Arrays.equals(step.draft().tensor(flat).dims(), dims)) {
            step.forms().holds(to, same, flat);
            return;
        }
        step.draft().reshape(flat, step.forms().make(to, same));
    }

    /** Has an operator move the first input to the first output, in the order that the input lies in. */
    private static void along(
            TfliteStep step, String operator, TfliteOptions options, List<ToIntFunction<TfliteAxes>> more) {
        String from = step.source(step.in(0));
        TfliteAxes axes = lying(step, from);
        List<Integer> inputs = new ArrayList<>(List.of(step.forms().stored(from, axes)));
        for (ToIntFunction<TfliteAxes> input : more) {
            inputs.add(input.applyAsInt(axes));
        }
        step.add(operator, options, inputs, step.forms().make(step.moved(from, 0), axes));
    }

    private static TfliteAxes lying(TfliteStep step, String value) {
        return step.forms().constant(value) != null
                ? TfliteAxes.same(step.rank(value))
                : step.forms().meeting(List.of(value));
    }

    private static ToIntFunction<TfliteAxes> perAxis(TfliteStep step, String name, long[] values, long added) {
        return axes -> {
            long[] placed = axes.ordered(values, added);
            return step.draft().ints(name, new long[] {placed.length}, placed);
        };
    }

    static void slice(TfliteStep step) {
        long[] in = step.dims(step.in(0));
        long[] out = step.outDims();
        int rank = in.length;
        boolean asInputs = step.opset() >= 10;
        long[] starts = asInputs
                ? step.constantLongs(1)
                : step.node().intsAttribute("starts").orElse(new long[0]);
        long[] axes = asInputs && step.has(3)
                ? step.constantLongs(3)
                : step.node()
                        .intsAttribute("axes")
                        .orElse(LongStream.range(0, starts.length).toArray());
        long[] steps = asInputs && step.has(4) ? step.constantLongs(4) : new long[0];
        long[] begin = new long[rank];
        long[] strides = new long[rank];
        Arrays.fill(strides, 1);
        for (int i = 0; i < axes.length; i++) {
            int axis = step.axis(axes[i], rank);
            strides[axis] = steps.length == 0 ? 1 : steps[i];
            long start = starts[i] < 0 ? starts[i] + in[axis] : starts[i];
            begin[axis] = Math.clamp(start, 0L, strides[axis] < 0 ? in[axis] - 1 : in[axis]);
        }
        if (Arrays.stream(strides).allMatch(stride -> stride == 1)) {
            along(
                    step,
                    "SLICE",
                    TfliteOptions.NONE,
                    List.of(perAxis(step, "begin", begin, 0), perAxis(step, "size", out, 1)));
            return;
        }
        long[] end = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            end[axis] = begin[axis] + (out[axis] - 1) * strides[axis] + Long.signum(strides[axis]);
        }
        // an end before the first element can't be written as a number, which would count from the back
        TfliteAxes lying = lying(step, step.source(step.in(0)));
        long[] placed = lying.ordered(end, 1);
        int mask = 0;
        for (int i = 0; i < placed.length; i++) {
            mask |= placed[i] < 0 ? 1 << i : 0;
        }
        along(
                step,
                "STRIDED_SLICE",
                TfliteOptions.of(STRIDED_SLICE).with(0, 0).with(1, mask),
                List.of(
                        perAxis(step, "begin", begin, 0),
                        perAxis(step, "end", end, 1),
                        perAxis(step, "strides", strides, 1)));
    }

    static void split(TfliteStep step) {
        String from = step.source(step.in(0));
        List<String> outputs = step.node().outputs();
        int axis = step.axis(step.node().intAttribute("axis", 0), step.rank(from));
        TfliteAxes axes = lying(step, from);
        long[] sizes =
                outputs.stream().mapToLong(output -> step.dims(output)[axis]).toArray();
        int tensor = step.forms().stored(from, axes);
        int place = step.draft().ints("axis", new long[0], axes.of(axis));
        List<Integer> made = IntStream.range(0, outputs.size())
                .map(i -> step.forms().make(step.moved(from, i), axes))
                .boxed()
                .toList();
        if (Arrays.stream(sizes).distinct().count() == 1) {
            step.draft().operator("SPLIT", TfliteOptions.of(SPLIT).with(0, sizes.length), List.of(place, tensor), made);
            return;
        }
        int list = step.draft().ints("sizes", new long[] {sizes.length}, sizes);
        step.draft()
                .operator(
                        "SPLIT_V", TfliteOptions.of(SPLIT_V).with(0, sizes.length), List.of(tensor, list, place), made);
    }

    /** Integers must have one scale; where they haven't, those of the result. */
    static void concat(TfliteStep step) {
        List<String> parts = step.node().inputs();
        int axis = step.axis(step.node().intAttribute("axis", 0), step.outDims().length);
        boolean isBehind = parts.stream().allMatch(part -> step.forms().isQuantized(part));
        TfliteScales scales = null;
        String to = step.node().output(0);
        if (isBehind) {
            TfliteScales first = step.forms().scalesBehind(parts.getFirst());
            if (parts.stream().allMatch(part -> step.forms().scalesBehind(part).sameAs(first))) {
                scales = first;
                to = step.moved(step.source(parts.getFirst()), 0);
            } else if (step.integers(parts)) {
                scales = step.resultScales();
                to = step.result();
            }
        }
        boolean stored =
                scales != null || parts.stream().noneMatch(part -> step.forms().isQuantized(part));
        List<String> run = parts.stream()
                .map(step::source)
                .filter(part -> step.forms().constant(part) == null)
                .toList();
        TfliteAxes axes = run.isEmpty()
                ? TfliteAxes.same(step.outDims().length)
                : step.forms().meeting(run);
        List<Integer> inputs = new ArrayList<>();
        for (String part : parts) {
            int tensor = stored
                    ? step.forms().stored(step.source(part), axes)
                    : step.forms().real(part, axes);
            inputs.add(scales == null ? tensor : rescaled(step, tensor, scales));
        }
        step.add(
                "CONCATENATION",
                TfliteOptions.of(CONCATENATION).with(0, axes.of(axis)).withByte(1, 0),
                inputs,
                step.forms().make(to, axes));
    }

    private static int rescaled(TfliteStep step, int tensor, TfliteScales scales) {
        var from = step.draft().tensor(tensor);
        if (from.scales() != null && from.scales().sameAs(scales)) {
            return tensor;
        }
        int to = step.between("rescaled", DataType.INT8, from.dims(), scales);
        step.add("QUANTIZE", TfliteOptions.NONE, List.of(tensor), to);
        return to;
    }

    static void pad(TfliteStep step) {
        String mode = step.node().stringAttribute("mode", "constant");
        String from = step.source(step.in(0));
        int rank = step.rank(from);
        long[] pads = pads(step, rank);
        ToIntFunction<TfliteAxes> paddings = axes -> {
            long[] before = axes.ordered(Arrays.copyOf(pads, rank), 0);
            long[] after = axes.ordered(Arrays.copyOfRange(pads, rank, 2 * rank), 0);
            long[] pairs = new long[2 * before.length];
            for (int i = 0; i < before.length; i++) {
                pairs[2 * i] = before[i];
                pairs[2 * i + 1] = after[i];
            }
            return step.draft().ints("paddings", new long[] {before.length, 2}, pairs);
        };
        switch (mode) {
            case "reflect" ->
                along(step, "MIRROR_PAD", TfliteOptions.of(MIRROR_PAD).withByte(0, 0), List.of(paddings));
            case "constant" -> {
                Tensor fill = fill(step, from);
                if (fill == null) {
                    along(step, "PAD", TfliteOptions.NONE, List.of(paddings));
                } else {
                    TfliteScales scales =
                            step.forms().constant(from) == null ? step.forms().scalesOf(from) : null;
                    along(
                            step,
                            "PADV2",
                            TfliteOptions.NONE,
                            List.of(paddings, _ -> step.draft().constant(fill, scales)));
                }
            }
            default -> throw step.refuse("it pads by " + mode);
        }
    }

    private static long[] pads(TfliteStep step, int rank) {
        long[] given = step.opset() >= 11
                ? step.constantLongs(1)
                : step.node().intsAttribute("pads").orElse(new long[0]);
        long[] pads = new long[2 * rank];
        long[] axes =
                step.has(3) ? step.constantLongs(3) : LongStream.range(0, rank).toArray();
        if (given.length != 2 * axes.length) {
            throw step.refuse(given.length + " paddings for " + axes.length + " axes");
        }
        for (int i = 0; i < axes.length; i++) {
            int axis = step.axis(axes[i], rank);
            pads[axis] = given[i];
            pads[axis + rank] = given[i + axes.length];
        }
        if (Arrays.stream(pads).anyMatch(pad -> pad < 0)) {
            throw step.refuse("a padding is negative", "a Slice for what is cut off");
        }
        return pads;
    }

    /** What is padded with, in the type of the tensor; null where it is zero. */
    private static @Nullable Tensor fill(TfliteStep step, String from) {
        TfliteForms forms = step.forms();
        DataType type = forms.type(from);
        TfliteScales scales = forms.constant(from) == null ? forms.scalesOf(from) : null;
        boolean isReal = !from.equals(step.in(0)) || scales == null;
        double value = 0;
        if (step.has(2)) {
            Stored constant = step.constant(2);
            if (constant == null || constant.content().elements() != 1) {
                throw step.refuse("what it pads with is computed at run time");
            }
            value = constant.content().valueAt(0);
            TfliteScales own = constant.scales();
            if (own != null) {
                value = (value - own.zeroPoint()) * own.scale();
            }
            if (!isReal && constant.content().type() == DataType.UINT8) {
                value -= 128;
            }
        } else if (step.opset() < 11) {
            value = step.node().floatAttribute("value", 0);
        } else if (!isReal) {
            value = 0; // the stored number 0, whatever it means
        }
        if (scales == null) {
            if (value == 0) {
                return null;
            }
            return type == DataType.FLOAT
                    ? Tensor.ofFloats("fill", new long[0], (float) value)
                    : Numbers.of("fill", type, new long[0], (long) value);
        }
        long stored = isReal ? Math.round(value / scales.scale()) + scales.zeroPoint() : (long) value;
        if (stored == scales.zeroPoint()) {
            return null;
        }
        if (stored < Byte.MIN_VALUE || stored > Byte.MAX_VALUE) {
            throw step.refuse("what it pads with lies outside of the range of its scale");
        }
        return Numbers.of("fill", type, new long[0], stored);
    }

    static void gather(TfliteStep step) {
        String from = step.source(step.in(0));
        int rank = step.rank(from);
        int axis = step.axis(step.node().intAttribute("axis", 0), rank);
        long size = step.dims(from)[axis];
        String index = step.in(1);
        int list;
        Stored known = step.constant(1);
        if (known != null) {
            long[] places = Arrays.stream(known.content().toLongs())
                    .map(place -> place < 0 ? place + size : place)
                    .toArray();
            list = step.draft().ints("indices", known.content().dims(), places);
        } else {
            list = step.forms().stored(index, TfliteAxes.same(step.rank(index)));
        }
        int x = step.forms().stored(from, TfliteAxes.same(rank));
        step.add(
                "GATHER",
                TfliteOptions.of(GATHER).with(0, axis).with(1, 0),
                List.of(x, list),
                step.forms().make(step.moved(from, 0), TfliteAxes.same(step.outDims().length)));
    }

    static void tile(TfliteStep step) {
        along(step, "TILE", TfliteOptions.NONE, List.of(perAxis(step, "multiples", step.constantLongs(1), 1)));
    }

    static void expand(TfliteStep step) {
        String from = step.source(step.in(0));
        long[] out = step.outDims();
        int x = step.forms().stored(from, TfliteAxes.same(step.rank(from)));
        step.add(
                "BROADCAST_TO",
                TfliteOptions.NONE,
                List.of(x, step.shape(out)),
                step.forms().make(step.moved(from, 0), TfliteAxes.same(out.length)));
    }
}
