package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.CHANNELS_FIRST;
import static dev.skerry.model.TfliteLayout.DECLARED;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that bring whole axes together. */
final class TfliteReductions {
    private TfliteReductions() {}

    /** Field of the options: whether dimensions are kept 0. */
    static void reduce(TfliteCall call, String op) {
        int x = call.in(0);
        int rank = call.rank(x);
        boolean keeps = call.flag(0);
        int[] axes = Arrays.stream(call.constantLongs(1))
                .mapToInt(axis -> call.axis(axis, rank))
                .distinct()
                .sorted()
                .toArray();
        boolean first =
                rank == 4 && !call.values().lies(x, DECLARED) && (keeps || Arrays.equals(axes, new int[] {1, 2}));
        TfliteLayout layout = first ? CHANNELS_FIRST : DECLARED;
        // without the dimensions, batch and channels remain, in which both layouts agree
        TfliteLayout after = keeps ? layout : DECLARED;
        long[] placed = Arrays.stream(axes).mapToLong(layout::axis).sorted().toArray();
        String value = call.values().real(x, layout);
        List<String> inputs = placed.length == 0 ? List.of(value) : List.of(value, call.longs("axes", placed));
        Map<String, Attribute> attributes = placed.length == 0
                ? Map.of("keepdims", Attribute.of(1), "noop_with_empty_axes", Attribute.of(1))
                : Map.of("keepdims", Attribute.of(keeps ? 1 : 0));
        call.values().realFrom(call.out(0), after, name -> call.node(op, inputs, name, attributes));
    }

    /** Field: type of the result 0, which is 32-bit where nothing is said. The order of stored numbers is that of the real ones. */
    static void arg(TfliteCall call, String op) {
        int x = call.in(0);
        int axis = call.axis(call.constantLongs(1)[0], call.rank(x));
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(axis), "keepdims", Attribute.of(0));
        List<String> inputs = List.of(call.values().stored(x, DECLARED));
        if (call.tensor(call.out(0)).type() == DataType.INT64) {
            call.values().storedFrom(call.out(0), DECLARED, name -> call.node(op, inputs, name, attributes));
            return;
        }
        String index = call.step(op, inputs, attributes);
        call.values()
                .storedFrom(
                        call.out(0),
                        DECLARED,
                        name -> call.node(
                                "Cast", List.of(index), name, Map.of("to", Attribute.of(DataType.INT32.code()))));
    }

    /** Inputs: value, how many. Along the last axis; where they were is told in 32 bits, or 16. */
    static void topK(TfliteCall call) {
        List<String> inputs =
                List.of(call.values().real(call.in(0), DECLARED), call.longs("k", call.constantLongs(1)[0]));
        String index = call.between("index");
        call.values()
                .realFrom(call.out(0), DECLARED, name -> call.node("TopK", inputs, List.of(name, index), Map.of()));
        DataType type = call.tensor(call.out(1)).type();
        Map<String, Attribute> to = Map.of("to", Attribute.of((type == null ? DataType.INT32 : type).code()));
        call.values().storedFrom(call.out(1), DECLARED, name -> call.node("Cast", List.of(index), name, to));
    }

    /** Field: beta 0, by which the input is multiplied. Along the last axis. */
    static void softmax(TfliteCall call) {
        float beta = call.realOption(0, 0);
        int x = call.in(0);
        TfliteLayout layout = call.meeting(x);
        String value = call.values().real(x, layout);
        String scaled = beta == 1 ? value : call.step("Mul", List.of(value, call.scalar("beta", beta)));
        along(call, layout, "Softmax", scaled);
    }

    static void logSoftmax(TfliteCall call) {
        TfliteLayout layout = call.meeting(call.in(0));
        along(call, layout, "LogSoftmax", call.values().real(call.in(0), layout));
    }

    private static void along(TfliteCall call, TfliteLayout layout, String op, String value) {
        Map<String, Attribute> attributes =
                Map.of("axis", Attribute.of(layout == DECLARED ? -1 : layout.axis(call.rank(call.in(0)) - 1)));
        call.values().realFrom(call.out(0), layout, name -> call.node(op, List.of(value), name, attributes));
    }

    /** Along the last axis. */
    static void l2Normalization(TfliteCall call) {
        TfliteLayout layout = call.meeting(call.in(0));
        along(call, layout, "LpNormalization", call.values().real(call.in(0), layout));
    }

    /** Fields: exclusive 0, reverse 1. */
    static void cumSum(TfliteCall call) {
        long[] axis = call.constantLongs(1);
        List<String> inputs = List.of(call.values().real(call.in(0), DECLARED), call.longs("axis", axis));
        Map<String, Attribute> attributes =
                Map.of("exclusive", Attribute.of(call.byteOption(0)), "reverse", Attribute.of(call.byteOption(1)));
        call.values().realFrom(call.out(0), DECLARED, name -> call.node("CumSum", inputs, name, attributes));
    }
}
