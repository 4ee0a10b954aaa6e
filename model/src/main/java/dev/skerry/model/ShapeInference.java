package dev.skerry.model;

import java.util.List;
import java.util.Map;

/** Types and shapes of all values of a model, from those of its inputs and weights. */
public final class ShapeInference {
    private ShapeInference() {}

    /**
     * Infers what can be known before the run. What can't stays unknown or symbolic; nothing is thrown for a strange model.
     *
     * @param pinnedDims sizes by the names of symbolic dimensions, or by {@code input[axis]} for dimensions without a name
     */
    public static Types infer(Model model, Map<String, Long> pinnedDims) {
        return new Types(null, Map.of(), Map.of(), new java.util.IdentityHashMap<>(), List.of(), List.of());
    }
}
