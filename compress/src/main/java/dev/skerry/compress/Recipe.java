package dev.skerry.compress;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** How a variant is made: techniques, one after the other. Each sees what the one before it made. */
record Recipe(List<Technique> techniques) {
    Recipe {
        techniques = List.copyOf(techniques);
    }

    static Recipe of(Technique... techniques) {
        return new Recipe(List.of(techniques));
    }

    String name() {
        return techniques.stream().map(Technique::label).collect(Collectors.joining("-"));
    }

    Rewritten make(Studied studied) {
        Studied current = studied;
        Rewritten made = Rewritten.stillFloat(studied.model());
        Set<String> changed = new HashSet<>();
        int integerNodes = 0;
        for (Technique technique : techniques) {
            made = technique.apply(current);
            changed.addAll(made.changed());
            integerNodes += made.integerNodes();
            current = current.with(made.model());
        }
        return new Rewritten(made.model(), changed, integerNodes, made.keptFloat());
    }
}
