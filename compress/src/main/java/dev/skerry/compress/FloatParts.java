package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names what stays float though it holds weights or arithmetic, and why. */
final class FloatParts {
    private static final Set<String> WEIGHTED =
            Set.of("Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN", "Einsum");
    private static final Set<String> ARITHMETIC =
            Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax");

    private final Placement placement;
    private final Scope scope;
    private final Set<String> floats;
    private final List<KeptFloat> kept = new ArrayList<>();
    private final Map<KeptFloat, Integer> counts = new LinkedHashMap<>();

    private FloatParts(Placement placement, Scope scope, Set<String> floats) {
        this.placement = placement;
        this.scope = scope;
        this.floats = floats;
    }

    /** Whether an operator has weights that would be worth making smaller. */
    static boolean isWeighted(Node node) {
        return node.isStandard() && WEIGHTED.contains(node.op());
    }

    /** Of a quantized model, its subgraphs included. Arithmetic is counted, not listed. */
    static List<KeptFloat> of(Graph prepared, Placement placement, Scope scope, Set<String> floats) {
        var parts = new FloatParts(placement, scope, floats);
        parts.collect(prepared, Surroundings.NONE, false);
        parts.counts.forEach((row, count) ->
                parts.kept.add(new KeptFloat(count == 1 ? "1 node" : count + " nodes", row.op(), row.reason())));
        return parts.kept;
    }

    /** Of a model of which nothing can be quantized. */
    static List<KeptFloat> all(Graph graph, String reason) {
        return Subgraphs.allNodes(graph).stream()
                .filter(node -> WEIGHTED.contains(node.op()))
                .map(node -> new KeptFloat(node.label(), node.op(), reason))
                .toList();
    }

    private void collect(Graph graph, Surroundings around, boolean isInner) {
        var draft = new Draft(graph, around);
        // a branch that no sample took leaves nothing to choose ranges from
        boolean isUnseen = isInner
                && graph.nodes().stream()
                        .filter(node -> OperatorKind.of(node, draft) == OperatorKind.LAYER)
                        .noneMatch(node -> floats.contains(node.output(0)));
        for (Node node : graph.nodes()) {
            if (placement.isInteger(node) || Winograd.isTransform(node)) {
                continue;
            }
            node.subgraphs().forEach(inner -> collect(inner, around.inside(graph), true));
            if (WEIGHTED.contains(node.op())) {
                kept.add(new KeptFloat(node.label(), node.op(), reason(node, draft, isUnseen)));
            } else if (ARITHMETIC.contains(node.op()) && floats.contains(node.output(0))) {
                counts.merge(new KeptFloat("", node.op(), reason(node, draft, isUnseen)), 1, Integer::sum);
            }
        }
    }

    private String reason(Node node, Draft draft, boolean isUnseen) {
        if (scope.isAsked(node)) {
            return "asked for";
        }
        if (scope.isFast(node)) {
            return "it reads few channels, where float is usually faster";
        }
        if (scope.keepsFloat(node)) {
            return "quantizing it costs too much accuracy";
        }
        boolean isWeighted = WEIGHTED.contains(node.op());
        OperatorKind kind = OperatorKind.of(node, draft);
        if (isWeighted && kind == OperatorKind.FLOAT) {
            return Scope.LAYERS.contains(node.op())
                    ? "its weights are no float constants, or its attributes are such as no integer kernel takes"
                    : "ONNX Runtime has no integer kernel for " + node.op();
        }
        if (!scope.ops().contains(node.op())) {
            return node.op() + " stays float in this variant";
        }
        if (isWeighted && isUnseen) {
            return "it lies in a branch that no calibration sample took";
        }
        return isWeighted
                ? "its input or output was never a finite float in calibration"
                : "not between two integer nodes";
    }
}
