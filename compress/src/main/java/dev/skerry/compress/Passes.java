package dev.skerry.compress;

import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.SettledBranches;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The rewrites that come before quantization, in their order. Each keeps what the model computes. */
final class Passes {
    /** One rewrite of a graph and all that are inside. */
    record Pass(String name, UnaryOperator<Graph> rewrite) {}

    static final List<Pass> ALL = List.of(
            new Pass("weights are no inputs", Passes::withoutWeightInputs),
            new Pass("one name, one value", UniqueNames::make),
            everywhere("constants to initializers", Constants::toInitializers),
            everywhere("identities removed", Constants::withoutIdentities),
            new Pass("constants where they are read", InnerConstants::place),
            everywhere("reshaped weights folded", Constants::foldReshapes),
            new Pass("cut and joined weights folded", WeightPieces::fold),
            everywhere("bias of a convolution folded", BatchNormFolding::foldBias),
            everywhere("batch norm folded", BatchNormFolding::foldBatchNorm),
            everywhere("equal constants merged", InnerConstants::merge),
            everywhere("dead nodes and weights removed", DeadCode::remove),
            // what a pass named after a value of one graph may have had a namesake in another
            new Pass("still one name, one value", UniqueNames::make));

    private Passes() {}

    /** Raises the operator set where it is older than 13, and applies all passes. */
    static Preparation prepare(Model model) {
        return switch (OpsetRaise.raise(model)) {
            case Preparation.Obstacle obstacle -> obstacle;
            case Preparation.Ready(Model raised) -> {
                Graph graph = SettledBranches.take(raised, Map.of(), Map.of()).graph();
                for (Pass pass : ALL) {
                    graph = pass.rewrite().apply(graph);
                }
                // of older files every weight has to be an input
                yield new Preparation.Ready(
                        Simplification.of(raised.withGraph(graph).withIrVersion(Math.max(4, raised.irVersion()))));
            }
        };
    }

    private static Pass everywhere(String name, UnaryOperator<Graph> rewrite) {
        return new Pass(name, graph -> Subgraphs.rewrite(graph, rewrite));
    }

    /** Files of IR version 3 list weights among the inputs, where a caller could replace them; no runtime folds such a weight. */
    static Graph withoutWeightInputs(Graph graph) {
        return graph.withInputs(graph.dataInputs());
    }
}
