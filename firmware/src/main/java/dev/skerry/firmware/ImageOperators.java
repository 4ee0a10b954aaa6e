package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Operators that sample a tensor between its places. */
final class ImageOperators {
    static final Map<String, Operator> ALL = Map.of(
            "Resize", ImageOperators::resize,
            "Upsample", ImageOperators::upsample,
            "GridSample", ImageOperators::gridSample);

    private ImageOperators() {}

    private static void upsample(Call call) {
        long[] dims = call.dims(0);
        float[] scales = call.has(1) ? call.needed(1).toFloats() : call.attribute("scales", new float[dims.length]);
        boolean isNearest = call.attribute("mode", "nearest").equals("nearest");
        Taps[] taps = new Taps[dims.length];
        for (int axis = 0; axis < taps.length; axis++) {
            int in = (int) dims[axis];
            int out = (int) call.outputDims(0)[axis];
            double scale = scales[axis];
            taps[axis] = isNearest || in == out
                    ? Taps.nearest(in, out, i -> i / scale, "floor", false)
                    : Taps.weighted(in, out, i -> i / scale, 1, Double.NaN, false, false);
        }
        sample(call, taps, "0");
    }

    private static void resize(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        boolean isOld = call.opset() < 11;
        int ofScales = isOld ? 1 : 2;
        Tensor given = known(call, ofScales);
        Tensor roi = isOld ? null : known(call, 1);
        String mapping = call.attribute("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel");
        String mode = call.attribute("mode", "nearest");
        String rounding = call.attribute("nearest_mode", isOld ? "floor" : "round_prefer_floor");
        boolean fills = mapping.equals("tf_crop_and_resize");
        long[] all = new long[dims.length];
        Arrays.setAll(all, axis -> axis);
        long[] axes = call.attribute("axes", all);
        Taps[] taps = new Taps[dims.length];
        for (int axis = 0; axis < taps.length; axis++) {
            taps[axis] = Taps.nearest((int) dims[axis], (int) dims[axis], i -> i, "floor", false);
        }
        for (int i = 0; i < axes.length; i++) {
            int axis = Sizes.axis(axes[i], dims.length);
            int in = (int) dims[axis];
            int out = (int) made[axis];
            double scale = given == null ? (double) out / in : given.valueAt(i);
            double start = roi == null ? 0 : roi.valueAt(i);
            double end = roi == null ? 1 : roi.valueAt(axes.length + i);
            IntToDoubleFunction at = coordinate(mapping, in, out, scale, start, end);
            boolean isSame = in == out && (!fills || start == 0 && end == 1);
            if (isSame) {
                continue;
            }
            double shrink = call.attribute("antialias", 0) == 0 ? 1 : Math.min(scale, 1);
            boolean excludes = call.attribute("exclude_outside", 0) != 0;
            taps[axis] = switch (mode) {
                case "nearest" -> Taps.nearest(in, out, at, rounding, fills);
                case "linear" -> Taps.weighted(in, out, at, shrink, Double.NaN, excludes, fills);
                case "cubic" ->
                    Taps.weighted(in, out, at, shrink, call.attribute("cubic_coeff_a", -0.75f), excludes, fills);
                default -> throw call.unsupported("it resizes by " + mode);
            };
        }
        sample(call, taps, Numbers.literal(call.type(0), call.attribute("extrapolation_value", 0f)));
    }

    private static @Nullable Tensor known(Call call, int input) {
        return call.has(input) && call.needed(input).elements() > 0 ? call.needed(input) : null;
    }

