package dev.skerry.compress;

import dev.skerry.model.Model;
import java.util.Set;

/** Puts weights in blocks into a model: each layer of the scope whose float weights are constant reads them from blocks. */
final class BlockRewrite {
    static final String MICROSOFT = "com.microsoft";

    private BlockRewrite() {}

    /** What is written, and how. */
    record Choice(Scope scope, BlockFormat format, BlockFit fit, BlockForm form, int accuracyLevel) {
        /** Its part of a variant's name; what is usual is left out. */
        String label() {
            return format.label()
                    + "-" + fit.label()
                    + (form == BlockForm.DEQUANTIZE ? "-qdq" : accuracyLevel == 4 ? "" : "-level" + accuracyLevel)
                    + (scope.name().equals("all") ? "" : "-" + scope.name());
        }

        Rewritten apply(Studied studied) {
            if (form == BlockForm.MATMUL_NBITS) {
                return write(this, studied);
            }
            return switch (RecentOpset.raise(studied.model())) {
                case Preparation.Ready(Model raised) -> write(this, studied.withSameValues(raised));
                case Preparation.Obstacle(var problem) ->
                    new Rewritten(
                            studied.model(),
                            Set.of(),
                            0,
                            FloatParts.all(
                                    studied.model().graph(),
                                    problem.what() + (problem.where() == null ? "" : ": " + problem.where())));
            };
        }
    }

    private static Rewritten write(Choice choice, Studied studied) {
        Model model = studied.model();
        var plan = new BlockPlan(choice, studied);
        if (plan.isEmpty()) {
            return new Rewritten(model, Set.of(), 0, plan.kept());
        }
        Model made = model.withGraph(BlockGraph.write(model.graph(), plan, new Names(model.graph())));
        boolean foreign =
                choice.form() == BlockForm.MATMUL_NBITS && !made.opsets().containsKey(MICROSOFT);
        return new Rewritten(
                foreign ? made.withOpset(MICROSOFT, 1) : made,
                plan.changed(),
                choice.form() == BlockForm.MATMUL_NBITS && choice.accuracyLevel() == 4
                        ? plan.changed().size()
                        : 0,
                plan.kept());
    }
}
