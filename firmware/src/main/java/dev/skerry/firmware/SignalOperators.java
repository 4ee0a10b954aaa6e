package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Map;
import java.util.function.BiFunction;

/** Spectra. */
final class SignalOperators {
    static final Map<String, Operator> ALL = Map.of("DFT", SignalOperators::transform, "STFT", SignalOperators::frames);

    private SignalOperators() {}

    private static void transform(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long given = call.opset() < 20
                ? call.attribute("axis", 1)
                : call.has(2) ? call.needed(2).longAt(0) : -2;
        int axis = Sizes.axis(given, dims.length);
        long parts = dims[dims.length - 1];
        long in = dims[axis];
        long size = call.has(1) ? call.needed(1).longAt(0) : in;
        long bins = made[axis];
        long inner = Sizes.product(dims, axis + 1, dims.length - 1);
        boolean isInverse = call.attribute("inverse", 0) != 0;
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            body.works("z", call.work("spectrum", call.type(0), size, 2));
            body.loop(
                    "b",
                    Sizes.product(dims, 0, axis),
                    () -> body.loop("i", inner, () -> {
                        body.loop("n", size, () -> {
                            String at = Index.of(new long[] {0, in, inner, parts}, "b", "n", "i", "0");
                            body.line("z[2 * n] = %s;".formatted(inside("n", in, size, x.at(at))));
                            body.line("z[2 * n + 1] = %s;"
                                    .formatted(parts == 2 ? inside("n", in, size, x.at(at + " + 1")) : "0"));
                        });
                        fourier(
                                call,
                                body,
                                size,
                                bins,
                                isInverse,
                                (k, part) -> "y[" + Index.of(new long[] {0, bins, inner, 2}, "b", k, "i", part) + "]");
                    }));
        });
    }

    private static String inside(String at, long in, long size, String value) {
        return in >= size ? value : at + " < " + in + " ? " + value + " : 0";
    }

    private static void frames(Call call) {
        long[] dims = call.dims(0);
        long[] made = call.outputDims(0);
        long parts = dims.length > 2 ? dims[2] : 1;
        long step = call.needed(1).longAt(0);
        long size = call.has(3) ? call.needed(3).longAt(0) : call.input(2).elements();
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            body.works("z", call.work("spectrum", call.type(0), size, 2));
            body.loop(
                    "b",
                    dims[0],
                    () -> body.loop("f", made[1], () -> {
                        body.loop("n", size, () -> {
                            String at = Index.of(new long[] {0, dims[1], parts}, "b", "(f * " + step + " + n)", "0");
                            String window = call.has(2)
                                    ? " * "
                                            + body.reads("window", call.input(2))
                                                    .at("n")
                                    : "";
                            body.line("z[2 * n] = " + x.at(at) + window + ";");
                            body.line("z[2 * n + 1] = " + (parts == 2 ? x.at(at + " + 1") + window : "0") + ";");
                        });
                        fourier(
                                call,
                                body,
                                size,
                                made[2],
                                false,
                                (k, part) ->
                                        "y[" + Index.of(new long[] {0, made[1], made[2], 2}, "b", "f", k, part) + "]");
                    }));
        });
    }

    /**
     * From {@code z}, real and imaginary parts in turn, to the places that {@code to} names. Powers of two take the fast way;
     * other lengths sum up each bin, and since those sums cancel, in double.
     */
    private static void fourier(
            Call call, Body body, long size, long bins, boolean isInverse, BiFunction<String, String, String> to) {
        boolean isFast = Long.bitCount(size) == 1 && call.type(0) == DataType.FLOAT;
        int count = Math.toIntExact(isFast ? size / 2 : size);
        double[] turns = new double[2 * count];
        for (int i = 0; i < count; i++) {
            double angle = (isInverse ? 2 : -2) * Math.PI * i / size;
            turns[2 * i] = Math.cos(angle);
            turns[2 * i + 1] = Math.sin(angle);
        }
        DataType type = isFast ? DataType.FLOAT : DataType.DOUBLE;
        String name = "turns_" + (isInverse ? "back_" : "") + size;
        body.reads(
                "turns",
                new Operand.Known(Generators.tensor(type, new long[] {turns.length}, turns)
                        .withName(name)));
        String shrunk = isInverse ? " / " + Numbers.literal(type, (double) size) : "";
        if (isFast) {
            body.line("skerry_fourier(z, turns, " + size + ");");
            body.loop(
                    "k",
                    bins,
                    () -> body.line(to.apply("k", "0") + " = z[2 * k]" + shrunk + ";")
                            .line(to.apply("k", "1") + " = z[2 * k + 1]" + shrunk + ";"));
            return;
        }
        String number = CType.of(call.type(0)).computed();
        body.loop("k", bins, () -> {
            body.line("double real = 0;").line("double imaginary = 0;").line("int32_t turn = 0;");
            body.loop(
                    "n",
                    size,
                    () -> body.line("real += z[2 * n] * turns[2 * turn] - z[2 * n + 1] * turns[2 * turn + 1];")
                            .line("imaginary += z[2 * n] * turns[2 * turn + 1] + z[2 * n + 1] * turns[2 * turn];")
                            .line("turn = (turn + k) %% %d;".formatted(size).replace("%%", "%")));
            body.line("%s = (%s)(real%s);".formatted(to.apply("k", "0"), number, shrunk));
            body.line("%s = (%s)(imaginary%s);".formatted(to.apply("k", "1"), number, shrunk));
        });
    }
}
