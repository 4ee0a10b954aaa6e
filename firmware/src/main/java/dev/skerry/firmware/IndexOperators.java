package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Operators that look up or find places. Where data say the place, a negative one counts from the end, and one that lies outside
 * is taken to be the nearest inside, so that no input makes the code read or write elsewhere.
 */
final class IndexOperators {
    static final Map<String, Operator> ALL = new HashMap<>();

    static {
        ALL.put("Gather", IndexOperators::gather);
        ALL.put("GatherElements", IndexOperators::gatherElements);
        ALL.put("GatherND", IndexOperators::gatherPlaces);
        ALL.put("Scatter", IndexOperators::scatterElements);
        ALL.put("ScatterElements", IndexOperators::scatterElements);
        ALL.put("ScatterND", IndexOperators::scatterPlaces);
        ALL.put("OneHot", IndexOperators::oneHot);
        ALL.put("ArgMax", call -> best(call, ">"));
        ALL.put("ArgMin", call -> best(call, "<"));
        ALL.put("TopK", IndexOperators::top);
        ALL.put("CumSum", IndexOperators::running);
        for (String open : List.of("NonZero", "Compress", "Unique", "NonMaxSuppression")) {
            ALL.put(open, call -> {
                throw call.unsupported("how much it gives depends on the data");
            });
        }
    }

    private IndexOperators() {}

    private static String place(Body.Variable indices, String at, long size) {
        return "skerry_place(" + indices.at(at) + ", " + size + ")";
    }

