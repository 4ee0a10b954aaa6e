package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Model;
import java.util.List;
import java.util.Set;

/**
 * What a technique made of a model.
 *
 * @param changed first outputs of the layers that compute otherwise than before: in another type, with other weights, or fewer
 * @param integerNodes how many nodes are expected to run in integers
 * @param keptFloat layers that the technique was meant for and left as they are, with the reason
 */
record Rewritten(Model model, Set<String> changed, int integerNodes, List<KeptFloat> keptFloat) {
    Rewritten {
        changed = Set.copyOf(changed);
        keptFloat = List.copyOf(keptFloat);
    }

    /** A float model that a later technique goes on with. */
    static Rewritten stillFloat(Model model) {
        return new Rewritten(model, Set.of(), 0, List.of());
    }
}