    private static IntToDoubleFunction coordinate(
            String mapping, int in, int out, double scale, double start, double end) {
        return switch (mapping) {
            case "asymmetric" -> i -> i / scale;
            case "tf_half_pixel_for_nn" -> i -> (i + 0.5) / scale;
            case "pytorch_half_pixel" -> i -> out > 1 ? (i + 0.5) / scale - 0.5 : 0;
            case "half_pixel_symmetric" -> i -> in / 2.0 * (1 - out / (scale * in)) + (i + 0.5) / scale - 0.5;
            // by the size before it is cut to whole places
            case "align_corners" -> i -> out == 1 ? 0 : i * (in - 1) / (scale * in - 1);
            case "tf_crop_and_resize" ->
                i -> out > 1
                        ? start * (in - 1) + i * (end - start) * (in - 1) / (out - 1)
                        : 0.5 * (start + end) * (in - 1);
            default -> i -> (i + 0.5) / scale - 0.5;
        };
    }

    private static void sample(Call call, Taps[] taps, String filling) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        DataType type = call.type(0);
        boolean copies = Arrays.stream(taps).allMatch(each -> each.count() == 1);
        String number = type == DataType.DOUBLE ? "double" : "float";
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            String[] places = new String[dims.length];
            Runnable[] inner = new Runnable[1];
            inner[0] = () -> {
                String to = Index.of("o", made);
                if (copies) {
                    body.line(y.set(to, x.at(Index.of(dims, places))));
                } else {
                    body.line(number + " sum = 0;");
                    tap(call, body, taps, places, x, 0, "");
                    body.line(y.set(to, Numbers.as(type, "sum")));
                }
            };
            outer(call, body, taps, places, 0, y, filling, inner[0]);
        });
    }

    /** Loops over the output; where an axis has one tap for each place, its place is looked up here. */
    private static void outer(
            Call call,
            Body body,
            Taps[] taps,
            String[] places,
            int axis,
            Body.Variable y,
            String filling,
            Runnable inner) {
        if (axis == taps.length) {
            inner.run();
            return;
        }
        long[] made = call.outputDims(0);
        Taps own = taps[axis];
        boolean isSame = own.isIdentity(call.dims(0)[axis]);
        body.loop("o" + axis, made[axis], () -> {
            places[axis] = isSame ? "o" + axis : "p" + axis;
            if (!isSame) {
                String table = table(call, body, own, axis)
                        .at(own.count() == 1 ? "o" + axis : "o%d * %d".formatted(axis, own.count()));
                boolean fills = Arrays.stream(own.places()).anyMatch(place -> place < 0);
                if (own.count() == 1 && call.dims(0)[axis] > 1) {
                    body.line("int32_t p%d = %s;".formatted(axis, table));
                }
                if (fills) {
                    body.when(table + " < 0", () -> {
                        long rest = Sizes.product(made, axis + 1, made.length);
                        String base = Index.of("o", Arrays.copyOf(made, axis + 1));
                        body.loop(
                                "i",
                                rest,
                                () -> body.line(y.set(
                                        ReduceOperators.plus(rest == 1 ? base : "(" + base + ") * " + rest, "i"),
                                        filling)));
                        body.line("continue;");
                    });
                }
            }
            outer(call, body, taps, places, axis + 1, y, filling, inner);
        });
    }

    private static Body.Variable table(Call call, Body body, Taps taps, int axis) {
        double[] places = Arrays.stream(taps.places()).asDoubleStream().toArray();
        Tensor tensor = Generators.tensor(DataType.INT32, new long[] {places.length}, places);
        return body.reads(
                "places" + axis, new Operand.Known(tensor.withName(call.node().output(0) + "_places" + axis)));
    }

    private static void tap(
            Call call, Body body, Taps[] taps, String[] places, Body.Variable x, int axis, String weight) {
        if (axis == taps.length) {
            String element = "(float)" + x.at(Index.of(call.dims(0), places));
            boolean isReal = Numbers.isReal(x.type());
            body.line("sum += %s%s;".formatted(weight, isReal ? element.substring(7) : element));
            return;
        }
        Taps own = taps[axis];
        if (own.count() == 1) {
            tap(call, body, taps, places, x, axis + 1, weight);
            return;
        }
        DataType real = x.type() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        Tensor tensor = Generators.tensor(real, new long[] {own.weights().length}, own.weights());
        Body.Variable weights = body.reads(
                "weights" + axis, new Operand.Known(tensor.withName(call.node().output(0) + "_weights" + axis)));
        body.loop("t" + axis, own.count(), () -> {
            String at = "o%d * %d + t%d".formatted(axis, own.count(), axis);
            if (call.dims(0)[axis] > 1) {
                body.line("int32_t p%d = %s;"
                        .formatted(axis, table(call, body, own, axis).at(at)));
            }
            tap(call, body, taps, places, x, axis + 1, weight + weights.at(at) + " * ");
        });
    }

    /** At places that a second input says, of which −1 and 1 are the borders. */
    private static void gridSample(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        if (dims.length != 4 || call.type(0) != DataType.FLOAT) {
            throw call.unsupported("it samples other than images of float32");
        }
        boolean aligns = call.attribute("align_corners", 0) != 0;
        String kind = call.attribute("padding_mode", "zeros");
        int padding = kind.equals("zeros") ? 0 : kind.equals("border") ? 1 : 2;
        long area = made[2] * made[3];
        long rows = dims[2];
        long columns = dims[3];
        call.function(body -> {
            body.reads("x", call.input(0));
            body.reads("grid", call.input(1));
            body.writes("y", call.output(0));
            body.loop(
                    "n",
                    dims[0],
                    () -> body.loop("i", area, () -> {
                        body.line("float column = %s;"
                                .formatted(unscaled("grid[(n * %d + i) * 2]".formatted(area), columns, aligns)));
                        body.line("float row = %s;"
                                .formatted(unscaled("grid[(n * %d + i) * 2 + 1]".formatted(area), rows, aligns)));
                        body.loop("c", dims[1], () -> {
                            body.line("const float *image = x + (n * %d + c) * %d;".formatted(dims[1], rows * columns));
                            String pixel = "skerry_pixel(image, %d, %d, %%s, %%s, %d, %d)"
                                    .formatted(rows, columns, padding, aligns ? 1 : 0);
                            String to = "y[(n * %d + c) * %d + i]".formatted(dims[1], area);
                            gridPixel(call, body, pixel, to);
                        });
                    }));
        });
    }

    private static void gridPixel(Call call, Body body, String pixel, String to) {
        switch (call.attribute("mode", "bilinear")) {
            case "nearest" ->
                body.line(to + " = " + pixel.formatted("(int32_t)rintf(row)", "(int32_t)rintf(column)") + ";");
            case "bilinear", "linear" -> weighted(body, pixel, to, 2, "1 - fabsf(%s)");
            default -> weighted(body, pixel, to, 4, "skerry_cubic(%s)");
        }
    }

    /** The sum over {@code count} places in each direction. */
    private static void weighted(Body body, String pixel, String to, int count, String weight) {
        body.line("float sum = 0;");
        String first = count == 2 ? "" : " - 1";
        body.loop(
                "r",
                count,
                () -> body.loop("s", count, () -> {
                    body.line("float top = floorf(row)%s + (float)r;".formatted(first));
                    body.line("float left = floorf(column)%s + (float)s;".formatted(first));
                    body.line("float weight = (%s) * (%s);"
                            .formatted(weight.formatted("row - top"), weight.formatted("column - left")));
                    body.line("sum += weight * " + pixel.formatted("(int32_t)top", "(int32_t)left") + ";");
                }));
        body.line(to + " = sum;");
    }

    private static String unscaled(String place, long size, boolean aligns) {
        return aligns
                ? "(%s + 1) * %s".formatted(place, Numbers.literal(DataType.FLOAT, (size - 1) / 2.0))
                : "((%s + 1) * %s - 1) / 2".formatted(place, Numbers.literal(DataType.FLOAT, (double) size));
    }
}
