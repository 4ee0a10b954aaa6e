package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Model;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

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

    /**
     * What another technique makes of this model. What this one left may be what the other is for.
     *
     * @param studied of this model
     */
    Rewritten then(Studied studied, Function<Studied, Rewritten> technique) {
        return then(technique.apply(studied));
    }

    /** This, and what was made of it. */
    Rewritten then(Rewritten last) {
        var all = new HashSet<>(changed);
        all.addAll(last.changed);
        var kept = new LinkedHashMap<String, KeptFloat>();
        keptFloat.forEach(row -> kept.put(row.node() + " " + row.op(), row));
        last.keptFloat.forEach(row -> kept.merge(row.node() + " " + row.op(), row, Rewritten::both));
        return new Rewritten(last.model, all, integerNodes + last.integerNodes, List.copyOf(kept.values()));
    }

    private static KeptFloat both(KeptFloat first, KeptFloat second) {
        return first.reason().equals(second.reason())
                ? first
                : new KeptFloat(first.node(), first.op(), first.reason() + "; " + second.reason());
    }

    /** A float model that a later technique goes on with. */
    static Rewritten stillFloat(Model model) {
        return new Rewritten(model, Set.of(), 0, List.of());
    }
}
