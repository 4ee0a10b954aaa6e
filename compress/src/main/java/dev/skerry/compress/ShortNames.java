package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives the inner values of a graph names of a few letters. Exporters name values after whole module paths, and a small model
 * holds each name several times. Inputs, outputs and nodes
 * keep theirs, since people meet them.
 */
final class ShortNames {
    private final Set<String> kept = new HashSet<>();
    private final Map<String, String> names = new HashMap<>();
    private int next;

    private ShortNames() {}

    /** The same graph with short names; unchanged where subgraphs could refer to a name from inside. */
    static Graph shorten(Graph graph) {
        if (graph.nodes().stream().anyMatch(node -> !node.subgraphs().isEmpty())
                || !graph.sparseInitializers().isEmpty()) {
            return graph;
        }
        var shortNames = new ShortNames();
        shortNames.kept.add("");
        graph.inputs().forEach(input -> shortNames.kept.add(input.name()));
        graph.outputs().forEach(output -> shortNames.kept.add(output.name()));
        var initializers = new LinkedHashMap<String, Tensor>();
        graph.initializers().forEach((name, tensor) -> {
            String brief = shortNames.of(name);
            initializers.put(brief, tensor.withName(brief));
        });
        List<Node> nodes = graph.nodes().stream()
                .map(node -> node.withInputs(
                                node.inputs().stream().map(shortNames::of).toList())
                        .withOutputs(node.outputs().stream().map(shortNames::of).toList()))
                .toList();
        return graph.withNodes(nodes).withInitializers(initializers).withValues(List.of());
    }

    private String of(String name) {
        if (kept.contains(name)) {
            return name;
        }
        return names.computeIfAbsent(name, key -> {
            String brief = Integer.toString(next++, Character.MAX_RADIX);
            while (kept.contains(brief)) {
                brief = Integer.toString(next++, Character.MAX_RADIX);
            }
            return brief;
        });
    }
}
