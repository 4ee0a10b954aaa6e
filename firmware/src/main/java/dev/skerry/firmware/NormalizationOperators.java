package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that bring a group of numbers to a common scale. */
final class NormalizationOperators {
    static final Map<String, Operator> ALL = new HashMap<>();

    static {
        ALL.put("Softmax", call -> shares(call, "exp@(a - most)", "e / sum"));
        ALL.put("LogSoftmax", call -> shares(call, "exp@(a - most)", "a - most - log@(sum)"));
        ALL.put("Hardmax", NormalizationOperators::hardmax);
        ALL.put("BatchNormalization", NormalizationOperators::batch);
        ALL.put("InstanceNormalization", NormalizationOperators::instance);
        ALL.put("LayerNormalization", call -> layer(call, true));
        ALL.put("RMSNormalization", call -> layer(call, false));
        ALL.put("GroupNormalization", NormalizationOperators::group);
        ALL.put("MeanVarianceNormalization", NormalizationOperators::meanVariance);
        ALL.put("LpNormalization", NormalizationOperators::norm);
        ALL.put("LRN", NormalizationOperators::local);
    }

    private NormalizationOperators() {}

    /** [outer, size, inner] with the axis of softmax in the middle; before operator set 13 all axes after it belong to it. */
    private static long[] around(Call call) {
        long[] dims = call.dims(0);
        boolean isWhole = call.opset() < 13;
        int axis = Sizes.axis(call.attribute("axis", isWhole ? 1 : -1), dims.length);
        return isWhole
                ? new long[] {Sizes.product(dims, 0, axis), Sizes.product(dims, axis, dims.length), 1}
                : new long[] {Sizes.product(dims, 0, axis), dims[axis], Sizes.product(dims, axis + 1, dims.length)};
    }

