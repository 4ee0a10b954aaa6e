package dev.skerry.model;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values of a graph that are the same in every inference: weights, and what nodes make of weights alone (as a
 * DequantizeLinear makes of a quantized weight). Knows which tensors stand behind each.
 */
final class Weights {
    private static final Set<String> CHANCE = Set.of(
            "RandomNormal",
            "RandomUniform",
            "RandomNormalLike",
            "RandomUniformLike",
            "Multinomial",
            "Bernoulli",
            "Dropout");

    private final @Nullable Weights outer;
    private final Map<String, Set<Tensor>> behind = new HashMap<>();
    private final Set<String> hidden = new HashSet<>();

    Weights(Graph graph, @Nullable Weights outer) {
        this.outer = outer;
        graph.inputs().forEach(input -> hidden.add(input.name()));
        graph.initializers().forEach((name, tensor) -> behind.put(name, identitySet(List.of(tensor))));
        graph.sparseInitializers()
                .forEach(sparse -> behind.put(sparse.name(), identitySet(List.of(sparse.values(), sparse.indices()))));
        for (Node node : graph.nodes()) {
            if (isConstant(node)) {
                Set<Tensor> all = identitySet(List.of());
                node.inputs().forEach(input -> all.addAll(behind(input)));
                if (node.is("Constant")) {
                    Tensor tensor = GeneratorRules.constantTensor(node);
                    if (tensor != null) {
                        all.add(tensor);
                    }
                }
                node.outputs().forEach(output -> behind.put(output, all));
            } else {
                hidden.addAll(node.outputs());
            }
        }
    }

    /** Whether a node makes the same in every inference. */
    boolean isConstant(Node node) {
        return node.subgraphs().isEmpty()
                && !CHANCE.contains(node.op())
                && (node.is("Constant")
                        || !node.inputs().isEmpty()
                                && node.inputs().stream().allMatch(input -> input.isEmpty() || isConstant(input)));
    }

    boolean isConstant(String value) {
        return behind.containsKey(value) || outer != null && !hidden.contains(value) && outer.isConstant(value);
    }

    /** The tensors that {@code value} is made of, the same object once. */
    Set<Tensor> behind(String value) {
        Set<Tensor> own = behind.get(value);
        return own != null ? own : outer != null && !hidden.contains(value) ? outer.behind(value) : Set.of();
    }

    static Set<Tensor> identitySet(List<Tensor> tensors) {
        Set<Tensor> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(tensors);
        return set;
    }
}
