package dev.skerry.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rule of each operator that inference knows. A new operator gets a line in the table of its family; operators outside of
 * the ONNX domain are keyed {@code domain:operator}.
 */
final class Rules {
    private static final Map<String, Rule> ALL = new HashMap<>();

    static {
        for (Map<String, Rule> family : List.of(
                ElementwiseRules.RULES,
                ConvolutionRules.RULES,
                PoolRules.RULES,
                MatrixRules.RULES,
                AttentionRules.RULES,
                ReductionRules.RULES,
                LayoutRules.RULES,
                SliceRules.RULES,
                IndexingRules.RULES,
                GeneratorRules.RULES,
                NormalizationRules.RULES,
                QuantizationRules.RULES,
                RecurrentRules.RULES,
                ControlFlowRules.RULES,
                SequenceRules.RULES,
                SignalRules.RULES,
                ResizeRules.RULES,
                TextRules.RULES,
                TreeRules.RULES,
                TrainingRules.RULES)) {
            family.forEach((operator, rule) -> {
                if (ALL.put(operator, rule) != null) {
                    throw new IllegalStateException("two rules for " + operator);
                }
            });
        }
    }

    private Rules() {}

    static @Nullable Rule of(Node node) {
        return ALL.get(key(node));
    }

    static String key(Node node) {
        return node.isStandard() ? node.op() : node.domain() + ":" + node.op();
    }
}
