package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** Names what stays float though it holds weights or arithmetic, and why. */
final class FloatParts {
    private static final Set<String> WEIGHTED =
            Set.of("Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN", "Einsum");
    private static final Set<String> ARITHMETIC =
            Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax");

    private FloatParts() {}

    /** Of a quantized model. Arithmetic is counted, not listed. */
    static List<CompressionReport.KeptFloat> of(
            Graph prepared, Placement placement, Scope scope, Set<String> floats) {
        var kept = new ArrayList<CompressionReport.KeptFloat>();
        var counts = new LinkedHashMap<CompressionReport.KeptFloat, Integer>();
        var draft = new Draft(prepared);
        for (Node node : prepared.nodes()) {
            if (placement.isInteger(node)) {
                continue;
            }
            collectInner(node, kept);
            if (WEIGHTED.contains(node.op())) {
                kept.add(new CompressionReport.KeptFloat(node.label(), node.op(), reason(node, draft, scope)));
            } else if (ARITHMETIC.contains(node.op()) && floats.contains(node.output(0))) {
                counts.merge(
                        new CompressionReport.KeptFloat("", node.op(), reason(node, draft, scope)),
                        1,
                        Integer::sum);
            }
        }
        counts.forEach((row, count) -> kept.add(
                new CompressionReport.KeptFloat(count == 1 ? "1 node" : count + " nodes", row.op(), row.reason())));
        return kept;
    }

    /** Of a model of which nothing can be quantized. */
    static List<CompressionReport.KeptFloat> all(Graph graph, String reason) {
        var kept = new ArrayList<CompressionReport.KeptFloat>();
        for (Node node : graph.nodes()) {
            collectInner(node, kept);
            if (WEIGHTED.contains(node.op())) {
                kept.add(new CompressionReport.KeptFloat(node.label(), node.op(), reason));
            }
        }
        return kept;
    }

    private static String reason(Node node, Draft draft, Scope scope) {
        if (scope.isAsked(node)) {
            return "asked for";
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
        return isWeighted
                ? "its input or output was never a finite float in calibration"
                : "not between two integer nodes";
    }

    private static void collectInner(Node node, List<CompressionReport.KeptFloat> kept) {
        for (Graph graph : node.subgraphs()) {
            for (Node inner : graph.nodes()) {
                collectInner(inner, kept);
                if (WEIGHTED.contains(inner.op())) {
                    kept.add(new CompressionReport.KeptFloat(
                            inner.label(), inner.op(), "inside a branch of " + node.label() + " (" + node.op() + ")"));
                }
            }
        }
    }
}
