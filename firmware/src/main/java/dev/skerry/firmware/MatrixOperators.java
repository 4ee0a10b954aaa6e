package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Products of matrices. */
final class MatrixOperators {
    static final Map<String, Operator> ALL = Map.of(
            "MatMul", MatrixOperators::real,
            "Gemm", MatrixOperators::gemm,
            "MatMulInteger", MatrixOperators::integer,
            "QLinearMatMul", MatrixOperators::quantized,
            "Einsum", MatrixOperators::einsum,
            "Det", MatrixOperators::determinant);

    private MatrixOperators() {}

    /** What becomes of the sum for row {@code i} and column {@code j}. */
    private interface Result {
        void store(Body body, Body.Variable y, String at, String i, String j);
    }

    /** What is summed for each {@code k}. */
    private interface Product {
        String of(Body body, String a, String b, String i, String j);
    }

    private static void real(Call call) {
        String sum = CType.of(call.type(0)).computed();
        product(call, 0, 1, sum, (_, a, b, _, _) -> a + " * " + b, (body, y, at, _, _) -> body.line(y.set(at, "sum")));
    }

    private static void integer(Call call) {
        product(
                call,
                0,
                1,
                "int32_t",
                (body, a, b, i, j) -> Quantized.centred(a, Quantized.along(call, body, "a_zero", 2, i)) + " * "
                        + Quantized.centred(b, Quantized.along(call, body, "b_zero", 3, j)),
                (body, y, at, _, _) -> body.line(y.set(at, "sum")));
    }

    private static void quantized(Call call) {
        product(
                call,
                0,
                3,
                "int32_t",
                (body, a, b, i, j) -> Quantized.centred(a, Quantized.along(call, body, "a_zero", 2, i)) + " * "
                        + Quantized.centred(b, Quantized.along(call, body, "b_zero", 5, j)),
                (body, y, at, i, j) -> Quantized.store(
                        body,
                        y,
                        at,
                        "(float)sum * (%s * %s / %s)"
                                .formatted(
                                        Quantized.along(call, body, "a_scale", 1, i),
                                        Quantized.along(call, body, "b_scale", 4, j),
                                        body.number("y_scale", call.input(6))),
                        Quantized.zero(call, body, "y_zero", 7)));
    }

    /** Rows of the input {@code left} times columns of {@code right}, for all matrices that lie in the axes before. */
    private static void product(Call call, int left, int right, String sum, Product product, Result result) {
        long[] a = atLeastTwo(call.dims(left), true);
        long[] b = atLeastTwo(call.dims(right), false);
        long rows = a[a.length - 2];
        long inner = a[a.length - 1];
        long columns = b[b.length - 1];
        long[] batch = batch(a, b);
        long macs = Sizes.product(batch) * rows * inner * columns;
        call.function(macs, body -> {
            Body.Variable x0 = body.reads("a", call.input(left));
            Body.Variable x1 = body.reads("b", call.input(right));
            Body.Variable y = body.writes("y", call.output(0));
            Nest.over(batch)
                    .with(0, times(Sizes.broadcast(Arrays.copyOf(a, a.length - 2), batch), rows * inner))
                    .with(0, times(Sizes.broadcast(Arrays.copyOf(b, b.length - 2), batch), inner * columns))
                    .with(0, times(Sizes.strides(batch), rows * columns))
                    .named("nmpqrstu")
                    .run(
                            body,
                            at -> body.each(
                                    "i",
                                    rows,
                                    i -> body.each("j", columns, j -> {
                                        body.line(sum + " sum = 0;");
                                        body.loop(
                                                "k",
                                                inner,
                                                () -> body.line("sum += "
                                                        + product.of(
                                                                body,
                                                                x0.at(place(
                                                                        at.get(0),
                                                                        Index.of(new long[] {0, inner}, i, "k"))),
                                                                x1.at(place(
                                                                        at.get(1),
                                                                        Index.of(new long[] {0, columns}, "k", j))),
                                                                i,
                                                                j)
                                                        + ";"));
                                        result.store(
                                                body,
                                                y,
                                                place(at.get(2), Index.of(new long[] {0, columns}, i, j)),
                                                i,
                                                j);
                                    })));
        });
    }

    private static String place(String before, String in) {
        return ReduceOperators.plus(before, in);
    }

