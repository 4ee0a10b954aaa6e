package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
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

    /** The same graph with short names, in its subgraphs too; unchanged where it has sparse weights. */
    static Graph shorten(Graph graph) {
        List<Graph> all = Subgraphs.all(graph);
        if (all.stream().anyMatch(each -> !each.sparseInitializers().isEmpty())) {
            return graph;
        }
        var shortNames = new ShortNames();
        shortNames.kept.add("");
        graph.inputs().forEach(input -> shortNames.kept.add(input.name()));
        graph.outputs().forEach(output -> shortNames.kept.add(output.name()));
        return shortNames.within(graph);
    }

    private Graph within(Graph graph) {
        var initializers = new LinkedHashMap<String, Tensor>();
        graph.initializers().forEach((name, tensor) -> {
            String brief = of(name);
            initializers.put(brief, tensor.withName(brief));
        });
        List<Node> nodes = graph.nodes().stream()
                .map(node -> node.withSubgraphs(this::within)
                        .withInputs(node.inputs().stream().map(this::of).toList())
                        .withOutputs(node.outputs().stream().map(this::of).toList()))
                .toList();
        return graph.withNodes(nodes)
                .withInitializers(initializers)
                .withInputs(infos(graph.inputs()))
                .withOutputs(infos(graph.outputs()))
                .withValues(List.of());
    }

    private List<ValueInfo> infos(List<ValueInfo> infos) {
        return infos.stream()
                .map(info -> new ValueInfo(of(info.name()), info.type(), info.doc(), info.metadata(), info.extras()))
                .toList();
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
