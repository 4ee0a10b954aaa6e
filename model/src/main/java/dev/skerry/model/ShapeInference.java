package dev.skerry.model;

import java.util.Map;

/**
 * Types and shapes of all values of a model, from those of its inputs and weights. Each operator has a {@link Rule}, found
 * through {@link Rules}; what tensors of sizes hold is followed by {@link Evaluation}. Where a rule can't tell, the type that the
 * model declares stands in.
 */
public final class ShapeInference {
    private ShapeInference() {}

    /**
     * Infers what can be known before the run. What can't stays unknown or symbolic; nothing is thrown for a strange model.
     *
     * @param pinnedDims sizes by the names of symbolic dimensions, or by {@code input[axis]} for dimensions without a name
     */
    public static Types infer(Model model, Map<String, Long> pinnedDims) {
        return new Inference(model, pinnedDims)
                .graph(model.graph(), null, model.opsets())
                .freeze(null);
    }
}
