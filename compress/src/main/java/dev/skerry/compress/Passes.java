package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import java.util.List;
import java.util.function.UnaryOperator;

/** The rewrites that come before quantization, in their order. Each keeps what the model computes. */
final class Passes {
    /** One rewrite of the main graph. */
    record Pass(String name, UnaryOperator<Graph> rewrite) {}

    static final List<Pass> ALL = List.of(
            new Pass("weights are no inputs", Passes::withoutWeightInputs),
            new Pass("constants to initializers", Constants::toInitializers),
            new Pass("identities removed", Constants::withoutIdentities),
            new Pass("reshaped weights folded", Constants::foldReshapes),
            new Pass("bias of a convolution folded", BatchNormFolding::foldBias),
            new Pass("batch norm folded", BatchNormFolding::foldBatchNorm),
            new Pass("dead nodes and weights removed", DeadCode::remove));

    private Passes() {}

    /** Raises the operator set where it is older than 13, and applies all passes. */
    static Preparation prepare(Model model) {
        return switch (OpsetRaise.raise(model)) {
            case Preparation.Obstacle obstacle -> obstacle;
            case Preparation.Ready(Model raised) -> {
                Graph graph = raised.graph();
                for (Pass pass : ALL) {
                    graph = pass.rewrite().apply(graph);
                }
                yield new Preparation.Ready(raised.withGraph(graph));
            }
        };
    }

    /** Files of IR version 3 list weights among the inputs, where a caller could replace them; no runtime folds such a weight. */
    static Graph withoutWeightInputs(Graph graph) {
        return graph.withInputs(graph.dataInputs());
    }
}
