package dev.skerry.compress;

import dev.skerry.model.DeadCode;
import dev.skerry.model.Model;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Rewrites that make a float model faster, by what is known of its shapes. Runtimes don't do them, since they find layers only
 * in the form that the usual exporters write. Each keeps what the model computes up to rounding.
 */
final class Simplification {
    /** One rewrite of a whole model. */
    record Step(String name, UnaryOperator<Model> rewrite) {}

    static final List<Step> ALL = List.of(
            new Step("steps that only move shapes", ShapeSteps::simplify),
            new Step("one-hot codes looked up", OneHotTables::fold),
            new Step("layer normalizations joined", LayerNorms::join),
            new Step("rows normalized by vectors", RowNormalizations::byVectors),
            new Step("transpositions joined", ShapeSteps::simplify),
            new Step(
                    "bias of a convolution folded", model -> model.withGraph(BatchNormFolding.foldBias(model.graph()))),
            new Step("maxima before activations", ExtremeReductions::before),
            new Step("dead nodes and weights removed", model -> model.withGraph(DeadCode.remove(model.graph()))));

    private Simplification() {}

    static Model of(Model model) {
        Model current = model;
        for (Step step : ALL) {
            current = step.rewrite().apply(current);
        }
        return current;
    }
}
