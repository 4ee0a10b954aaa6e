package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.DECLARED;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that cut, join and pad. Quantized elements are moved as they are stored where the scales agree. */
final class TfliteSlices {
    private TfliteSlices() {}

    static void pad(TfliteCall call) {
        TfliteValues values = call.values();
        int x = call.in(0);
        TfliteShapes.requireSameScales(call, x, call.out(0));
        TfliteLayout layout = call.meeting(x);
        String pads = call.longs("pads", pads(call, layout));
        String fill;
        if (call.has(2)) {
            TfliteShapes.requireSameScales(call, call.in(2), x);
            fill = call.storedOperand(call.in(2), DECLARED);
            Tensor constant = values.constant(call.in(2));
            if (constant != null && constant.rank() > 0) {
                fill = values.initializer(constant.reshape());
            }
        } else {
            DataType type = values.type(x);
            if (type == null) {
                throw call.refuse("it pads no numbers");
            }
            String name = values.name(call.out(0)) + "/zero";
            long zero = values.isQuantized(x) ? values.scales(x).zeroPoint() : 0;
            fill = values.initializer(
                    type == DataType.FLOAT
                            ? Tensor.ofFloats(name, new long[0], 0)
                            : Numbers.of(name, type, new long[0], zero));
        }
        List<String> inputs = List.of(values.stored(x, layout), pads, fill);
        values.storedFrom(call.out(0), layout, name -> call.node("Pad", inputs, name));
    }

    /** Field of the options: whether the border is repeated too 0. */
    static void mirrorPad(TfliteCall call) {
        if (call.byteOption(0) != 0) {
            throw call.refuse("ONNX mirrors without the border, and this pads with it");
        }
        TfliteValues values = call.values();
        TfliteShapes.requireSameScales(call, call.in(0), call.out(0));
        TfliteLayout layout = call.meeting(call.in(0));
        List<String> inputs = List.of(values.stored(call.in(0), layout), call.longs("pads", pads(call, layout)));
        values.storedFrom(
                call.out(0), layout, name -> call.node("Pad", inputs, name, Map.of("mode", Attribute.of("reflect"))));
    }

    /** Before and after per axis; ONNX wants all before, then all after. */
    private static long[] pads(TfliteCall call, TfliteLayout layout) {
        long[] pairs = call.constantLongs(1);
        int rank = call.rank(call.in(0));
        if (pairs.length != 2 * rank) {
            throw call.refuse(pairs.length + " paddings for " + rank + " axes");
        }
        long[] before = layout.ordered(
                IntStream.range(0, rank).mapToLong(axis -> pairs[2 * axis]).toArray());
        long[] after = layout.ordered(
                IntStream.range(0, rank).mapToLong(axis -> pairs[2 * axis + 1]).toArray());
        return LongStream.concat(Arrays.stream(before), Arrays.stream(after)).toArray();
    }