    private static void gather(Call call) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", 0), dims.length);
        long outer = Sizes.product(dims, 0, axis);
        long inner = Sizes.product(dims, axis + 1, dims.length);
        long count = call.input(1).elements();
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            body.writes("y", call.output(0));
            body.loop(
                    "i",
                    outer,
                    () -> body.loop("j", count, () -> {
                        body.line("int32_t from = " + place(places, "j", dims[axis]) + ";");
                        body.loop(
                                "k",
                                inner,
                                () -> body.line("y[%s] = x[%s];"
                                        .formatted(
                                                Index.of(new long[] {0, count, inner}, "i", "j", "k"),
                                                Index.of(new long[] {0, dims[axis], inner}, "i", "from", "k"))));
                    }));
        });
    }

    private static void gatherElements(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        int axis = Sizes.axis(call.attribute("axis", 0), dims.length);
        long[] steps = Sizes.strides(dims);
        long along = steps[axis];
        steps[axis] = 0;
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            body.writes("y", call.output(0));
            Nest.over(made).with(0, steps).with(0, Sizes.strides(made)).run(body, at -> {
                String from = place(places, at.getLast(), dims[axis]) + (along == 1 ? "" : " * " + along);
                body.line("y[%s] = x[%s];".formatted(at.getLast(), ReduceOperators.plus(at.getFirst(), from)));
            });
        });
    }

    /** Where a row of indices points to: statements that add up {@code from}. */
    private static void point(Body body, Body.Variable places, String row, long[] dims, int first, long depth) {
        long[] steps = Sizes.strides(dims);
        for (int i = 0; i < depth; i++) {
            String at = depth == 1 ? row : "%s * %d + %d".formatted(row, depth, i);
            long step = steps[first + i];
            body.line("from += " + place(places, at, dims[first + i]) + (step == 1 ? "" : " * " + step) + ";");
        }
    }

    private static void gatherPlaces(Call call) {
        long[] dims = call.dims(0);
        long[] of = call.dims(1);
        int batch = Math.toIntExact(call.attribute("batch_dims", 0));
        long depth = of[of.length - 1];
        long batches = Sizes.product(dims, 0, batch);
        long rows = Sizes.product(of, batch, of.length - 1);
        long whole = Sizes.product(dims, batch, dims.length);
        long inner = Sizes.product(dims, batch + (int) depth, dims.length);
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            body.writes("y", call.output(0));
            body.loop(
                    "b",
                    batches,
                    () -> body.loop("i", rows, () -> {
                        body.line("int32_t row = " + Index.of(new long[] {0, rows}, "b", "i") + ";");
                        body.line("int32_t from = b * " + whole + ";");
                        point(body, places, "row", dims, batch, depth);
                        body.loop(
                                "k",
                                inner,
                                () -> body.line(
                                        "y[%s] = x[from + k];".formatted(Index.of(new long[] {0, inner}, "row", "k"))));
                    }));
        });
    }

    /** The statement that brings {@code value} to where it belongs. */
    private static String put(Call call, String at, String value) {
        String y = "y[" + at + "]";
        String cast = "(" + CType.of(call.type(0)).computed() + ")";
        return switch (call.attribute("reduction", "none")) {
            case "add" -> y + " = " + cast + "(" + y + " + " + value + ");";
            case "mul" -> y + " = " + cast + "(" + y + " * " + value + ");";
            case "max" -> y + " = " + y + " > " + value + " ? " + y + " : " + value + ";";
            case "min" -> y + " = " + y + " < " + value + " ? " + y + " : " + value + ";";
            default -> y + " = " + value + ";";
        };
    }

    private static void scatterElements(Call call) {
        long[] dims = call.dims(0);
        long[] of = call.dims(1);
        int axis = Sizes.axis(call.attribute("axis", 0), dims.length);
        long[] steps = Sizes.strides(dims);
        long along = steps[axis];
        steps[axis] = 0;
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            body.reads("updates", call.input(2));
            body.writes("y", call.output(0));
            body.loop("i", Sizes.product(dims), () -> body.line("y[i] = x[i];"));
            Nest.over(of).with(0, steps).with(0, Sizes.strides(of)).run(body, at -> {
                String to = place(places, at.getLast(), dims[axis]) + (along == 1 ? "" : " * " + along);
                body.line("int32_t to = " + ReduceOperators.plus(at.getFirst(), to) + ";");
                body.line(put(call, "to", "updates[" + at.getLast() + "]"));
            });
        });
    }

    private static void scatterPlaces(Call call) {
        long[] dims = call.dims(0);
        long[] of = call.dims(1);
        long depth = of[of.length - 1];
        long inner = Sizes.product(dims, (int) depth, dims.length);
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            body.reads("updates", call.input(2));
            body.writes("y", call.output(0));
            body.loop("i", Sizes.product(dims), () -> body.line("y[i] = x[i];"));
            body.loop("row", Sizes.product(of, 0, of.length - 1), () -> {
                body.line("int32_t from = 0;");
                point(body, places, "row", dims, 0, depth);
                body.loop(
                        "k",
                        inner,
                        () -> body.line(put(
                                call, "from + k", "updates[" + Index.of(new long[] {0, inner}, "row", "k") + "]")));
            });
        });
    }

    private static void oneHot(Call call) {
        long[] made = call.outputDims(0);
        int axis = Sizes.axis(call.attribute("axis", -1), made.length);
        long outer = Sizes.product(made, 0, axis);
        long depth = made[axis];
        long inner = Sizes.product(made, axis + 1, made.length);
        call.function(body -> {
            Body.Variable places = body.reads("places", call.input(0));
            body.reads("values", call.input(2));
            body.writes("y", call.output(0));
            body.loop(
                    "i",
                    outer,
                    () -> body.loop(
                            "j",
                            depth,
                            () -> body.loop("k", inner, () -> {
                                body.line("int32_t hot = (int32_t)"
                                        + places.at(Index.of(new long[] {0, inner}, "i", "k")) + ";");
                                body.line("y[%s] = values[hot == j || hot == j - %d ? 1 : 0];"
                                        .formatted(Index.of(new long[] {0, depth, inner}, "i", "j", "k"), depth));
                            })));
        });
    }

    private static void best(Call call, String better) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", 0), dims.length);
        long outer = Sizes.product(dims, 0, axis);
        long inner = Sizes.product(dims, axis + 1, dims.length);
        String compare = better + (call.attribute("select_last_index", 0) != 0 ? "=" : "");
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            body.loop(
                    "i",
                    outer,
                    () -> body.loop("k", inner, () -> {
                        body.line("int32_t best = 0;");
                        body.loop(
                                "j",
                                dims[axis],
                                () -> body.when(
                                        "%s %s %s"
                                                .formatted(
                                                        x.at(Index.of(
                                                                new long[] {0, dims[axis], inner}, "i", "j", "k")),
                                                        compare,
                                                        x.at(Index.of(
                                                                new long[] {0, dims[axis], inner}, "i", "best", "k"))),
                                        () -> body.line("best = j;")));
                        body.line("y[" + Index.of(new long[] {0, inner}, "i", "k") + "] = best;");
                    }));
        });
    }

    /** The best, then the best of those that come after it in the order, and so on: nothing is moved. */
    private static void top(Call call) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", -1), dims.length);
        long size = dims[axis];
        long outer = Sizes.product(dims, 0, axis);
        long inner = Sizes.product(dims, axis + 1, dims.length);
        long count = call.outputDims(0)[axis];
        String better = call.attribute("largest", 1) != 0 ? ">" : "<";
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("values", call.output(0));
            body.writes("places", call.output(1));
            body.loop(
                    "i",
                    outer,
                    () -> body.loop("k", inner, () -> {
                        body.line("int32_t last = -1;");
                        body.loop("n", count, () -> {
                            body.line("int32_t best = -1;");
                            body.loop("j", size, () -> {
                                String at = Index.of(new long[] {0, size, inner}, "i", "j", "k");
                                String of = x.at(at);
                                String lastOf = x.at(Index.of(new long[] {0, size, inner}, "i", "last", "k"));
                                String bestOf = x.at(Index.of(new long[] {0, size, inner}, "i", "best", "k"));
                                body.line("int taken = last >= 0 && (%s %s %s || (%s == %s && j <= last));"
                                        .formatted(of, better, lastOf, of, lastOf));
                                body.when(
                                        "!taken && (best < 0 || %s %s %s)".formatted(of, better, bestOf),
                                        () -> body.line("best = j;"));
                            });
                            String to = Index.of(new long[] {0, count, inner}, "i", "n", "k");
                            body.line("last = best < 0 ? 0 : best; /* what can't be compared comes last */");
                            body.line(y.set(to, x.at(Index.of(new long[] {0, size, inner}, "i", "last", "k"))));
                            body.line("places[" + to + "] = last;");
                        });
                    }));
        });
    }

    private static void running(Call call) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.needed(1).longAt(0), dims.length);
        boolean isExclusive = call.attribute("exclusive", 0) != 0;
        boolean isReversed = call.attribute("reverse", 0) != 0;
        long size = dims[axis];
        long inner = Sizes.product(dims, axis + 1, dims.length);
        DataType type = call.type(0);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.loop(
                    "i",
                    Sizes.product(dims, 0, axis),
                    () -> body.loop("k", inner, () -> {
                        body.line(Numbers.sum(type) + " sum = 0;");
                        body.loop("step", size, () -> {
                            body.line("int32_t j = " + (isReversed ? size - 1 + " - step" : "step") + ";");
                            String at = Index.of(new long[] {0, size, inner}, "i", "j", "k");
                            String store = y.set(at, Numbers.as(type, "sum"));
                            String add = "sum += " + x.at(at) + ";";
                            body.line(isExclusive ? store : add).line(isExclusive ? add : store);
                        });
                    }));
        });
    }
}
