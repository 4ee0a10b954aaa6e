package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Stores a large constant once that several graphs of a model hold: in the innermost graph around all of them. */
final class SharedConstants {
    private static final long LEAST_BYTES = 256;

    private record Content(DataType type, List<Long> dims, ByteBuffer bytes) {
        static Content of(Tensor tensor) {
            var dims = new ArrayList<Long>();
            for (long dim : tensor.dims()) {
                dims.add(dim);
            }
            return new Content(tensor.type(), dims, tensor.data().asByteBuffer());
        }
    }

    /** Where a constant lies, as the numbers of the graphs on the way. */
    private record Place(List<Integer> path, Tensor tensor) {}

    private final Map<List<Integer>, Map<String, Tensor>> added = new HashMap<>();
    private final Map<String, String> names = new HashMap<>();
    private final Set<String> gone = new HashSet<>();

    private SharedConstants() {}

    /** @param graph one in which each name has one meaning ({@link UniqueNames}) */
    static Graph share(Graph graph) {
        if (!Subgraphs.hasAny(graph)) {
            return graph;
        }
        Map<Content, List<Place>> all = new LinkedHashMap<>();
        collect(graph, List.of(), all);
        var shared = new SharedConstants();
        all.values().stream().filter(places -> places.size() > 1).forEach(shared::merge);
        return shared.gone.isEmpty() ? graph : Subgraphs.redirect(shared.moved(graph, List.of()), shared.names);
    }

    private static void collect(Graph graph, List<Integer> path, Map<Content, List<Place>> all) {
        Set<String> fixed = new HashSet<>();
        graph.inputs().forEach(input -> fixed.add(input.name()));
        graph.outputs().forEach(output -> fixed.add(output.name()));
        for (Tensor tensor : graph.initializers().values()) {
            if (!fixed.contains(tensor.name())
                    && tensor.type() != DataType.STRING
                    && tensor.byteSize() >= LEAST_BYTES) {
                all.computeIfAbsent(Content.of(tensor), key -> new ArrayList<>())
                        .add(new Place(path, tensor));
            }
        }
        int at = 0;
        for (Node node : graph.nodes()) {
            for (Graph inner : node.subgraphs()) {
                collect(inner, longer(path, at++), all);
            }
        }
    }

    private void merge(List<Place> places) {
        List<Integer> common = places.getFirst().path();
        for (Place place : places) {
            int same = 0;
            while (same < Math.min(common.size(), place.path().size())
                    && common.get(same).equals(place.path().get(same))) {
                same++;
            }
            common = common.subList(0, same);
        }
        Tensor first = places.getFirst().tensor();
        for (Place place : places) {
            gone.add(place.tensor().name());
            names.put(place.tensor().name(), first.name());
        }
        added.computeIfAbsent(List.copyOf(common), key -> new LinkedHashMap<>()).put(first.name(), first);
    }

    private Graph moved(Graph graph, List<Integer> path) {
        var initializers = new LinkedHashMap<>(graph.initializers());
        initializers.keySet().removeAll(gone);
        initializers.putAll(added.getOrDefault(path, Map.of()));
        int[] at = {0};
        return graph.withInitializers(initializers)
                .withNodes(graph.nodes().stream()
                        .map(node -> node.withSubgraphs(inner -> moved(inner, longer(path, at[0]++))))
                        .toList());
    }

    private static List<Integer> longer(List<Integer> path, int next) {
        var longer = new ArrayList<>(path);
        longer.add(next);
        return List.copyOf(longer);
    }
}
