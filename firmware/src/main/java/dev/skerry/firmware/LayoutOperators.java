package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that move elements, or only see them under other dimensions. */
final class LayoutOperators {
    static final Map<String, Operator> ALL = new HashMap<>();

    static {
        for (String view : List.of("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze")) {
            ALL.put(view, call -> call.view(0, 0));
        }
        ALL.put("Transpose", LayoutOperators::transpose);
        ALL.put("Expand", call -> Elementwise.write(call, List.of(0), "a"));
        ALL.put("Tile", LayoutOperators::tile);
        ALL.put("Slice", LayoutOperators::slice);
        ALL.put("Split", LayoutOperators::split);
        ALL.put("Concat", LayoutOperators::concat);
        ALL.put("Pad", LayoutOperators::pad);
        ALL.put("CenterCropPad", LayoutOperators::centre);
        ALL.put("DepthToSpace", LayoutOperators::depthToSpace);
        ALL.put("SpaceToDepth", LayoutOperators::spaceToDepth);
        ALL.put("Trilu", LayoutOperators::triangle);
        ALL.put("ReverseSequence", LayoutOperators::reverseSequence);
    }

    private LayoutOperators() {}

    /** Copies in one nest of loops: first the steps through the input, then those through the output. */
    private static void move(Call call, long from, long[] fromSteps, long to, long[] toSteps, long... extents) {
        if (call.known(0).isPresent()) {
            call.knows(
                    0,
                    new Folding(call.type(0), call.outputDims(0))
                            .copy(call.needed(0), from, fromSteps, to, toSteps, extents)
                            .tensor());
            return;
        }
        call.function(body -> {
            body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            copy(body, "x", from, fromSteps, "y", to, toSteps, extents);
        });
    }

    private static void copy(
            Body body, String x, long from, long[] fromSteps, String y, long to, long[] toSteps, long... extents) {
        Nest.over(extents)
                .with(from, fromSteps)
                .with(to, toSteps)
                .run(body, at -> body.line("%s[%s] = %s[%s];".formatted(y, at.getLast(), x, at.getFirst())));
    }

    private static void transpose(Call call) {
        int rank = call.dims(0).length;
        long[] order = new long[rank];
        Arrays.setAll(order, axis -> rank - 1L - axis);
        transpose(call, call.dims(0), call.attribute("perm", order));
    }

    /** The input, seen with dimensions {@code dims}, in another order of its axes. */
    private static void transpose(Call call, long[] dims, long... order) {
        long[] own = Sizes.strides(dims);
        long[] steps = Arrays.stream(order).map(axis -> own[(int) axis]).toArray();
        long[] made = Arrays.stream(order).map(axis -> dims[(int) axis]).toArray();
        move(call, 0, steps, 0, Sizes.strides(made), made);
    }

    private static void depthToSpace(Call call) {
        long[] d = call.dims(0);
        long block = call.attribute("blocksize", 1);
        long depth = d[1] / (block * block);
        if (call.attribute("mode", "DCR").equals("DCR")) {
            transpose(call, new long[] {d[0], block, block, depth, d[2], d[3]}, 0, 3, 4, 1, 5, 2);
        } else {
            transpose(call, new long[] {d[0], depth, block, block, d[2], d[3]}, 0, 1, 4, 2, 5, 3);
        }
    }

    private static void spaceToDepth(Call call) {
        long[] d = call.dims(0);
        long block = call.attribute("blocksize", 1);
        transpose(call, new long[] {d[0], d[1], d[2] / block, block, d[3] / block, block}, 0, 3, 5, 1, 2, 4);
    }

    /** Each axis as how often, and how long it is: the first goes through the input anew. */
    private static void tile(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long[] own = Sizes.strides(dims);
        long[] extents = new long[2 * dims.length];
        long[] steps = new long[2 * dims.length];
        for (int axis = 0; axis < dims.length; axis++) {
            extents[2 * axis] = dims[axis] == 0 ? 0 : made[axis] / dims[axis];
            extents[2 * axis + 1] = dims[axis];
            steps[2 * axis + 1] = own[axis];
        }
        move(call, 0, steps, 0, Sizes.strides(extents), extents);
    }

