package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.GraphIndex;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Moves constants into the subgraph that reads them, where the runtime's fusions and other passes look for them. One that
 * several graphs read stays where it is, unless it is so small that each may have its own.
 */
final class InnerConstants {
    /** Axes, bounds and shapes are smaller than this, weights larger. */
    private static final long SMALL_BYTES = 64;

    private final Set<String> taken;

    private InnerConstants(Set<String> taken) {
        this.taken = taken;
    }

    /** @param graph one in which each name has one meaning ({@link UniqueNames}) */
    static Graph place(Graph graph) {
        return Subgraphs.hasAny(graph) ? new InnerConstants(new Draft(graph).names()).within(graph) : graph;
    }

    private Graph within(Graph graph) {
        Set<String> here = new HashSet<>();
        graph.outputs().forEach(output -> here.add(output.name()));
        // a weight that is listed as an input could be replaced by the caller
        graph.inputs().forEach(input -> here.add(input.name()));
        Map<String, Integer> inner = new HashMap<>();
        for (Node node : graph.nodes()) {
            here.addAll(node.inputs());
            for (Graph each : node.subgraphs()) {
                GraphIndex.captures(each).forEach(name -> inner.merge(name, 1, Integer::sum));
                each.outputs().forEach(output -> here.add(output.name()));
            }
        }
        var initializers = new LinkedHashMap<>(graph.initializers());
        List<Node> nodes = graph.nodes().stream()
                .map(node -> node.withSubgraphs(each -> within(take(each, graph.initializers(), here, inner))))
                .toList();
        initializers
                .entrySet()
                .removeIf(entry -> !here.contains(entry.getKey())
                        && inner.containsKey(entry.getKey())
                        && (inner.getOrDefault(entry.getKey(), 0) == 1 || isSmall(entry.getValue())));
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    private Graph take(Graph graph, Map<String, Tensor> outer, Set<String> here, Map<String, Integer> inner) {
        var initializers = new LinkedHashMap<>(graph.initializers());
        var copies = new HashMap<String, String>();
        for (String name : GraphIndex.captures(graph)) {
            Tensor tensor = outer.get(name);
            if (tensor == null || isOutput(graph, name)) {
                continue;
            }
            if (!here.contains(name) && inner.getOrDefault(name, 0) == 1) {
                initializers.put(name, tensor);
            } else if (isSmall(tensor)) {
                String copy = fresh(name);
                initializers.put(copy, tensor.withName(copy));
                copies.put(name, copy);
            }
        }
        return Subgraphs.redirect(graph.withInitializers(initializers), copies);
    }

    private static boolean isOutput(Graph graph, String name) {
        for (ValueInfo output : graph.outputs()) {
            if (output.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSmall(Tensor tensor) {
        return tensor.byteSize() <= SMALL_BYTES;
    }

    private String fresh(String hint) {
        String name = hint;
        for (int i = 2; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }

    /** Leaves out constants that equal another one of the same graph; small ones only, since exporters repeat axes and shapes. */
    static Graph merge(Graph graph) {
        record Content(dev.skerry.model.DataType type, List<Long> dims, java.nio.ByteBuffer bytes) {}
        Map<Content, String> first = new HashMap<>();
        var same = new HashMap<String, String>();
        var initializers = new LinkedHashMap<>(graph.initializers());
        Set<String> fixed = new HashSet<>();
        graph.outputs().forEach(output -> fixed.add(output.name()));
        graph.inputs().forEach(input -> fixed.add(input.name()));
        for (Tensor tensor : graph.initializers().values()) {
            if (fixed.contains(tensor.name())
                    || !isSmall(tensor)
                    || tensor.type() == dev.skerry.model.DataType.STRING) {
                continue;
            }
            var dims = new ArrayList<Long>();
            for (long dim : tensor.dims()) {
                dims.add(dim);
            }
            String kept = first.putIfAbsent(
                    new Content(tensor.type(), dims, tensor.data().asByteBuffer()), tensor.name());
            if (kept != null) {
                same.put(tensor.name(), kept);
                initializers.remove(tensor.name());
            }
        }
        return Subgraphs.redirect(graph.withInitializers(initializers), same);
    }
}
