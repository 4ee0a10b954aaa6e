package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Whether somebody has quantized a model before, and in which form. */
final class AlreadyInteger {
    private static final Set<String> QDQ = Set.of("QuantizeLinear", "DequantizeLinear");
    private static final Set<String> DYNAMIC = Set.of(
            "DynamicQuantizeLinear", "MatMulInteger", "ConvInteger", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM");
    private static final Set<String> BLOCKS = Set.of("MatMulNBits", "MatMulBnb4", "GatherBlockQuantized");
    private static final Set<String> WHOLE = Set.of("QGemm", "QAttention", "QEmbedLayerNormalization");

    private AlreadyInteger() {}

    /** What a user should know of a model that holds quantized layers; empty where it holds none. */
    static Optional<Problem> note(Graph graph) {
        Map<String, List<String>> forms = new TreeMap<>();
        for (Node node : Subgraphs.allNodes(graph)) {
            form(node)
                    .ifPresent(form ->
                            forms.computeIfAbsent(form, _ -> new ArrayList<>()).add(node.label()));
        }
        if (forms.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Problem.usage("compress.quantized", "the model is quantized already, in whole or in part")
                .at(forms.values().iterator().next().getFirst())
                .because("it has "
                        + forms.entrySet().stream()
                                .map(form -> form.getValue().size()
                                        + (form.getValue().size() == 1 ? " node " : " nodes ")
                                        + form.getKey())
                                .collect(Collectors.joining(", "))
                        + ", which stay as they are")
                .attempt("the float model that it was made from: a second rounding can only lose"));
    }

    private static Optional<String> form(Node node) {
        String op = node.op();
        if (QDQ.contains(op)) {
            return Optional.of("in QDQ form (QuantizeLinear, DequantizeLinear)");
        }
        if (op.startsWith("QLinear") || WHOLE.contains(op)) {
            return Optional.of("in operator form (QLinear…)");
        }
        if (DYNAMIC.contains(op)) {
            return Optional.of("with dynamic scales (DynamicQuantize…, …Integer)");
        }
        return BLOCKS.contains(op) ? Optional.of("with weights in blocks (" + op + ")") : Optional.empty();
    }
}
