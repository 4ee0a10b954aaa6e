package dev.skerry.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attention and its companions. */
final class AttentionRules {
    static final Map<String, Rule> RULES = Map.of(
            "Attention", AttentionRules::attention,
            "RotaryEmbedding", ElementwiseRules::same,
            "com.microsoft:RotaryEmbedding", ElementwiseRules::same,
            "com.microsoft:Attention", AttentionRules::fused,
            "com.microsoft:MultiHeadAttention", AttentionRules::multiHead);

    private AttentionRules() {}

    /**
     * Queries [N, heads, L, d] or [N, L, heads·d]; keys and values likewise with S places. Past keys and values lengthen S.
     */
    private static void attention(Operation op) {
        List<Dim> q = op.dims(0);
        List<Dim> k = op.dims(1);
        List<Dim> v = op.dims(2);
        DataType element = op.element(0);
        if (q == null || k == null || v == null) {
            op.set(0, element, null);
            return;
        }
        boolean flat = q.size() == 3;
        Dim heads = flat ? Dim.of(op.attribute("q_num_heads", 0)) : q.get(1);
        Dim keyHeads = flat ? Dim.of(op.attribute("kv_num_heads", 0)) : k.get(1);
        Dim length = q.get(flat ? 1 : 2);
        Dim keySize = flat ? Dims.quotient(List.of(k.get(2)), List.of(keyHeads)) : k.get(3);
        Dim valueSize = flat ? Dims.quotient(List.of(v.get(2)), List.of(keyHeads)) : v.get(3);
        Dim querySize = flat ? Dims.quotient(List.of(q.get(2)), List.of(heads)) : q.get(3);
        if (Dims.differ(querySize, keySize)) {
            throw op.mismatch("queries and keys differ in the size of a head", 0, 1);
        }
        Dim total = k.get(flat ? 1 : 2);
        if (op.has(4)) {
            List<Dim> past = op.dims(4);
            total = past == null ? Dims.UNKNOWN : Dims.plus(past.get(2), total);
        }
        op.set(
                0,
                element,
                flat
                        ? List.of(q.get(0), length, Dims.times(heads, valueSize))
                        : List.of(q.get(0), heads, length, valueSize));
        op.set(1, op.element(1), List.of(q.get(0), keyHeads, total, keySize));
        op.set(2, op.element(2), List.of(q.get(0), keyHeads, total, valueSize));
        op.set(3, element, List.of(q.get(0), heads, length, total));
    }

    /** ONNX Runtime's: input [N, L, d], weights [d, 3·hidden]. */
    private static void fused(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> w = op.dims(1);
        long[] sizes = op.node().intsAttribute("qkv_hidden_sizes").orElse(null);
        Dim hidden = sizes != null && sizes.length == 3
                ? Dim.of(sizes[2])
                : w == null ? Dims.UNKNOWN : Dims.quotient(List.of(w.getLast()), List.of(Dim.of(3)));
        op.set(0, op.element(0), x == null ? null : Operation.with(x, x.size() - 1, hidden));
    }

    private static void multiHead(Operation op) {
        List<Dim> q = op.dims(0);
        @Nullable List<Dim> v = op.dims(2);
        if (q != null && q.size() == 3 && v != null) {
            Dim hidden = v.size() == 3 ? v.get(2) : Dims.times(v.get(1), v.getLast());
            op.set(0, op.element(0), Operation.with(q, 2, hidden));
        } else {
            op.set(0, op.element(0), null);
        }
    }
}
