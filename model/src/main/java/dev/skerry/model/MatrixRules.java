package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Products of matrices. */
final class MatrixRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("MatMul", op -> op.set(0, op.element(0), product(op, 0, 1))),
            Map.entry("MatMulInteger", op -> op.set(0, DataType.INT32, product(op, 0, 1))),
            Map.entry("QLinearMatMul", op -> op.set(0, op.element(7), product(op, 0, 3))),
            Map.entry("com.microsoft:FusedMatMul", MatrixRules::fused),
            Map.entry("com.microsoft:MatMulIntegerToFloat", op -> op.set(0, op.element(2), product(op, 0, 1))),
            Map.entry("com.microsoft:DynamicQuantizeMatMul", op -> op.set(0, DataType.FLOAT, product(op, 0, 1))),
            Map.entry("com.microsoft:MatMulNBits", MatrixRules::packed),
            Map.entry("Gemm", op -> op.set(0, op.element(0), gemm(op, 1, 2))),
            Map.entry("com.microsoft:FusedGemm", op -> op.set(0, op.element(0), gemm(op, 1, 2))),
            Map.entry(
                    "com.microsoft:QGemm", op -> op.set(0, op.has(8) ? op.element(8) : DataType.FLOAT, gemm(op, 3, 6))),
            Map.entry("Einsum", MatrixRules::einsum),
            Map.entry("Det", MatrixRules::determinant));

    private MatrixRules() {}

    private static @Nullable List<Dim> product(Operation op, int left, int right) {
        return product(op, op.dims(left), op.dims(right), left, right);
    }

    /** Numpy's matmul: vectors gain a dimension that the result loses again. */
    private static @Nullable List<Dim> product(
            Operation op, @Nullable List<Dim> a, @Nullable List<Dim> b, int left, int right) {
        if (a == null || b == null) {
            return null;
        }
        if (a.isEmpty() || b.isEmpty()) {
            throw op.mismatch("scalars have no matrix product", left, right);
        }
        Dim inner = b.size() == 1 ? b.getFirst() : b.get(b.size() - 2);
        if (Dims.differ(a.getLast(), inner)) {
            throw op.mismatch("inner dimensions differ", left, right);
        }
        List<Dim> batch =
                Dims.broadcast(a.subList(0, Math.max(0, a.size() - 2)), b.subList(0, Math.max(0, b.size() - 2)));
        if (batch == null) {
            throw op.mismatch("batch dimensions do not broadcast", left, right);
        }
        List<Dim> result = new ArrayList<>(batch);
        if (a.size() > 1) {
            result.add(a.get(a.size() - 2));
        }
        if (b.size() > 1) {
            result.add(b.getLast());
        }
        return result;
    }

    private static void fused(Operation op) {
        List<Dim> a = turned(op.dims(0), op.attribute("transA", 0) != 0);
        List<Dim> b = turned(op.dims(1), op.attribute("transB", 0) != 0);
        boolean plain = op.attribute("transBatchA", 0) == 0 && op.attribute("transBatchB", 0) == 0;
        op.set(0, op.element(0), plain ? product(op, a, b, 0, 1) : null);
    }

    private static @Nullable List<Dim> turned(@Nullable List<Dim> dims, boolean turn) {
        if (dims == null || !turn || dims.size() < 2) {
            return dims;
        }
        int last = dims.size() - 1;
        return Operation.with(Operation.with(dims, last, dims.get(last - 1)), last - 1, dims.get(last));
    }

    /** Weights packed in blocks of 4 (2, 8) bits: the attributes K and N say what they are. */
    private static void packed(Operation op) {
        List<Dim> a = op.dims(0);
        if (a != null && Dims.differ(a.getLast(), Dim.of(op.attribute("K", 0)))) {
            throw op.mismatch("inner dimension differs from K = " + op.attribute("K", 0), 0, 1);
        }
        op.set(0, op.element(0), a == null ? null : Operation.with(a, a.size() - 1, Dim.of(op.attribute("N", 0))));
    }

    private static List<Dim> gemm(Operation op, int right, int addend) {
        List<Dim> a = turned(op.dims(0, 2), op.attribute("transA", 0) != 0);
        List<Dim> b = turned(op.dims(right, 2), op.attribute("transB", 0) != 0);
        if (a != null && b != null && Dims.differ(a.get(1), b.get(0))) {
            throw op.mismatch("inner dimensions differ", 0, right);
        }
        List<Dim> y = List.of(a == null ? Dims.UNKNOWN : a.get(0), b == null ? Dims.UNKNOWN : b.get(1));
        List<Dim> c = op.dims(addend);
        // one-sided broadcast, since opset 7; a per-channel bias of a QGemm is the same
        if (c != null && op.opset() >= 7 && Dims.broadcast(y, c) == null) {
            throw new Mismatch("the addend " + op.describe(addend) + " does not broadcast to " + new Shape(y));
        }
        return y;
    }

    private static void einsum(Operation op) {
        Map<String, Dim> sizes = new HashMap<>();
        String[] sides =
                op.node().stringAttribute("equation", "").replace(" ", "").split("->", -1);
        String[] terms = sides[0].split(",", -1);
        if (terms.length != op.inputs()) {
            throw new Mismatch("the equation has " + terms.length + " terms for " + op.inputs() + " inputs");
        }
        List<Dim> batch = List.of();
        for (int i = 0; i < terms.length; i++) {
            List<Dim> dims = op.dims(i);
            if (dims == null) {
                op.set(0, op.element(0), null);
                return;
            }
            batch = bind(op, terms[i], dims, sizes, batch, i);
        }
        List<Dim> result = new ArrayList<>();
        for (String label : labels(sides.length > 1 ? sides[1] : implicit(sides[0]))) {
            if (label.equals("...")) {
                result.addAll(batch);
            } else {
                result.add(sizes.getOrDefault(label, Dims.UNKNOWN));
            }
        }
        op.set(0, op.element(0), result);
    }

    private static List<Dim> bind(
            Operation op, String term, List<Dim> dims, Map<String, Dim> sizes, List<Dim> batch, int input) {
        List<String> labels = labels(term);
        int extra = dims.size() - labels.size() + (labels.contains("...") ? 1 : 0);
        if (extra < 0 || extra > 0 && !labels.contains("...")) {
            throw new Mismatch("the term \"" + term + "\" does not fit " + op.describe(input));
        }
        List<Dim> wider = batch;
        int at = 0;
        for (String label : labels) {
            if (label.equals("...")) {
                wider = Dims.broadcast(batch, dims.subList(at, at + extra));
                at += extra;
            } else {
                Dim dim = dims.get(at++);
                Dim before = sizes.getOrDefault(label, Dim.of(1));
                Dim both = Dims.broadcast(before, dim);
                if (both == null) {
                    throw new Mismatch(
                            "the index " + label + " is " + before + ", but " + dim + " in " + op.describe(input));
                }
                sizes.put(label, both);
            }
            if (wider == null) {
                throw new Mismatch("the \"...\" of " + op.describe(input) + " does not broadcast with the others");
            }
        }
        return wider;
    }

    /** The labels of a term, {@code ...} as one. */
    static List<String> labels(String term) {
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < term.length(); i++) {
            if (term.startsWith("...", i)) {
                labels.add("...");
                i += 2;
            } else {
                labels.add(term.substring(i, i + 1));
            }
        }
        return labels;
    }

    /** Without an arrow: the labels that occur once, in alphabetical order, after the batch. */
    static String implicit(String left) {
        String letters = left.replace(",", "").replace(".", "");
        String once = letters.chars()
                .filter(c -> letters.indexOf(c) == letters.lastIndexOf(c))
                .sorted()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return (left.contains("...") ? "..." : "") + once;
    }

    private static void determinant(Operation op) {
        List<Dim> x = op.dims(0);
        op.set(0, op.element(0), x == null ? null : x.subList(0, x.size() - 2));
    }
}
