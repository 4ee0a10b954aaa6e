package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Arrays;
import java.util.Map;

/** Convolutions over any number of axes. */
final class ConvolutionOperators {
    static final Map<String, Operator> ALL = Map.of(
            "Conv", ConvolutionOperators::real,
            "ConvInteger", ConvolutionOperators::integer,
            "QLinearConv", ConvolutionOperators::quantized,
            "ConvTranspose", ConvolutionOperators::transposed);

    private ConvolutionOperators() {}

    /** The parts in which integer and real convolutions differ; {@code channel} is that of the output. */
    private interface Arithmetic {
        String sum();

        String start(Body body, String channel);

        String product(Body body, String x, String w, String channel);

        void store(Body body, Body.Variable y, String at, String channel);
    }

    private static void real(Call call) {
        String sum = Numbers.sum(call.type(0));
        convolve(call, 0, 1, new Arithmetic() {
            @Override
            public String sum() {
                return sum;
            }

            @Override
            public String start(Body body, String channel) {
                return call.has(2) ? body.reads("bias", call.input(2)).at(channel) : "0";
            }

            @Override
            public String product(Body body, String x, String w, String channel) {
                return x + " * " + w;
            }

            @Override
            public void store(Body body, Body.Variable y, String at, String channel) {
                body.line(y.set(at, "sum"));
            }
        });
    }

    private static void integer(Call call) {
        convolve(call, 0, 1, new OfIntegers(call, 2, 3, -1) {
            @Override
            public void store(Body body, Body.Variable y, String at, String channel) {
                body.line(y.set(at, "sum"));
            }
        });
    }

    private static void quantized(Call call) {
        convolve(call, 0, 3, new OfIntegers(call, 2, 5, 8) {
            @Override
            public void store(Body body, Body.Variable y, String at, String channel) {
                Quantized.store(
                        body,
                        y,
                        at,
                        "(float)sum * (%s * %s / %s)"
                                .formatted(
                                        body.number("x_scale", call.input(1)),
                                        Quantized.along(call, body, "w_scale", 4, channel),
                                        body.number("y_scale", call.input(6))),
                        Quantized.zero(call, body, "y_zero", 7));
            }
        });
    }

    /** Sums of 32 bits; inputs of the node that hold zero points, and the bias where it may have one. */
    private abstract static class OfIntegers implements Arithmetic {
        private final Call call;
        private final int zeroOfX;
        private final int zeroOfW;
        private final int bias;

        OfIntegers(Call call, int zeroOfX, int zeroOfW, int bias) {
            this.call = call;
            this.zeroOfX = zeroOfX;
            this.zeroOfW = zeroOfW;
            this.bias = bias;
        }

        @Override
        public String sum() {
            return "int32_t";
        }

        @Override
        public String start(Body body, String channel) {
            return bias >= 0 && call.has(bias)
                    ? body.reads("bias", call.input(bias)).at(channel)
                    : "0";
        }

        @Override
        public String product(Body body, String x, String w, String channel) {
            return Quantized.centred(x, Quantized.zero(call, body, "x_zero", zeroOfX)) + " * "
                    + Quantized.centred(w, Quantized.along(call, body, "w_zero", zeroOfW, channel));
        }
    }

    private static void convolve(Call call, int input, int weight, Arithmetic arithmetic) {
        long[] dims = call.dims(input);
        long[] of = call.dims(weight);
        long[] made = call.outputDims(0);
        Sliding window = Sliding.of(call, spatial(dims), spatial(made), spatial(of));
        long groups = call.attribute("group", 1);
        long filters = made[1] / groups;
        long channels = of[1];
        long macs = Sizes.product(made) * channels * window.area();
        call.function(macs, body -> {
            Body.Variable x = body.reads("x", call.input(input));
            Body.Variable w = body.reads("w", call.input(weight));
            Body.Variable y = body.writes("y", call.output(0));
            body.each(
                    "n",
                    dims[0],
                    n -> body.each(
                            "g",
                            groups,
                            g -> body.each(
                                    "m",
                                    filters,
                                    m -> window.places(body, () -> {
                                        String channel = Index.of(new long[] {0, filters}, g, m);
                                        body.line("%s sum = %s;"
                                                .formatted(arithmetic.sum(), arithmetic.start(body, channel)));
                                        body.each(
                                                "c",
                                                channels,
                                                c -> window.kernel(body, () -> {
                                                    String ofX = Index.of(
                                                            Sliding.sizes(window.in(), dims[0], groups, channels),
                                                            window.at("p", n, g, c));
                                                    String ofW = Index.of(
                                                            Sliding.sizes(window.kernel(), groups, filters, channels),
                                                            window.at("k", g, m, c));
                                                    body.line("sum += "
                                                            + arithmetic.product(body, x.at(ofX), w.at(ofW), channel)
                                                            + ";");
                                                }));
                                        String at = Index.of(
                                                Sliding.sizes(window.out(), dims[0], groups, filters),
                                                window.at("o", n, g, m));
                                        arithmetic.store(body, y, at, channel);
                                    }))));
        });
    }

