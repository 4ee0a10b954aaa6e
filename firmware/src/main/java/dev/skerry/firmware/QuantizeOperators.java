package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Map;

/** Between real numbers and integers. */
final class QuantizeOperators {
    static final Map<String, Operator> ALL = Map.of(
            "QuantizeLinear", QuantizeOperators::quantize,
            "DequantizeLinear", QuantizeOperators::dequantize,
            "DynamicQuantizeLinear", QuantizeOperators::byRange);

    private QuantizeOperators() {}

    /** Goes over all elements; {@code grid} is the place of their scale and zero point. */
    private static void over(Call call, Body body, java.util.function.BiConsumer<String, String> each) {
        long[] dims = call.dims(0);
        long[] grids = call.dims(1);
        long[] steps = new long[dims.length];
        long block = call.attribute("block_size", 0);
        if (call.input(1).elements() > 1) {
            int axis = Sizes.axis(call.attribute("axis", 1), dims.length);
            if (block == 0) {
                steps[axis] = 1;
            } else {
                long[] own = Sizes.strides(grids);
                long[] sizes = {Sizes.product(dims, 0, axis), dims[axis], Sizes.product(dims, axis + 1, dims.length)};
                body.loop(
                        "i",
                        sizes[0],
                        () -> body.loop(
                                "j",
                                sizes[1],
                                () -> body.loop(
                                        "k",
                                        sizes[2],
                                        () -> each.accept(
                                                Index.of(sizes, "i", "j", "k"),
                                                "i * %d + j / %d * %d + k"
                                                        .formatted(grids[axis] * own[axis], block, own[axis])))));
                return;
            }
        }
        Nest.over(dims)
                .with(0, Sizes.strides(dims))
                .with(0, steps)
                .run(body, at -> each.accept(at.getFirst(), at.getLast()));
    }

    private static void quantize(Call call) {
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            over(
                    call,
                    body,
                    (at, grid) -> Quantized.store(
                            body,
                            y,
                            at,
                            "(float)%s / %s".formatted(x.at(at), Quantized.along(call, body, "scale", 1, grid)),
                            Quantized.along(call, body, "zero", 2, grid)));
        });
    }

    private static void dequantize(Call call) {
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            over(call, body, (at, grid) -> {
                String zero = Quantized.along(call, body, "zero", 2, grid);
                body.line(y.set(
                        at,
                        "(float)%s * %s"
                                .formatted(
                                        Quantized.centred(x.at(at), zero).replace("(int32_t)", ""),
                                        Quantized.along(call, body, "scale", 1, grid))));
            });
        });
    }

    /** On the grid of 256 steps that holds all elements, and 0. */
    private static void byRange(Call call) {
        long count = call.input(0).elements();
        call.function(body -> {
            body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.writes("scale", call.output(1));
            Body.Variable zero = body.writes("zero", call.output(2));
            body.line("float least = 0;").line("float most = 0;");
            body.loop(
                    "i",
                    count,
                    () -> body.line("least = x[i] < least ? x[i] : least;").line("most = x[i] > most ? x[i] : most;"));
            body.line("float step = (most - least) / 255.0f;");
            body.line("scale[0] = step;");
            body.line("step = step == 0 ? 1 : step;");
            Quantized.store(body, zero, "0", "-least / step", "0");
            body.loop("i", count, () -> Quantized.store(body, y, "i", "x[i] / step", "zero[0]"));
        });
        if (call.outputType(0) != DataType.UINT8) {
            throw call.unsupported("it gives " + call.outputType(0).label() + ", not uint8");
        }
    }
}