    /**
     * @param power what is summed of element {@code a}
     * @param share the result from {@code a}, {@code most}, {@code sum}, and {@code e}, which is {@code power}
     */
    private static void shares(Call call, String power, String share) {
        long[] sizes = around(call);
        String f = Numbers.suffix(call.type(0));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.overwrites(List.of(call.input(0)), call.output(0));
            String number = x.computed();
            body.each(
                    "i",
                    sizes[0],
                    i -> body.each("k", sizes[2], k -> {
                        String at = Index.of(sizes, i, "j", k);
                        body.line(number + " most = -INFINITY;");
                        body.loop(
                                "j",
                                sizes[1],
                                () -> body.line(number + " a = " + x.at(at) + ";")
                                        .line("most = a > most ? a : most;"));
                        body.line(number + " sum = 0;");
                        body.loop(
                                "j",
                                sizes[1],
                                () -> body.line(number + " a = " + x.at(at) + ";")
                                        .line("sum += " + power.replace("@", f) + ";"));
                        body.loop(
                                "j",
                                sizes[1],
                                () -> body.line(number + " a = " + x.at(at) + ";")
                                        .line(y.set(
                                                at,
                                                share.replace("e /", power + " /")
                                                        .replace("@", f))));
                    }));
        });
    }

    private static void hardmax(Call call) {
        long[] sizes = around(call);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.each(
                    "i",
                    sizes[0],
                    i -> body.each("k", sizes[2], k -> {
                        body.line("int32_t best = 0;");
                        String at = Index.of(sizes, i, "j", k);
                        body.loop(
                                "j",
                                sizes[1],
                                () -> body.line("best = %s > %s ? j : best;"
                                        .formatted(x.at(at), x.at(Index.of(sizes, i, "best", k)))));
                        body.loop("j", sizes[1], () -> body.line(y.set(at, "j == best ? 1 : 0")));
                    }));
        });
    }

    private static void batch(Call call) {
        long[] dims = call.dims(0);
        long channels = dims.length > 1 ? dims[1] : 1;
        long[] sizes = {dims[0], channels, Sizes.product(dims, Math.min(2, dims.length), dims.length)};
        boolean trains = call.attribute("training_mode", 0) != 0;
        DataType type = call.type(0);
        String f = Numbers.suffix(type);
        String epsilon = Numbers.literal(type, call.attribute("epsilon", 1e-5f));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable scale = body.reads("scale", call.input(1));
            Body.Variable bias = body.reads("bias", call.input(2));
            Body.Variable mean = body.reads("mean", call.input(3));
            Body.Variable variance = body.reads("variance", call.input(4));
            Body.Variable y = body.writes("y", call.output(0));
            if (!trains) {
                body.overwrites(List.of(call.input(0)), call.output(0));
            }
            String number = x.computed();
            String at = Index.of(sizes, "n", "c", "i");
            body.loop("c", channels, () -> {
                if (trains) {
                    Nest inside = new Nest("ni", dims[0], sizes[2]).with(0, sizes[1] * sizes[2], 1);
                    moments(body, number, x, inside, "c * " + sizes[2], dims[0] * sizes[2], true);
                    String kept = Numbers.literal(type, call.attribute("momentum", 0.9f));
                    for (int output = 1; output < Math.min(3, call.outputs()); output++) {
                        boolean isMean = output == 1;
                        Body.Variable running =
                                body.writes(isMean ? "running_mean" : "running_variance", call.output(output));
                        body.line(running.set(
                                "c",
                                "%s * %s + (1 - %s) * %s"
                                        .formatted(
                                                isMean ? mean.at("c") : variance.at("c"),
                                                kept,
                                                kept,
                                                isMean ? "centre" : "spread")));
                    }
                } else {
                    body.line(number + " centre = " + mean.at("c") + ";");
                    body.line(number + " spread = " + variance.at("c") + ";");
                }
                body.line("%s factor = %s / sqrt%s(spread + %s);".formatted(number, scale.at("c"), f, epsilon));
                body.loop(
                        "n",
                        dims[0],
                        () -> body.loop(
                                "i",
                                sizes[2],
                                () -> body.line(
                                        y.set(at, "(%s - centre) * factor + %s".formatted(x.at(at), bias.at("c"))))));
            });
        });
    }

    /**
     * Statements that make the variables centre and spread, the mean and the variance of what a nest goes through.
     *
     * @param centres false where the mean counts as 0
     */
    private static void moments(
            Body body, String number, Body.Variable x, Nest nest, String base, long count, boolean centres) {
        body.line(number + " centre = 0;");
        if (centres) {
            nest.run(body, at -> body.line("centre += " + x.at(ReduceOperators.plus(base, at.getFirst())) + ";"));
            body.line("centre /= " + count + ";");
        }
        body.line(number + " spread = 0;");
        nest.run(body, at -> {
            String element = x.at(ReduceOperators.plus(base, at.getFirst()));
            body.line(number + " off = " + element + (centres ? " - centre" : "") + ";");
            body.line("spread += off * off;");
        });
        body.line("spread /= " + count + ";");
    }

    private static void instance(Call call) {
        long[] dims = call.dims(0);
        rows(call, dims[0] * dims[1], Sizes.product(dims, 2, dims.length), "r % " + dims[1], "r % " + dims[1]);
    }

    private static void group(Call call) {
        long[] dims = call.dims(0);
        long groups = call.attribute("num_groups", 1);
        long area = Sizes.product(dims, 2, dims.length);
        long size = dims[1] / groups * area;
        // the factors are one for each group until operator set 21, and one for each channel from then on
        String place = call.dims(1)[0] == groups && groups != dims[1]
                ? "r % " + groups
                : "r %% %d * %d + i / %d".formatted(groups, dims[1] / groups, area);
        rows(call, dims[0] * groups, size, place, place);
    }

    private static void layer(Call call, boolean centres) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", -1), dims.length);
        long rows = Sizes.product(dims, 0, axis);
        long size = Sizes.product(dims, axis, dims.length);
        DataType type = call.type(0);
        String f = Numbers.suffix(type);
        String epsilon = Numbers.literal(type, call.attribute("epsilon", 1e-5f));
        long[] scaleSteps = Sizes.broadcast(call.dims(1), dims);
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable scale = body.reads("scale", call.input(1));
            Body.Variable y = body.writes("y", call.output(0));
            String number = x.computed();
            body.loop("r", rows, () -> {
                moments(body, number, x, new Nest("i", size).with(0, 1), "r * " + size, size, centres);
                body.line("%s factor = 1 / sqrt%s(spread + %s);".formatted(number, f, epsilon));
                Nest inside = new Nest("ijklmnop", java.util.Arrays.copyOfRange(dims, axis, dims.length))
                        .with(0, java.util.Arrays.copyOfRange(Sizes.strides(dims), axis, dims.length))
                        .with(0, java.util.Arrays.copyOfRange(scaleSteps, axis, dims.length));
                inside.run(body, at -> {
                    String place = ReduceOperators.plus("r * " + size, at.getFirst());
                    String value = "(%s - centre) * factor * %s".formatted(x.at(place), scale.at(at.getLast()));
                    if (centres && call.has(2)) {
                        value += " + " + body.reads("bias", call.input(2)).at(at.getLast());
                    }
                    body.line(y.set(place, value));
                });
                for (int output = 1; output < call.outputs(); output++) {
                    if (call.gives(output)) {
                        boolean isMean = output == 1 && centres;
                        Body.Variable more = body.writes(isMean ? "means" : "factors", call.output(output));
                        body.line(more.set("r", isMean ? "centre" : "factor"));
                    }
                }
            });
        });
    }

    /** Rows of so many, each brought to mean 0 and variance 1, and then scaled; {@code r} is the row, {@code i} the place in it. */
    private static void rows(Call call, long rows, long size, String scaleAt, String biasAt) {
        DataType type = call.type(0);
        String f = Numbers.suffix(type);
        String epsilon = Numbers.literal(type, call.attribute("epsilon", 1e-5f));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable scale = body.reads("scale", call.input(1));
            Body.Variable bias = body.reads("bias", call.input(2));
            Body.Variable y = body.writes("y", call.output(0));
            body.loop("r", rows, () -> {
                moments(body, x.computed(), x, new Nest("i", size).with(0, 1), "r * " + size, size, true);
                body.line("%s factor = 1 / sqrt%s(spread + %s);".formatted(x.computed(), f, epsilon));
                body.loop(
                        "i",
                        size,
                        () -> body.line(y.set(
                                "r * " + size + " + i",
                                "(%s - centre) * factor * %s + %s"
                                        .formatted(x.at("r * " + size + " + i"), scale.at(scaleAt), bias.at(biasAt)))));
            });
        });
    }

    private static void meanVariance(Call call) {
        long[] dims = call.dims(0);
        long[] strides = Sizes.strides(dims);
        List<Long> reduced = new ArrayList<>();
        for (long axis : call.attribute("axes", new long[] {0, 2, 3})) {
            reduced.add((long) Sizes.axis(axis, dims.length));
        }
        long[] kept = pick(dims, reduced, false);
        long[] keptSteps = pick(strides, reduced, false);
        long[] inner = pick(dims, reduced, true);
        long[] innerSteps = pick(strides, reduced, true);
        String f = Numbers.suffix(call.type(0));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            Nest.over(kept).with(0, keptSteps).run(body, base -> {
                Nest nest = new Nest("rstuvw", inner).with(0, innerSteps);
                moments(body, x.computed(), x, nest, base.getFirst(), Sizes.product(inner), true);
                nest.run(body, at -> {
                    String place = ReduceOperators.plus(base.getFirst(), at.getFirst());
                    body.line(y.set(place, "(%s - centre) / (sqrt%s(spread) + 1e-9%s)".formatted(x.at(place), f, f)));
                });
            });
        });
    }

    private static long[] pick(long[] values, List<Long> axes, boolean wanted) {
        return java.util.stream.IntStream.range(0, values.length)
                .filter(axis -> axes.contains((long) axis) == wanted)
                .mapToLong(axis -> values[axis])
                .toArray();
    }

    private static void norm(Call call) {
        long[] dims = call.dims(0);
        int axis = Sizes.axis(call.attribute("axis", -1), dims.length);
        long[] sizes = {Sizes.product(dims, 0, axis), dims[axis], Sizes.product(dims, axis + 1, dims.length)};
        boolean isSum = call.attribute("p", 2) == 1;
        String f = Numbers.suffix(call.type(0));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.each(
                    "i",
                    sizes[0],
                    i -> body.each("k", sizes[2], k -> {
                        String at = Index.of(sizes, i, "j", k);
                        body.line(x.computed() + " sum = 0;");
                        body.loop(
                                "j",
                                sizes[1],
                                () -> body.line(
                                        isSum
                                                ? "sum += fabs%s(%s);".formatted(f, x.at(at))
                                                : "sum += %s * %s;".formatted(x.at(at), x.at(at))));
                        if (!isSum) {
                            body.line("sum = sqrt%s(sum);".formatted(f));
                        }
                        body.loop("j", sizes[1], () -> body.line(y.set(at, "sum == 0 ? 0 : " + x.at(at) + " / sum")));
                    }));
        });
    }

    private static void local(Call call) {
        long[] dims = call.dims(0);
        long[] sizes = {dims[0], dims[1], Sizes.product(dims, 2, dims.length)};
        long size = call.attribute("size", 1);
        DataType type = call.type(0);
        String f = Numbers.suffix(type);
        String alpha = Numbers.literal(type, call.attribute("alpha", 0.0001f));
        String beta = Numbers.literal(type, call.attribute("beta", 0.75f));
        String bias = Numbers.literal(type, call.attribute("bias", 1f));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.loop(
                    "n",
                    sizes[0],
                    () -> body.loop(
                            "c",
                            sizes[1],
                            () -> body.loop("i", sizes[2], () -> {
                                body.line(x.computed() + " sum = 0;");
                                body.block(
                                        "for (int32_t j = c - %d; j <= c + %d; j++)"
                                                .formatted((size - 1) / 2, size / 2),
                                        () -> body.when("j >= 0 && j < " + sizes[1], () -> {
                                            String near = x.at(Index.of(sizes, "n", "j", "i"));
                                            body.line("sum += " + near + " * " + near + ";");
                                        }));
                                String at = Index.of(sizes, "n", "c", "i");
                                body.line(y.set(
                                        at,
                                        "%s / pow%s(%s + %s / %d * sum, %s)"
                                                .formatted(x.at(at), f, bias, alpha, size, beta)));
                            })));
        });
    }
}