    /** Fields: axis 0, activation 1. */
    static void concatenation(TfliteCall call) {
        TfliteValues values = call.values();
        int[] parts = IntStream.range(0, call.inputs()).map(call::in).toArray();
        TfliteLayout layout = call.meeting(parts);
        int axis = layout.axis(call.axis(call.option(0, 0), call.rank(call.out(0))));
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(axis));
        boolean same = Arrays.stream(parts).allMatch(part -> TfliteShapes.sameScales(call, part, call.out(0)));
        if (same && call.byteOption(1) == 0) {
            List<String> inputs = Arrays.stream(parts)
                    .mapToObj(part -> values.stored(part, layout))
                    .toList();
            values.storedFrom(call.out(0), layout, name -> call.node("Concat", inputs, name, attributes));
            return;
        }
        List<String> inputs =
                Arrays.stream(parts).mapToObj(part -> values.real(part, layout)).toList();
        call.activated(layout, call.byteOption(1), name -> call.node("Concat", inputs, name, attributes));
    }

    /** Inputs: axis, value. */
    static void split(TfliteCall call) {
        int x = call.in(1);
        int axis = call.axis(call.constantLongs(0)[0], call.rank(x));
        long size = call.knownDims(x)[axis];
        if (call.outputs() == 0 || size % call.outputs() != 0) {
            throw call.refuse("a size of " + size + " doesn't split into " + call.outputs() + " equal parts");
        }
        long[] sizes = new long[call.outputs()];
        Arrays.fill(sizes, size / call.outputs());
        parts(call, x, axis, sizes);
    }

    /** Inputs: value, sizes of which one may be left open, axis. */
    static void splitV(TfliteCall call) {
        int x = call.in(0);
        int axis = call.axis(call.constantLongs(2)[0], call.rank(x));
        long[] sizes = call.constantLongs(1).clone();
        long open = call.knownDims(x)[axis]
                - Arrays.stream(sizes).filter(size -> size >= 0).sum();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = sizes[i] < 0 ? open : sizes[i];
        }
        if (sizes.length != call.outputs()) {
            throw call.refuse(sizes.length + " sizes for " + call.outputs() + " parts");
        }
        parts(call, x, axis, sizes);
    }

    /** One slice per part, so that each may be asked for in the layout it is needed in. */
    private static void parts(TfliteCall call, int x, int axis, long[] sizes) {
        TfliteValues values = call.values();
        long start = 0;
        for (int i = 0; i < sizes.length; i++) {
            TfliteShapes.requireSameScales(call, x, call.out(i));
            TfliteLayout layout =
                    call.rank(x) == 4 && !values.lies(x, DECLARED) ? TfliteLayout.CHANNELS_FIRST : DECLARED;
            List<String> inputs = List.of(
                    values.stored(x, layout),
                    call.longs("start_" + i, start),
                    call.longs("end_" + i, start + sizes[i]),
                    call.longs("axis_" + i, layout.axis(axis)));
            values.storedFrom(call.out(i), layout, name -> call.node("Slice", inputs, name));
            start += sizes[i];
        }
    }

    /** Inputs: value, begin, size; a size of -1 is all that is left. */
    static void slice(TfliteCall call) {
        long[] begin = call.constantLongs(1);
        long[] size = call.constantLongs(2);
        int rank = call.rank(call.in(0));
        if (begin.length != rank || size.length != rank) {
            throw call.refuse("it cuts " + begin.length + " of " + rank + " axes");
        }
        long[] end = new long[rank];
        Arrays.setAll(end, axis -> size[axis] < 0 ? Long.MAX_VALUE : begin[axis] + size[axis]);
        long[] ones = new long[rank];
        Arrays.fill(ones, 1);
        cut(call, begin, end, ones, 0);
    }

    /** Fields: masks of axes whose begin 0 and end 1 don't count, ellipsis 2, new axes 3, axes that go away 4, end from begin 5. */
    static void stridedSlice(TfliteCall call) {
        long[] begin = call.constantLongs(1).clone();
        long[] end = call.constantLongs(2).clone();
        long[] strides = call.constantLongs(3).clone();
        int rank = call.rank(call.in(0));
        if (call.option(2, 0) != 0 || call.option(3, 0) != 0) {
            throw call.refuse("it adds axes, or leaves some out by an ellipsis");
        }
        if (begin.length > rank || end.length != begin.length || strides.length != begin.length) {
            throw call.refuse("it cuts " + begin.length + " of " + rank + " axes");
        }
        int shrink = call.option(4, 0);
        for (int axis = 0; axis < begin.length; axis++) {
            boolean single = (shrink >> axis & 1) != 0;
            if (strides[axis] == 0) {
                throw call.refuse("a stride is 0");
            }
            if (call.flag(5)) {
                end[axis] += begin[axis];
            }
            if ((call.option(0, 0) >> axis & 1) != 0 && !single) {
                begin[axis] = strides[axis] > 0 ? 0 : Long.MAX_VALUE;
            }
            if ((call.option(1, 0) >> axis & 1) != 0 && !single) {
                end[axis] = strides[axis] > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
            }
            if (single) {
                strides[axis] = 1;
                end[axis] = begin[axis] == -1 ? Long.MAX_VALUE : begin[axis] + 1;
            }
        }
        cut(call, begin, end, strides, shrink);
    }

    private static void cut(TfliteCall call, long[] begin, long[] end, long[] strides, int shrink) {
        TfliteValues values = call.values();
        int x = call.in(0);
        TfliteShapes.requireSameScales(call, x, call.out(0));
        TfliteLayout layout = shrink == 0 ? call.meeting(x) : DECLARED;
        long[] axes = IntStream.range(0, begin.length).mapToLong(layout::axis).toArray();
        List<String> inputs = List.of(
                values.stored(x, layout),
                call.longs("begin", begin),
                call.longs("end", end),
                call.longs("axes", axes),
                call.longs("strides", strides));
        if (shrink == 0) {
            values.storedFrom(call.out(0), layout, name -> call.node("Slice", inputs, name));
            return;
        }
        String kept = call.step("Slice", inputs);
        String gone = call.longs(
                "gone",
                IntStream.range(0, begin.length)
                        .filter(axis -> (shrink >> axis & 1) != 0)
                        .asLongStream()
                        .toArray());
        values.storedFrom(call.out(0), DECLARED, name -> call.node("Squeeze", List.of(kept, gone), name));
    }

    /** Fields: axis 0, leading axes that go together 1. */
    static void gather(TfliteCall call) {
        if (call.option(1, 0) != 0) {
            throw call.refuse("it gathers per element of a batch");
        }
        TfliteShapes.requireSameScales(call, call.in(0), call.out(0));
        int axis = call.axis(call.option(0, 0), call.rank(call.in(0)));
        List<String> inputs = List.of(
                call.values().stored(call.in(0), DECLARED), call.values().stored(call.in(1), DECLARED));
        call.values()
                .storedFrom(
                        call.out(0),
                        DECLARED,
                        name -> call.node("Gather", inputs, name, Map.of("axis", Attribute.of(axis))));
    }

    static void gatherNd(TfliteCall call) {
        TfliteShapes.requireSameScales(call, call.in(0), call.out(0));
        String indices = call.step(
                "Cast",
                List.of(call.values().stored(call.in(1), DECLARED)),
                Map.of("to", Attribute.of(DataType.INT64.code())));
        List<String> inputs = List.of(call.values().stored(call.in(0), DECLARED), indices);
        call.values().storedFrom(call.out(0), DECLARED, name -> call.node("GatherND", inputs, name));
    }

    /** Fields: number of values 0, the new axis 1. */
    static void pack(TfliteCall call) {
        TfliteValues values = call.values();
        int axis = call.axis(call.option(1, 0), call.rank(call.out(0)));
        String axes = call.longs("axes", axis);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            TfliteShapes.requireSameScales(call, call.in(i), call.out(0));
            parts.add(call.step("Unsqueeze", List.of(values.stored(call.in(i), DECLARED), axes)));
        }
        values.storedFrom(
                call.out(0), DECLARED, name -> call.node("Concat", parts, name, Map.of("axis", Attribute.of(axis))));
    }

    /** Fields: number of values 0, the axis that goes away 1. */
    static void unpack(TfliteCall call) {
        TfliteValues values = call.values();
        int axis = call.axis(call.option(1, 0), call.rank(call.in(0)));
        for (int i = 0; i < call.outputs(); i++) {
            TfliteShapes.requireSameScales(call, call.in(0), call.out(i));
            String index = values.initializer(Tensor.ofLongs(values.name(call.out(i)) + "/index", new long[0], i));
            List<String> inputs = List.of(values.stored(call.in(0), DECLARED), index);
            values.storedFrom(
                    call.out(i),
                    DECLARED,
                    name -> call.node("Gather", inputs, name, Map.of("axis", Attribute.of(axis))));
        }
    }
}
