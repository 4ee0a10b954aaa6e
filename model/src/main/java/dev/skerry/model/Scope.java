package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known so far of the values of one graph or function body while inference goes through it. */
final class Scope {
    final @Nullable Scope outer;
    final Map<String, Long> opsets;
    final Map<String, ValueType> types = new HashMap<>();
    final Map<String, Elements> elements = new HashMap<>();
    final Map<String, Tensor> weights = new HashMap<>();
    final IdentityHashMap<Graph, Scope> subgraphs = new IdentityHashMap<>();
    final List<Problem> contradictions = new ArrayList<>();
    final List<Types.Unresolved> unresolved = new ArrayList<>();

    Scope(@Nullable Scope outer, Map<String, Long> opsets) {
        this.outer = outer;
        this.opsets = opsets;
    }

    @Nullable
    ValueType type(String value) {
        ValueType own = types.get(value);
        return own == null && outer != null ? outer.type(value) : own;
    }

    @Nullable
    Elements elements(String value) {
        Elements own = elements.get(value);
        if (own == null && weights.containsKey(value)) {
            own = Elements.of(weights.get(value));
        }
        // a value of this graph hides one of the same name around it, whether its elements are known or not
        return own == null && outer != null && !types.containsKey(value) ? outer.elements(value) : own;
    }

    void weight(Tensor tensor) {
        weights.put(tensor.name(), tensor);
        types.put(tensor.name(), new ValueType.OfTensor(tensor.type(), tensor.shape()));
    }

    /** Takes over what was found in {@code inner}, the last and only valid pass over a subgraph. */
    void adopt(Graph graph, Scope inner) {
        adopt(graph, inner, true);
    }

    /** @param certain whether the subgraph certainly runs: one that may not be entered may be wrong for these shapes */
    void adopt(Graph graph, Scope inner, boolean certain) {
        subgraphs.put(graph, inner);
        if (certain) {
            contradictions.addAll(inner.contradictions);
        }
        unresolved.addAll(inner.unresolved);
    }

    Types freeze(@Nullable Types outer) {
        var frozen = new IdentityHashMap<Graph, Types>();
        Map<String, Elements> known = new HashMap<>(elements);
        weights.forEach((name, tensor) -> {
            Elements one = tensor.elements() == 1 ? Elements.of(tensor) : null;
            if (one != null) {
                known.put(name, one);
            }
        });
        var result = new Types(outer, types, known, frozen, contradictions, unresolved);
        subgraphs.forEach((graph, scope) -> frozen.put(graph, scope.freeze(result)));
        return result;
    }
}
