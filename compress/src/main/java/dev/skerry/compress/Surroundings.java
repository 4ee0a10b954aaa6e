package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a subgraph can see of the graphs around it.
 *
 * @param constants of all graphs around, by name
 * @param names taken anywhere in the model
 */
record Surroundings(Map<String, Tensor> constants, Set<String> names) {
    /** Of a main graph. */
    static final Surroundings NONE = new Surroundings(Map.of(), Set.of());

    /** Of a main graph whose inner graphs want names of their own. */
    static Surroundings of(Graph graph) {
        return new Surroundings(Map.of(), new Draft(graph).names());
    }

    /** For the graphs inside {@code graph}. */
    Surroundings inside(Graph graph) {
        var more = new HashMap<>(constants);
        more.putAll(graph.initializers());
        // a weight that is listed as an input could be replaced by the caller
        graph.inputs().forEach(input -> more.remove(input.name()));
        return new Surroundings(more, names);
    }
}