    static long[] spatial(long... dims) {
        return Arrays.copyOfRange(dims, 2, dims.length);
    }

    /** Each output gathers what falls on it, so that nothing has to be cleared before. */
    private static void transposed(Call call) {
        long[] dims = call.dims(0);
        long[] of = call.dims(1);
        long[] made = call.outputDims(0);
        long[] kernel = spatial(of);
        long[] in = spatial(dims);
        long[] out = spatial(made);
        int axes = kernel.length;
        long[] ones = new long[axes];
        Arrays.fill(ones, 1);
        long[] strides = call.attribute("strides", ones);
        long[] dilations = call.attribute("dilations", ones);
        long[] before = paddingOfTransposed(call, in, out, kernel, strides, dilations);
        long groups = call.attribute("group", 1);
        long channels = dims[1] / groups;
        long filters = of[1];
        DataType type = call.type(0);
        call.function(Sizes.product(dims) * filters * Sizes.product(kernel), body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable w = body.reads("w", call.input(1));
            Body.Variable y = body.writes("y", call.output(0));
            var window = new Sliding(in, out, kernel, strides, dilations, before, before);
            body.each(
                    "n",
                    dims[0],
                    n -> body.each(
                            "g",
                            groups,
                            g -> body.each(
                                    "m",
                                    filters,
                                    m -> window.places(body, () -> {
                                        String channel = Index.of(new long[] {0, filters}, g, m);
                                        String start = call.has(2)
                                                ? body.reads("bias", call.input(2))
                                                        .at(channel)
                                                : "0";
                                        body.line("%s sum = %s;".formatted(Numbers.sum(type), start));
                                        body.each(
                                                "c",
                                                channels,
                                                c -> fallen(body, window, 0, () -> {
                                                    String ofX = Index.of(
                                                            Sliding.sizes(in, dims[0], groups, channels),
                                                            window.at("p", n, g, c));
                                                    String ofW = Index.of(
                                                            Sliding.sizes(kernel, groups, channels, filters),
                                                            window.at("k", g, c, m));
                                                    body.line("sum += " + x.at(ofX) + " * " + w.at(ofW) + ";");
                                                }));
                                        body.line(y.set(
                                                Index.of(
                                                        Sliding.sizes(out, dims[0], groups, filters),
                                                        window.at("o", n, g, m)),
                                                "sum"));
                                    }))));
        });
    }

    private static void fallen(Body body, Sliding window, int axis, Runnable inner) {
        if (axis == window.axes()) {
            inner.run();
            return;
        }
        long stride = window.strides()[axis];
        body.loop("k" + axis, window.kernel()[axis], () -> {
            body.line("int32_t t%d = o%d + %d - k%d * %d;"
                    .formatted(axis, axis, window.before()[axis], axis, window.dilations()[axis]));
            String t = "t" + axis;
            body.when(
                    "%s < 0 || %s %% %d != 0 || %s >= %d".formatted(t, t, stride, t, window.in()[axis] * stride),
                    () -> body.line("continue;"));
            body.line("int32_t p%d = %s / %d;".formatted(axis, t, stride));
            fallen(body, window, axis + 1, inner);
        });
    }

    private static long[] paddingOfTransposed(
            Call call, long[] in, long[] out, long[] kernel, long[] strides, long[] dilations) {
        int axes = kernel.length;
        String padding = call.attribute("auto_pad", "NOTSET");
        long[] more = call.attribute("output_padding", new long[axes]);
        boolean isAsked = call.node().intsAttribute("output_shape").isPresent();
        if (!isAsked && !padding.startsWith("SAME")) {
            return Arrays.copyOf(call.attribute("pads", new long[2 * axes]), axes);
        }
        long[] before = new long[axes];
        for (int axis = 0; axis < axes; axis++) {
            long whole = strides[axis] * (in[axis] - 1) + more[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
            long cut = Math.max(0, whole - out[axis]);
            before[axis] = padding.equals("SAME_UPPER") ? cut / 2 : cut - cut / 2;
        }
        return before;
    }
}
