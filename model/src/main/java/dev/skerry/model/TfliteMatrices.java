package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Matrix products. */
final class TfliteMatrices {
    private TfliteMatrices() {}

    /** Fields of the options: activation 0, format of the weights 1, whether dimensions are kept 2. */
    static void fullyConnected(TfliteCall call) {
        TfliteValues values = call.values();
        int x = call.in(0);
        int weights = call.in(1);
        if (call.byteOption(1) != 0) {
            throw call.refuse("its weights are shuffled for one processor");
        }
        if (call.rank(weights) != 2) {
            throw call.refuse("its weights have " + call.rank(weights) + " dimensions");
        }
        if (call.rank(call.out(0)) > 2 && call.rank(call.out(0)) == call.rank(x)) {
            rows(call, x, weights);
            return;
        }
        long[] dims = call.knownDims(weights);
        String rows;
        if (call.rank(x) == 2 && call.dims(x)[1] == dims[1]) {
            rows = values.real(x, DECLARED);
        } else {
            String flat = call.step("Reshape", List.of(values.flat(x), call.longs("rows", -1, dims[1])));
            rows = flat;
            if (values.isQuantized(x)) {
                rows = values.unique(flat + "/dequantized");
                values.dequantize(flat, rows, x, 0);
            }
        }
        List<String> inputs = new ArrayList<>(List.of(rows, values.real(weights, DECLARED)));
        if (call.has(2)) {
            inputs.add(TfliteConvolutions.bias(call, x, weights, call.in(2)));
        }
        long[] out = call.dims(call.out(0));
        boolean flatOut = out.length == 2;
        if (flatOut) {
            call.activated(
                    DECLARED,
                    call.byteOption(0),
                    name -> call.node("Gemm", inputs, name, Map.of("transB", Attribute.of(1))));
            return;
        }
        String product = call.step("Gemm", inputs, Map.of("transB", Attribute.of(1)));
        String shape = call.longs("shape", call.knownDims(call.out(0)));
        call.activated(DECLARED, call.byteOption(0), name -> call.node("Reshape", List.of(product, shape), name));
    }

    /** All dimensions but the last are rows. */
    private static void rows(TfliteCall call, int x, int weights) {
        TfliteValues values = call.values();
        Tensor constant = values.constant(weights);
        String matrix;
        if (constant == null) {
            matrix = call.step(
                    "Transpose", List.of(values.real(weights, DECLARED)), Map.of("perm", Attribute.ofInts(1, 0)));
        } else {
            matrix = values.initializer(Transposition.of(constant, 1, 0).withName(constant.name() + "/transposed"));
            if (values.isQuantized(weights)) {
                TfliteScales scales = values.scales(weights);
                String real = values.unique(matrix + "/dequantized");
                values.dequantize(matrix, real, weights, 1 - scales.axis());
                matrix = real;
            }
        }
        List<String> factors = List.of(values.real(x, DECLARED), matrix);
        if (!call.has(2)) {
            call.activated(DECLARED, call.byteOption(0), name -> call.node("MatMul", factors, name));
            return;
        }
        String product = call.step("MatMul", factors);
        String bias = TfliteConvolutions.bias(call, x, weights, call.in(2));
        call.activated(DECLARED, call.byteOption(0), name -> call.node("Add", List.of(product, bias), name));
    }

    /** Fields: whether the first 0, and the second 1, factor is transposed. */
    static void batchMatMul(TfliteCall call) {
        String a = factor(call, call.in(0), call.flag(0));
        String b = factor(call, call.in(1), call.flag(1));
        call.values().realFrom(call.out(0), DECLARED, name -> call.node("MatMul", List.of(a, b), name));
    }

    private static String factor(TfliteCall call, int tensor, boolean transposed) {
        String real = call.values().real(tensor, DECLARED);
        if (!transposed) {
            return real;
        }
        int rank = call.rank(tensor);
        if (rank < 2) {
            throw call.refuse("a factor has " + rank + " dimensions");
        }
        long[] order = new long[rank];
        Arrays.setAll(order, i -> i < rank - 2 ? i : 2L * rank - 3 - i);
        return call.step("Transpose", List.of(real), Map.of("perm", Attribute.ofInts(order)));
    }
}
