package dev.skerry.model;

import java.util.HashMap;
import java.util.Map;

/** What takes one sample at a time has a batch of one, where a model leaves it open. */
public final class OpenBatch {
    private OpenBatch() {}

    /** The given sizes, and 1 for the first dimension of each input that is open and has none among them. */
    public static Map<String, Long> asOne(Graph graph, Map<String, Long> dims) {
        Map<String, Long> all = new HashMap<>(dims);
        for (ValueInfo input : graph.dataInputs()) {
            if (input.type() instanceof ValueType.OfTensor(var _, var shape)
                    && shape != null
                    && !shape.dims().isEmpty()) {
                switch (shape.dims().getFirst()) {
                    case Dim.Symbolic(String name) -> all.putIfAbsent(name, 1L);
                    case Dim.Unknown() -> all.putIfAbsent(input.name() + "[0]", 1L);
                    case Dim.Known _ -> {}
                }
            }
        }
        return all;
    }
}
