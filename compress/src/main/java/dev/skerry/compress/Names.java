package dev.skerry.compress;

import dev.skerry.model.Graph;
import java.util.Set;

/** Names of values that nothing in a graph has yet, nor anything that was named here before. */
final class Names {
    private final Set<String> taken;

    Names(Graph graph) {
        taken = new Draft(graph).names();
    }

    String fresh(String hint) {
        String name = hint;
        for (int i = 2; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }
}
