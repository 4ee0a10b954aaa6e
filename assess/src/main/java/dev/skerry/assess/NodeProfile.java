package dev.skerry.assess;

import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.runtime.spi.NodePlacement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where the time of an inference goes, node by node in the order of execution.
 *
 * @param runtime by which it was measured
 * @param inferences how many it is the mean of
 */
public record NodeProfile(String runtime, long inferences, List<Row> rows) {
    /** Where a node comes from. */
    public enum Origin {
        PRE("pre"),
        MODEL("model"),
        POST("post"),
        /** Not of the graph: the runtime added it, to change a layout or a type. */
        RUNTIME("runtime");

        private final String label;

        Origin(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * A node that ran, of the graph as the runtime rewrote it.
     *
     * @param share of the time of all nodes, as a fraction
     * @param macs multiply-accumulates of the node that it was, or of the one that its name begins with; null where there is none
     */
    public record Row(
            String name,
            String op,
            String provider,
            Origin origin,
            double micros,
            double share,
            @Nullable Long macs) {
        /** Multiply-accumulates a second, in billions; null where the node has none. */
        public @Nullable Double gigaMacsPerSecond() {
            Long counted = macs;
            return counted == null || counted == 0 || micros <= 0 ? null : (Double) (counted / micros / 1e3);
        }
    }

    public NodeProfile {
        rows = List.copyOf(rows);
    }

    /**
     * Puts the names of a runtime's nodes together with those of the graph that it was given: a runtime that fuses or splits nodes keeps
     * a name and adds to it.
     *
     * @param fused whether the graph has pre and post steps, whose nodes are named {@code pre/…} and {@code post/…}
     */
    static NodeProfile of(
            String runtime,
            long inferences,
            List<NodePlacement> placements,
            Model model,
            ModelCost cost,
            boolean fused) {
        double all = placements.stream().mapToDouble(NodePlacement::meanMicros).sum();
        Map<String, ModelCost.NodeCost> byName = new HashMap<>();
        cost.nodes().forEach(node -> byName.putIfAbsent(node.path(), node));
        List<String> longestFirst = byName.keySet().stream()
                .filter(name -> !name.isEmpty())
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        var used = new HashMap<String, Integer>();
        var matches = new ArrayList<Optional<String>>();
        for (NodePlacement placement : placements) {
            Optional<String> match = match(placement.node(), byName, longestFirst);
            match.ifPresent(name -> used.merge(name, 1, Integer::sum));
            matches.add(match);
        }
        var rows = new ArrayList<Row>();
        for (int i = 0; i < placements.size(); i++) {
            NodePlacement placement = placements.get(i);
            Optional<String> match = matches.get(i);
            String named = match.orElse(placement.node());
            Origin origin = !fused
                    ? match.isPresent() ? Origin.MODEL : Origin.RUNTIME
                    : named.startsWith("pre/")
                            ? Origin.PRE
                            : named.startsWith("post/")
                                    ? Origin.POST
                                    : match.isPresent() ? Origin.MODEL : Origin.RUNTIME;
            ModelCost.NodeCost of = match.map(byName::get).orElse(null);
            boolean computes = of != null && of.macs() > 0 && computes(placement.op());
            rows.add(new Row(
                    placement.node(),
                    placement.op(),
                    placement.provider(),
                    origin,
                    placement.meanMicros(),
                    all > 0 ? placement.meanMicros() / all : 0,
                    computes && of != null ? (Long) of.macs() : null));
        }
        return new NodeProfile(runtime, inferences, rows);
    }

    private static Optional<String> match(
            String name, Map<String, ModelCost.NodeCost> byName, List<String> longestFirst) {
        if (byName.containsKey(name)) {
            return Optional.of(name);
        }
        return longestFirst.stream()
                .filter(known -> known.length() > 2 && name.contains(known))
                .findFirst();
    }

    /** What a runtime puts beside a layer carries the layer's name and none of its work. */
    private static boolean computes(String op) {
        return !op.startsWith("Reorder")
                && !op.equals("Transpose")
                && !op.equals("Cast")
                && !op.equals("QuantizeLinear")
                && !op.equals("DequantizeLinear")
                && !op.equals("Reshape");
    }

    /** Of the nodes' time, that of one origin, in microseconds. */
    public double micros(Origin origin) {
        return rows.stream()
                .filter(row -> row.origin == origin)
                .mapToDouble(Row::micros)
                .sum();
    }

    /** Of all nodes, in microseconds. */
    public double micros() {
        return rows.stream().mapToDouble(Row::micros).sum();
    }

    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("runtime", runtime)
                .put("inferences", inferences)
                .put("micros", micros())
                .put("preMicros", micros(Origin.PRE))
                .put("modelMicros", micros(Origin.MODEL))
                .put("postMicros", micros(Origin.POST))
                .put("runtimeMicros", micros(Origin.RUNTIME));
        var nodes = json.putArray("nodes");
        for (Row row : rows) {
            nodes.addObject()
                    .put("name", row.name)
                    .put("op", row.op)
                    .put("provider", row.provider)
                    .put("origin", row.origin.label())
                    .put("micros", row.micros)
                    .put("sharePercent", 100 * row.share)
                    .put("macs", row.macs)
                    .put("gigaMacsPerSecond", row.gigaMacsPerSecond());
        }
        return json;
    }
}
