package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.Node;
import java.util.Set;
import java.util.function.BiFunction;

/** Puts weights in blocks into a model: each layer of the scope whose float weights are constant reads them from blocks. */
final class BlockRewrite {
    static final String MICROSOFT = "com.microsoft";

    private BlockRewrite() {}

    /** What is written, and how. */
    record Choice(Scope scope, BlockFormat format, BlockFit fit, BlockForm form, int accuracyLevel) {
        Choice {
            if (format.block() < BlockFormat.LEAST || Integer.bitCount(format.block()) != 1) {
                throw new IllegalArgumentException("no kernel reads blocks of " + format.block());
            }
        }

        /** Its part of a variant's name; what is usual is left out. */
        String label() {
            return format.label()
                    + "-" + fit.label()
                    + switch (form) {
                        case MATMUL_NBITS -> "-nbits" + level();
                        case DEQUANTIZE -> "-qdq";
                        case STORED -> "-stored";
                        case EVERYWHERE -> level();
                    }
                    + (scope.name().equals("all") ? "" : "-" + scope.name());
        }

        private String level() {
            return accuracyLevel == 4 ? "" : "-level" + accuracyLevel;
        }

        /** Why a node that the scope leaves float is left so. */
        String whyFloat(Node node) {
            return scope.isAsked(node) ? "asked for" : "quantizing it costs too much accuracy";
        }

        Rewritten apply(Studied studied) {
            return switch (form) {
                case MATMUL_NBITS -> write(this, studied);
                case DEQUANTIZE -> raised(studied, BlockRewrite::write);
                case STORED -> raised(studied, StoredBlocks::write);
                case EVERYWHERE -> {
                    Rewritten layers = as(BlockForm.MATMUL_NBITS).apply(studied);
                    // nearly the same: fits go by the float model's values throughout, gathered once
                    yield layers.then(studied.withSameValues(layers.model()), as(BlockForm.STORED)::apply);
                }
            };
        }

        private Choice as(BlockForm other) {
            return new Choice(scope, format, fit, other, accuracyLevel);
        }

        private Rewritten raised(Studied studied, BiFunction<Choice, Studied, Rewritten> rewrite) {
            return switch (RecentOpset.raise(studied.model())) {
                case Preparation.Ready(Model raised) -> rewrite.apply(this, studied.withSameValues(raised));
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
