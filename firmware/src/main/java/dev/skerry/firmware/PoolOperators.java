package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** What lies in a window, or in all of a channel, as one number. */
final class PoolOperators {
    static final Map<String, Operator> ALL = Map.of(
            "MaxPool", call -> most(call, window(call)),
            "GlobalMaxPool", call -> most(call, whole(call)),
            "AveragePool", call -> mean(call, window(call)),
            "GlobalAveragePool", call -> mean(call, whole(call)),
            "LpPool", call -> norm(call, window(call)),
            "GlobalLpPool", call -> norm(call, whole(call)),
            "MaxUnpool", PoolOperators::unpool);

    private PoolOperators() {}

    private static Sliding window(Call call) {
        return Sliding.of(
                call,
                ConvolutionOperators.spatial(call.dims(0)),
                ConvolutionOperators.spatial(call.outputDims(0)),
                call.attribute("kernel_shape", new long[0]));
    }

    private static Sliding whole(Call call) {
        long[] in = ConvolutionOperators.spatial(call.dims(0));
        long[] ones = new long[in.length];
        Arrays.fill(ones, 1);
        return new Sliding(in, ones, in, ones, ones, new long[in.length], new long[in.length]);
    }

    /** For each channel {@code c} of all images and each place: {@code before}, {@code each} over the window, {@code after}. */
    private static void pool(Call call, Body body, Sliding window, Runnable before, Runnable each, Runnable after) {
        long[] dims = call.dims(0);
        body.loop(
                "c",
                dims[0] * dims[1],
                () -> window.places(body, () -> {
                    before.run();
                    window.kernel(body, each);
                    after.run();
                }));
    }

    private static String in(Sliding window) {
        return Index.of(Sliding.sizes(window.in(), 0), window.at("p", "c"));
    }

    private static String out(Sliding window) {
        return Index.of(Sliding.sizes(window.out(), 0), window.at("o", "c"));
    }

    private static void most(Call call, Sliding window) {
        DataType type = call.type(0);
        boolean tellsPlaces = call.outputs() > 1 && call.gives(1);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            if (tellsPlaces) {
                body.writes("places", call.output(1));
            }
            pool(
                    call,
                    body,
                    window,
                    () -> {
                        body.line("%s most = %s;".formatted(x.computed(), Numbers.least(type)));
                        if (tellsPlaces) {
                            body.line("int32_t place = -1;");
                        }
                    },
                    () -> {
                        body.line("%s a = %s;".formatted(x.computed(), x.at(in(window))));
                        if (tellsPlaces) {
                            body.when(
                                    "a > most || place < 0",
                                    () -> body.line("most = a;").line("place = " + place(call, window) + ";"));
                        } else {
                            body.line("most = a > most ? a : most;");
                        }
                    },
                    () -> {
                        body.line(y.set(out(window), "most"));
                        if (tellsPlaces) {
                            body.line("places[" + out(window) + "] = place;");
                        }
                    });
        });
    }

    /** The index in the whole input; with the columns ahead of the rows where the node asks for that. */
    private static String place(Call call, Sliding window) {
        if (call.attribute("storage_order", 0) == 0) {
            return in(window);
        }
        int axes = window.axes();
        long[] sizes = IntStream.range(0, axes)
                .mapToLong(axis -> window.in()[axes - 1 - axis])
                .toArray();
        String[] at = new String[axes + 1];
        at[0] = "c";
        for (int axis = 0; axis < axes; axis++) {
            at[axis + 1] = "p" + (axes - 1 - axis);
        }
        return Index.of(Sliding.sizes(sizes, 0), at);
    }

    private static void mean(Call call, Sliding window) {
        boolean countsPadding = call.attribute("count_include_pad", 0) != 0;
        DataType type = call.type(0);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            pool(
                    call,
                    body,
                    window,
                    () -> body.line(Numbers.sum(type) + " sum = 0;").line("int32_t count = 0;"),
                    () -> {
                        body.line("sum += " + x.at(in(window)) + ";");
                        body.line("count++;");
                    },
                    () -> {
                        if (countsPadding) {
                            body.line("count = " + padded(window) + ";");
                        }
                        body.line(y.set(out(window), "sum / (%s)count".formatted(Numbers.sum(type))));
                    });
        });
    }

    /** How many places of a window lie in the input or its padding: those beyond, which rounding up adds, don't count. */
    private static String padded(Sliding window) {
        var product = new StringBuilder();
        for (int axis = 0; axis < window.axes(); axis++) {
            long end = window.in()[axis] + window.before()[axis] + window.after()[axis];
            long kernel = window.kernel()[axis];
            long stride = window.strides()[axis];
            long dilation = window.dilations()[axis];
            boolean isInside = (window.out()[axis] - 1) * stride + (kernel - 1) * dilation < end;
            String left = "(%d - o%d * %d)".formatted(end + dilation - 1, axis, stride);
            String fitting = dilation == 1 ? left : left + " / " + dilation;
            String count = isInside
                    ? Long.toString(kernel)
                    : "(%s < %d ? %s : %d)".formatted(fitting, kernel, fitting, kernel);
            product.append(axis == 0 ? "" : " * ").append(count);
        }
        return product.toString();
    }

    private static void norm(Call call, Sliding window) {
        long p = call.attribute("p", 2);
        String f = Numbers.suffix(call.type(0));
        String literal = Numbers.literal(call.type(0), (double) p);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            pool(
                    call,
                    body,
                    window,
                    () -> body.line(x.computed() + " sum = 0;"),
                    () -> body.line("sum += pow%s(fabs%s(%s), %s);".formatted(f, f, x.at(in(window)), literal)),
                    () -> body.line(y.set(out(window), "pow%s(sum, 1 / %s)".formatted(f, literal))));
        });
    }

    /** Puts each number where it once was the largest. */
    private static void unpool(Call call) {
        long size = Sizes.product(call.outputDims(0));
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long[] kernel = call.attribute("kernel_shape", new long[0]);
        long[] ones = new long[kernel.length];
        Arrays.fill(ones, 1);
        long[] strides = call.attribute("strides", ones);
        long[] pads = call.attribute("pads", new long[2 * kernel.length]);
        // the places are those of the tensor that was pooled, which may be smaller than what is asked for
        long[] pooled = made.clone();
        for (int axis = 0; axis < kernel.length; axis++) {
            pooled[axis + 2] =
                    (dims[axis + 2] - 1) * strides[axis] - pads[axis] - pads[axis + kernel.length] + kernel[axis];
        }
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable places = body.reads("places", call.input(1));
            Body.Variable y = body.writes("y", call.output(0));
            body.loop("i", size, () -> body.line(y.set("i", "0")));
            body.loop("i", Sizes.product(dims), () -> {
                body.line("int32_t place = skerry_place(%s, %d);".formatted(places.at("i"), Sizes.product(pooled)));
                if (!Arrays.equals(pooled, made)) {
                    var terms = new StringBuilder("0");
                    long[] from = Sizes.strides(pooled);
                    long[] to = Sizes.strides(made);
                    for (int axis = 0; axis < pooled.length; axis++) {
                        terms.append(" + place / %d %% %d * %d".formatted(from[axis], pooled[axis], to[axis]));
                    }
                    body.line("place = " + terms.substring(4) + ";");
                }
                body.line(y.set("place", x.at("i")));
            });
        });
    }
}
