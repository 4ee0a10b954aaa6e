package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives each value and each node of a model a name of its own. Two branches of an If may use the same names, and a graph may
 * hide a name of the one around it; later passes and statistics go by name alone. Names of the main graph stay.
 */
final class UniqueNames {
    private final Set<String> values = new HashSet<>();
    private final Set<String> nodes = new HashSet<>();

    private UniqueNames() {}

    static Graph make(Graph graph) {
        return Subgraphs.hasAny(graph) ? new UniqueNames().within(graph, Map.of()) : graph;
    }

    /** @param outer new names of the values around, by their old ones */
    private Graph within(Graph graph, Map<String, String> outer) {
        var names = new HashMap<>(outer);
        // files of IR version 3 list weights among the inputs, so that one name may come up twice here
        Set<String> given = new LinkedHashSet<>();
        graph.inputs().forEach(input -> given.add(input.name()));
        given.addAll(graph.initializers().keySet());
        given.forEach(name -> define(name, names));
        // sparse weights keep their names: they are rare, and nothing here works on them
        graph.sparseInitializers().forEach(tensor -> keep(tensor.name(), names));
        graph.nodes().forEach(node -> node.outputs().forEach(output -> define(output, names)));
        var initializers = new LinkedHashMap<String, Tensor>();
        graph.initializers().forEach((name, tensor) -> {
            String unique = names.getOrDefault(name, name);
            initializers.put(unique, unique.equals(name) ? tensor : tensor.withName(unique));
        });
        List<Node> renamed = graph.nodes().stream()
                .map(node -> node.withName(uniqueNode(node.name()))
                        .withSubgraphs(inner -> within(inner, names))
                        .withInputs(all(node.inputs(), names))
                        .withOutputs(all(node.outputs(), names)))
                .toList();
        return graph.withNodes(renamed)
                .withInitializers(initializers)
                .withInputs(infos(graph.inputs(), names))
                .withOutputs(infos(graph.outputs(), names))
                .withValues(infos(graph.values(), names));
    }

    private void define(String name, Map<String, String> names) {
        if (name.isEmpty()) {
            return;
        }
        String unique = name;
        for (int i = 2; !values.add(unique); i++) {
            unique = name + "_" + i;
        }
        names.put(name, unique);
    }

    private void keep(String name, Map<String, String> names) {
        values.add(name);
        names.put(name, name);
    }

    private String uniqueNode(String name) {
        if (name.isEmpty()) {
            return name;
        }
        String unique = name;
        for (int i = 2; !nodes.add(unique); i++) {
            unique = name + "_" + i;
        }
        return unique;
    }

    private static List<String> all(List<String> values, Map<String, String> names) {
        return values.stream().map(value -> names.getOrDefault(value, value)).toList();
    }

    private static List<ValueInfo> infos(List<ValueInfo> infos, Map<String, String> names) {
        return infos.stream()
                .map(info -> {
                    String name = names.getOrDefault(info.name(), info.name());
                    return name.equals(info.name())
                            ? info
                            : new ValueInfo(name, info.type(), info.doc(), info.metadata(), info.extras());
                })
                .toList();
    }
}