    private static void slice(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        boolean inAttributes = call.opset() < 10;
        long[] starts = inAttributes ? call.attribute("starts", new long[0]) : call.integers(1);
        long[] every = new long[starts.length];
        Arrays.setAll(every, axis -> axis);
        long[] axes = inAttributes ? call.attribute("axes", every) : call.has(3) ? call.integers(3) : every;
        long[] ones = new long[starts.length];
        Arrays.fill(ones, 1);
        long[] strides = inAttributes || !call.has(4) ? ones : call.integers(4);
        long[] steps = Sizes.strides(dims);
        long offset = 0;
        for (int i = 0; i < starts.length; i++) {
            int axis = Sizes.axis(axes[i], dims.length);
            long size = dims[axis];
            long start = starts[i] < 0 ? starts[i] + size : starts[i];
            start = Math.clamp(start, 0, Math.max(strides[i] < 0 ? size - 1 : size, 0));
            offset += start * steps[axis];
            steps[axis] *= strides[i];
        }
        move(call, offset, steps, 0, Sizes.strides(made), made);
    }

    private static void split(Call call) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", 0), dims.length);
        long[] own = Sizes.strides(dims);
        if (call.known(0).isPresent()) {
            long start = 0;
            for (int output = 0; output < call.outputs(); output++) {
                long[] made = call.outputDims(output);
                call.knows(
                        output,
                        new Folding(call.type(0), made)
                                .copy(call.needed(0), start * own[axis], own, 0, Sizes.strides(made), made)
                                .tensor());
                start += made[axis];
            }
            return;
        }
        call.function(body -> {
            body.reads("x", call.input(0));
            long start = 0;
            for (int output = 0; output < call.outputs(); output++) {
                long[] made = call.outputDims(output);
                if (Sizes.product(made) > 0) {
                    String y = "y" + output;
                    body.writes(y, call.output(output));
                    copy(body, "x", start * own[axis], own, y, 0, Sizes.strides(made), made);
                } else {
                    call.output(output);
                }
                start += made[axis];
            }
        });
    }

    private static void concat(Call call) {
        long[] made = call.outputDims(0);
        int axis = Sizes.axis(call.attribute("axis", 1), made.length);
        long[] steps = Sizes.strides(made);
        if (IntStream.range(0, call.inputs())
                .allMatch(input -> call.known(input).isPresent())) {
            var folding = new Folding(call.type(0), made);
            long start = 0;
            for (int input = 0; input < call.inputs(); input++) {
                long[] dims = call.dims(input);
                folding.copy(call.needed(input), 0, Sizes.strides(dims), start * steps[axis], steps, dims);
                start += dims[axis];
            }
            call.knows(0, folding.tensor());
            return;
        }
        call.function(body -> {
            body.writes("y", call.output(0));
            long start = 0;
            for (int input = 0; input < call.inputs(); input++) {
                long[] dims = call.dims(input);
                if (Sizes.product(dims) > 0) {
                    String x = "x" + input;
                    body.reads(x, call.input(input));
                    copy(body, x, 0, Sizes.strides(dims), "y", start * steps[axis], steps, dims);
                }
                start += dims[axis];
            }
        });
    }

    private static void pad(Call call) {
        int rank = call.dims(0).length;
        long[] given = call.has(1) ? call.integers(1) : call.attribute("pads", call.attribute("paddings", new long[0]));
        long[] before = new long[rank];
        if (call.has(3)) {
            long[] axes = call.integers(3);
            for (int i = 0; i < axes.length; i++) {
                before[Sizes.axis(axes[i], rank)] = given[i];
            }
        } else {
            System.arraycopy(given, 0, before, 0, rank);
        }
        String mode = call.attribute("mode", "constant");
        if (mode.equals("constant")) {
            padWithNumber(call, before);
        } else {
            padWithItself(call, before, mode);
        }
    }

    private static void padWithNumber(Call call, long... before) {
        DataType type = call.type(0);
        call.function(body -> {
            String value = Numbers.literal(type, call.attribute("value", 0f));
            if (call.has(2)) {
                value = body.reads("value", call.input(2)).at("0");
            }
            framed(call, body, value, before);
        });
    }

    /** The input inside of an output that is larger or smaller, with {@code value} around it. */
    private static void framed(Call call, Body body, String value, long... before) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long[] from = Sizes.strides(dims);
        long[] to = Sizes.strides(made);
        body.reads("x", call.input(0));
        Body.Variable y = body.writes("y", call.output(0));
        long[] extents = new long[dims.length];
        long fromOffset = 0;
        long toOffset = 0;
        for (int axis = 0; axis < dims.length; axis++) {
            // negative padding cuts away
            long first = Math.max(0, -before[axis]);
            long last = Math.min(dims[axis], made[axis] - before[axis]);
            extents[axis] = Math.max(0, last - first);
            fromOffset += first * from[axis];
            toOffset += (first + before[axis]) * to[axis];
        }
        if (!Arrays.equals(extents, made)) {
            body.loop("i", Sizes.product(made), () -> body.line(y.set("i", value)));
        }
        copy(body, "x", fromOffset, from, "y", toOffset, to, extents);
    }

    private static void padWithItself(Call call, long[] before, String mode) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        call.function(body -> {
            body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            padAxis(body, dims, made, before, mode, 0);
        });
    }

    private static void padAxis(Body body, long[] dims, long[] made, long[] before, String mode, int axis) {
        if (axis == dims.length) {
            body.line("y[%s] = x[%s];".formatted(Index.of("i", made), Index.of("p", dims)));
            return;
        }
        long size = dims[axis];
        String p = "p" + axis;
        body.loop("i" + axis, made[axis], () -> {
            String at = "i" + axis
                    + (before[axis] == 0 ? "" : before[axis] > 0 ? " - " + before[axis] : " + " + -before[axis]);
            boolean isInside = before[axis] <= 0 && made[axis] - before[axis] <= size;
            body.line("int32_t " + p + " = " + at + ";");
            if (!isInside) {
                switch (mode) {
                    case "edge" ->
                        body.line("%s = %s < 0 ? 0 : %s >= %d ? %d : %s;".formatted(p, p, p, size, size - 1, p));
                    case "wrap" -> body.line("%s = (%s %% %d + %d) %% %d;".formatted(p, p, size, size, size));
                    default -> {
                        long period = Math.max(2 * (size - 1), 1);
                        body.line("%s = (%s %% %d + %d) %% %d;".formatted(p, p, period, period, period));
                        body.line("%s = %s < %d ? %s : %d - %s;".formatted(p, p, size, p, period, p));
                    }
                }
            }
            padAxis(body, dims, made, before, mode, axis + 1);
        });
    }

    private static void centre(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long[] before = new long[dims.length];
        Arrays.setAll(
                before,
                axis -> made[axis] >= dims[axis] ? (made[axis] - dims[axis]) / 2 : -((dims[axis] - made[axis]) / 2));
        call.function(body -> framed(call, body, "0", before));
    }

    private static void triangle(Call call) {
        long[] dims = call.dims(0);
        int rank = dims.length;
        boolean isUpper = call.attribute("upper", 1) != 0;
        long k = call.has(1) ? call.integers(1)[0] : 0;
        long rows = dims[rank - 2];
        long columns = dims[rank - 1];
        call.function(body -> {
            body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            body.loop(
                    "n",
                    Sizes.product(dims, 0, rank - 2),
                    () -> body.loop(
                            "i",
                            rows,
                            () -> body.loop("j", columns, () -> {
                                String at = Index.of(new long[] {0, rows, columns}, "n", "i", "j");
                                String kept = "j - i %s %d".formatted(isUpper ? ">=" : "<=", k);
                                body.line("y[%s] = %s ? x[%s] : 0;".formatted(at, kept, at));
                            })));
        });
    }

    private static void reverseSequence(Call call) {
        long[] dims = call.dims(0);
        int batch = Math.toIntExact(call.attribute("batch_axis", 1));
        int time = Math.toIntExact(call.attribute("time_axis", 0));
        long inner = Sizes.product(dims, 2, dims.length);
        call.function(body -> {
            body.reads("x", call.input(0));
            body.reads("lengths", call.input(1));
            body.writes("y", call.output(0));
            body.loop(
                    "i",
                    dims[0],
                    () -> body.loop("j", dims[1], () -> {
                        String t = time == 0 ? "i" : "j";
                        body.line("int32_t length = (int32_t)lengths[%s];".formatted(batch == 0 ? "i" : "j"));
                        body.line("int32_t from = %s < length ? length - 1 - %s : %s;".formatted(t, t, t));
                        body.loop(
                                "k",
                                inner,
                                () -> body.line("y[%s] = x[%s];"
                                        .formatted(
                                                Index.of(new long[] {0, dims[1], inner}, "i", "j", "k"),
                                                Index.of(
                                                        new long[] {0, dims[1], inner},
                                                        time == 0 ? "from" : "i",
                                                        time == 0 ? "j" : "from",
                                                        "k"))));
                    }));
        });
    }
}