    private static long[] times(long[] steps, long factor) {
        return Arrays.stream(steps).map(step -> step * factor).toArray();
    }

    private static long[] atLeastTwo(long[] dims, boolean isRow) {
        return dims.length > 1 ? dims : isRow ? new long[] {1, dims[0]} : new long[] {dims[0], 1};
    }

    private static long[] batch(long[] a, long[] b) {
        int rank = Math.max(a.length, b.length) - 2;
        long[] batch = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            int ofA = axis - rank + a.length - 2;
            int ofB = axis - rank + b.length - 2;
            long sizeA = ofA < 0 ? 1 : a[ofA];
            long sizeB = ofB < 0 ? 1 : b[ofB];
            batch[axis] = sizeA == 1 ? sizeB : sizeA;
        }
        return batch;
    }

    private static void gemm(Call call) {
        boolean turnsA = call.attribute("transA", 0) != 0;
        boolean turnsB = call.attribute("transB", 0) != 0;
        long[] made = call.outputDims(0);
        long inner = call.dims(0)[turnsA ? 0 : 1];
        DataType type = call.type(0);
        long[] ofC = call.has(2) ? Sizes.broadcast(call.dims(2), made) : new long[2];
        call.function(made[0] * inner * made[1], body -> {
            Body.Variable a = body.reads("a", call.input(0));
            Body.Variable b = body.reads("b", call.input(1));
            Body.Variable y = body.writes("y", call.output(0));
            body.each(
                    "i",
                    made[0],
                    i -> body.each("j", made[1], j -> {
                        body.line(Numbers.sum(type) + " sum = 0;");
                        String ofA = turnsA
                                ? Index.of(new long[] {0, made[0]}, "k", i)
                                : Index.of(new long[] {0, inner}, i, "k");
                        String ofB = turnsB
                                ? Index.of(new long[] {0, inner}, j, "k")
                                : Index.of(new long[] {0, made[1]}, "k", j);
                        body.loop("k", inner, () -> body.line("sum += " + a.at(ofA) + " * " + b.at(ofB) + ";"));
                        String result = scaled(call, "alpha", "sum");
                        if (call.has(2)) {
                            Operand operand = call.input(2);
                            String c = operand.elements() == 1
                                    ? body.number("c", operand)
                                    : body.reads("c", operand)
                                            .at(ReduceOperators.plus(stepped(i, ofC[0]), stepped(j, ofC[1])));
                            result += " + " + scaled(call, "beta", c);
                        }
                        body.line(y.set(Index.of(new long[] {0, made[1]}, i, j), Numbers.as(type, result)));
                    }));
        });
    }

    private static String stepped(String place, long step) {
        return step == 0 || place.equals("0") ? "0" : step == 1 ? place : place + " * " + step;
    }

    private static String scaled(Call call, String attribute, String value) {
        float factor = call.attribute(attribute, 1f);
        return factor == 1 ? value : Numbers.literal(call.type(0), factor) + " * " + value;
    }

    /** Loops over the letters of the result, and in them over those that are only summed. */
    private static void einsum(Call call) {
        String[] sides = call.attribute("equation", "").replace(" ", "").split("->", -1);
        String[] terms = sides[0].split(",", -1);
        Map<Character, Long> sizes = new LinkedHashMap<>();
        List<String> expanded = new ArrayList<>();
        int widest = 0;
        for (int i = 0; i < terms.length; i++) {
            widest = Math.max(widest, terms[i].contains("...") ? call.dims(i).length - terms[i].length() + 3 : 0);
        }
        for (int i = 0; i < terms.length; i++) {
            int hidden = call.dims(i).length - terms[i].length() + 3;
            // letters of their own for the axes that ... stands for, the last ones the same in all
            String term = terms[i].contains("...") ? terms[i].replace("...", digits(widest, hidden)) : terms[i];
            expanded.add(term);
            for (int axis = 0; axis < term.length(); axis++) {
                sizes.merge(term.charAt(axis), call.dims(i)[axis], Math::max);
            }
        }
        String result = sides.length > 1
                ? sides[1].replace("...", digits(widest, widest))
                : implied(sides[0], digits(widest, widest));
        Set<Character> summed = new LinkedHashSet<>(sizes.keySet());
        result.chars().forEach(letter -> summed.remove((char) letter));
        Nest outer = Nest.over(result.chars()
                .mapToLong(letter -> sizes.getOrDefault((char) letter, 1L))
                .toArray());
        Nest inner = new Nest(
                "rstuvwz",
                summed.stream()
                        .mapToLong(letter -> sizes.getOrDefault(letter, 1L))
                        .toArray());
        String letters = String.join("", summed.stream().map(String::valueOf).toList());
        for (int i = 0; i < expanded.size(); i++) {
            outer.with(0, steps(expanded.get(i), call.dims(i), result));
            inner.with(0, steps(expanded.get(i), call.dims(i), letters));
        }
        outer.with(0, Sizes.strides(call.outputDims(0)));
        long macs = sizes.values().stream().reduce(1L, Math::multiplyExact);
        call.function(macs, body -> {
            List<Body.Variable> arrays = new ArrayList<>();
            for (int i = 0; i < expanded.size(); i++) {
                arrays.add(body.reads("x" + i, call.input(i)));
            }
            Body.Variable y = body.writes("y", call.output(0));
            outer.run(body, at -> {
                body.line(Numbers.sum(y.type()) + " sum = 0;");
                inner.run(body, in -> {
                    List<String> factors = new ArrayList<>();
                    for (int i = 0; i < arrays.size(); i++) {
                        factors.add(arrays.get(i).at(ReduceOperators.plus(at.get(i), in.get(i))));
                    }
                    body.line("sum += " + String.join(" * ", factors) + ";");
                });
                body.line(y.set(at.getLast(), Numbers.as(y.type(), "sum")));
            });
        });
    }

    private static String digits(int widest, int count) {
        return "0123456789".substring(widest - count, widest);
    }

    /** Without an arrow the result has the letters that stand once, in their order. */
    private static String implied(String terms, String hidden) {
        String letters = terms.replaceAll("[^A-Za-z]", "");
        return hidden
                + letters.chars()
                        .filter(letter -> letters.indexOf(letter) == letters.lastIndexOf(letter))
                        .sorted()
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append);
    }

    /** How far a tensor goes where each of {@code letters} goes one on; a letter that stands twice goes along the diagonal. */
    private static long[] steps(String term, long[] dims, String letters) {
        long[] own = Sizes.strides(dims);
        long[] steps = new long[letters.length()];
        for (int axis = 0; axis < term.length(); axis++) {
            int place = letters.indexOf(term.charAt(axis));
            if (place >= 0 && dims[axis] != 1) {
                steps[place] += own[axis];
            }
        }
        return steps;
    }

    /** By elimination, with the largest of each column as the pivot. */
    private static void determinant(Call call) {
        long[] dims = call.dims(0);
        long n = dims[dims.length - 1];
        String f = Numbers.suffix(call.type(0));
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable y = body.writes("y", call.output(0));
            body.works("m", call.work("matrix", call.type(0), n, n));
            body.loop("b", Sizes.product(call.outputDims(0)), () -> {
                body.loop("i", n * n, () -> body.line("m[i] = x[b * %d + i];".formatted(n * n)));
                body.line(x.computed() + " product = 1;");
                body.loop("c", n, () -> {
                    body.line("int32_t pivot = c;");
                    body.block(
                            "for (int32_t r = c + 1; r < %d; r++)".formatted(n),
                            () -> body.line("pivot = fabs%s(m[r * %d + c]) > fabs%s(m[pivot * %d + c]) ? r : pivot;"
                                    .formatted(f, n, f, n)));
                    body.loop(
                            "j",
                            n,
                            () -> body.line("%s kept = m[c * %d + j];".formatted(x.computed(), n))
                                    .line("m[c * %d + j] = m[pivot * %d + j];".formatted(n, n))
                                    .line("m[pivot * %d + j] = kept;".formatted(n)));
                    body.line("product *= pivot == c ? m[c * %d + c] : -m[c * %d + c];".formatted(n, n));
                    body.block(
                            "for (int32_t r = c + 1; r < %d && product != 0; r++)".formatted(n),
                            () -> body.line("%s factor = m[r * %d + c] / m[c * %d + c];".formatted(x.computed(), n, n))
                                    .loop(
                                            "j",
                                            n,
                                            () -> body.line(
                                                    "m[r * %d + j] -= factor * m[c * %d + j];".formatted(n, n))));
                });
                body.line(y.set("b", "product"));
            });
        });
    }
}
