package dev.skerry.firmware;

import dev.skerry.model.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operators of the general side. A new one gets a line in the table of its family; operators outside of the ONNX domain are
 * keyed {@code domain:operator}.
 */
final class Operators {
    private static final Map<String, Operator> ALL = new HashMap<>();

    static {
        for (Map<String, Operator> family : List.of(
                ElementwiseOperators.ALL,
                ReduceOperators.ALL,
                LayoutOperators.ALL,
                IndexOperators.ALL,
                GeneratorOperators.ALL,
                MatrixOperators.ALL,
                ConvolutionOperators.ALL,
                PoolOperators.ALL,
                NormalizationOperators.ALL,
                QuantizeOperators.ALL,
                LossOperators.ALL,
                ImageOperators.ALL,
                RecurrentOperators.ALL,
                SignalOperators.ALL)) {
            family.forEach((name, operator) -> {
                if (ALL.put(name, operator) != null) {
                    throw new IllegalStateException("two ways to make C of " + name);
                }
            });
        }
    }

    private Operators() {}

    static Optional<Operator> of(Node node) {
        return Optional.ofNullable(ALL.get(node.isStandard() ? node.op() : node.domain() + ":" + node.op()));
    }
}
