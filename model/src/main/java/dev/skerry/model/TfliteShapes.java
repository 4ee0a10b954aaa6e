package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.CHANNELS_FIRST;
import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that move elements without changing them; quantized ones are moved as they are stored. */
final class TfliteShapes {
    private TfliteShapes() {}

    /** Whether stored numbers mean the same in both tensors. */
    static boolean sameScales(TfliteCall call, int from, int to) {
        TfliteScales one = call.tensor(from).scales();
        TfliteScales other = call.tensor(to).scales();
        return one == null || other == null || one.sameAs(other);
    }

    static void requireSameScales(TfliteCall call, int from, int to) {
        if (!sameScales(call, from, to)) {
            throw call.refuse("input and output have different scales");
        }
    }

    /** Reshape, Squeeze and ExpandDims alike: the file says what comes out. */
    static void reshape(TfliteCall call) {
        TfliteValues values = call.values();
        int x = call.in(0);
        requireSameScales(call, x, call.out(0));
        Tensor constant = values.constant(x);
        long[] dims = call.dims(call.out(0));
        if (constant != null && Arrays.stream(dims).allMatch(size -> size >= 0)) {
            requireElements(call, constant.elements(), dims);
            values.constant(call.out(0), constant.reshape(dims));
            return;
        }
        String shape;
        if (Arrays.stream(dims).filter(size -> size < 0).count() <= 1) {
            shape = call.longs("shape", dims);
        } else if (call.has(1)) {
            shape = call.step(
                    "Cast",
                    List.of(values.stored(call.in(1), DECLARED)),
                    Map.of("to", Attribute.of(DataType.INT64.code())));
        } else {
            throw call.refuse("more than one size of its output is unknown");
        }
        String from = values.flat(x);
        values.storedFrom(
                call.out(0),
                DECLARED,
                name -> call.node("Reshape", List.of(from, shape), name, Map.of("allowzero", Attribute.of(1))));
    }

    private static void requireElements(TfliteCall call, long elements, long[] dims) {
        long wanted = 1;
        for (long dim : dims) {
            wanted = Math.multiplyExact(wanted, dim);
        }
        if (wanted != elements) {
            throw call.refuse(elements + " elements don't make " + Arrays.toString(dims));
        }
    }

    static void transpose(TfliteCall call) {
        TfliteValues values = call.values();
        int x = call.in(0);
        requireSameScales(call, x, call.out(0));
        long[] order = call.constantLongs(1);
        int rank = call.rank(x);
        if (order.length != rank
                || !Arrays.equals(
                        Arrays.stream(order).sorted().toArray(),
                        java.util.stream.LongStream.range(0, rank).toArray())) {
            throw call.refuse("its order " + Arrays.toString(order) + " isn't one of " + rank + " axes");
        }
        Tensor constant = values.constant(x);
        if (constant != null) {
            values.constant(
                    call.out(0),
                    Transposition.of(
                            constant,
                            Arrays.stream(order).mapToInt(axis -> (int) axis).toArray()));
            return;
        }
        TfliteLayout layout = rank == 4 && !values.lies(x, DECLARED) ? CHANNELS_FIRST : DECLARED;
        long[] placed = layout.ordered(order);
        for (int i = 0; i < placed.length; i++) {
            placed[i] = layout.axis((int) placed[i]);
        }
        String from = values.stored(x, layout);
        values.storedFrom(
                call.out(0),
                layout,
                name -> call.node("Transpose", List.of(from), name, Map.of("perm", Attribute.ofInts(placed))));
    }

    /** A shape that the file knows is a constant. */
    static void shape(TfliteCall call) {
        long[] dims = call.knownDims(call.in(0));
        DataType type = call.tensor(call.out(0)).type() == DataType.INT64 ? DataType.INT64 : DataType.INT32;
        call.values().constant(call.out(0), Numbers.of("", type, new long[] {dims.length}, dims));
    }

    static void tile(TfliteCall call) {
        requireSameScales(call, call.in(0), call.out(0));
        List<String> inputs =
                List.of(call.values().stored(call.in(0), DECLARED), call.longs("repeats", call.constantLongs(1)));
        call.values().storedFrom(call.out(0), DECLARED, name -> call.node("Tile", inputs, name));
    }

    static void broadcastTo(TfliteCall call) {
        requireSameScales(call, call.in(0), call.out(0));
        expand(call, call.in(0), call.constantLongs(1));
    }

    static void fill(TfliteCall call) {
        expand(call, call.in(1), call.constantLongs(0));
    }

    private static void expand(TfliteCall call, int from, long[] dims) {
        List<String> inputs = List.of(call.values().stored(from, DECLARED), call.longs("shape", dims));
        call.values().storedFrom(call.out(0), DECLARED, name -> call.node("Expand", inputs, name));
    }
}
