package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that make one number of all that lie along some axes. */
final class ReduceOperators {
    static final Map<String, Operator> ALL = Map.ofEntries(
            Map.entry("ReduceSum", of("s += a;", "s")),
            Map.entry("ReduceMean", of("s += a;", "s / COUNT")),
            Map.entry("ReduceProd", of("s *= a;", "s")),
            Map.entry("ReduceMax", of("s = a > s ? a : s;", "s")),
            Map.entry("ReduceMin", of("s = a < s ? a : s;", "s")),
            Map.entry("ReduceL1", of("s += a < 0 ? -a : a;", "s")),
            Map.entry("ReduceL2", of("s += a * a;", "sqrt@(s)")),
            Map.entry("ReduceSumSquare", of("s += a * a;", "s")),
            Map.entry("ReduceLogSum", of("s += a;", "log@(s)")),
            Map.entry("ReduceLogSumExp", of("s += exp@(a - most);", "log@(s) + most")));

    private ReduceOperators() {}

    /**
     * @param each the statement that brings element {@code a} into {@code s}
     * @param result what comes of {@code s}; {@code COUNT} is the number of elements
     */
    private static Operator of(String each, String result) {
        return call -> write(call, each, result);
    }

    private static void write(Call call, String each, String result) {
        Operand input = call.input(0);
        long[] dims = input.dims();
        boolean[] isReduced = new boolean[dims.length];
        for (long axis : axes(call, dims.length)) {
            isReduced[Sizes.axis(axis, dims.length)] = true;
        }
        long[] strides = Sizes.strides(dims);
        long[] kept = pick(dims, isReduced, false);
        long[] keptSteps = pick(strides, isReduced, false);
        long[] reduced = pick(dims, isReduced, true);
        long[] reducedSteps = pick(strides, isReduced, true);
        DataType type = input.type();
        call.function(body -> {
            Body.Variable x = body.reads("x", input);
            Body.Variable y = body.writes("y", call.output(0));
            Nest.over(kept).with(0, keptSteps).with(0, Sizes.strides(kept)).run(body, at -> {
                String sum = each.contains("a > s") || each.contains("a < s") ? x.computed() : Numbers.sum(type);
                if (each.contains("most")) {
                    body.line(x.computed() + " most = -INFINITY;");
                    new Nest("rtuvwz", reduced).with(0, reducedSteps).run(body, in -> {
                        body.line(x.computed() + " a = " + x.at(plus(at.getFirst(), in.getFirst())) + ";");
                        body.line("most = a > most ? a : most;");
                    });
                }
                body.line(sum + " s = " + start(each, type) + ";");
                new Nest("rtuvwz", reduced).with(0, reducedSteps).run(body, in -> {
                    body.line(sum + " a = " + x.at(plus(at.getFirst(), in.getFirst())) + ";");
                    body.line(each.replace("@", Numbers.suffix(type)));
                });
                String count =
                        Numbers.literal(Numbers.isReal(type) ? type : DataType.INT32, (double) Sizes.product(reduced));
                String value = result.replace("COUNT", count).replace("@", Numbers.suffix(type));
                body.line(y.set(at.getLast(), Numbers.as(type, value)));
            });
        });
    }

    private static String start(String each, DataType type) {
        return each.contains("*= a")
                ? "1"
                : each.contains("a > s") ? Numbers.least(type) : each.contains("a < s") ? Numbers.most(type) : "0";
    }

    /** The sum of two indices, of which one may be nothing. */
    static String plus(String outer, String inner) {
        return inner.equals("0") ? outer : outer.equals("0") ? inner : outer + " + " + inner;
    }

    private static long[] pick(long[] values, boolean[] isReduced, boolean wanted) {
        return IntStream.range(0, values.length)
                .filter(axis -> isReduced[axis] == wanted)
                .mapToLong(axis -> values[axis])
                .toArray();
    }

    /** From the attribute, or from the second input in newer operator sets; none means all, unless the node says otherwise. */
    private static Iterable<Long> axes(Call call, int rank) {
        long[] given = call.has(1) ? call.integers(1) : call.attribute("axes", new long[0]);
        boolean all = given.length == 0 && call.attribute("noop_with_empty_axes", 0) == 0;
        LongStream axes = all ? LongStream.range(0, rank) : LongStream.of(given);
        return new TreeSet<>(axes.boxed().toList());
    }
}
