package dev.skerry.model;

import java.util.List;
import java.util.Map;

/** Counts what a model costs before it is run. */
public final class Cost {
    private Cost() {}

    /** The cost of one inference with dimensions pinned as for {@link ShapeInference#infer}. */
    public static ModelCost of(Model model, Map<String, Long> pinnedDims) {
        return new ModelCost(List.of(), 0, 0, 0, 0, 0, 0, false, List.of());
    }
}
