package dev.skerry.assess;

import dev.skerry.model.ModelCost;
import dev.skerry.runtime.spi.NodePlacement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
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
     * @param macs multiply-accumulates of the node that it was; null where there are none or nobody knows
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
            String runtime, long inferences, List<NodePlacement> placements, ModelCost cost, boolean fused) {
        double all = placements.stream().mapToDouble(NodePlacement::meanMicros).sum();
        var graph = new Names(cost);
        var counted = new HashSet<String>();
        var rows = new ArrayList<Row>();
        for (NodePlacement placement : placements) {
            Optional<ModelCost.NodeCost> match = graph.match(placement.node());
            Long macs = match.flatMap(node -> graph.computing(node, placement.op()))
                    .filter(node -> counted.add(node.path()))
                    .map(ModelCost.NodeCost::macs)
                    .orElse(null);
            String named = match.map(ModelCost.NodeCost::path).orElse(placement.node());
            Origin origin = fused && named.startsWith("pre/")
                    ? Origin.PRE
                    : fused && named.startsWith("post/")
                            ? Origin.POST
                            : match.isPresent() ? Origin.MODEL : Origin.RUNTIME;
            rows.add(new Row(
                    placement.node(),
                    placement.op(),
                    placement.provider(),
                    origin,
                    placement.meanMicros(),
                    all > 0 ? placement.meanMicros() / all : 0,
                    macs));
        }
        return new NodeProfile(runtime, inferences, rows);
    }

    /** The nodes of a graph by their names and by those of their outputs; runtimes name what they make after either. */
    private static final class Names {
        private static final int FUSED = 8;
        private static final int SHORTEST = 3;

        private final Map<String, ModelCost.NodeCost> byName = new HashMap<>();
        private final Map<String, ModelCost.NodeCost> byOutput = new HashMap<>();
        private final List<String> longestFirst;

        Names(ModelCost cost) {
            for (ModelCost.NodeCost node : cost.nodes()) {
                node.node().outputs().forEach(output -> byOutput.putIfAbsent(output, node));
            }
            byName.putAll(byOutput);
            cost.nodes().forEach(node -> byName.put(node.path(), node));
            longestFirst = byName.keySet().stream()
                    .filter(name -> name.length() >= SHORTEST)
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .toList();
        }

        Optional<ModelCost.NodeCost> match(String name) {
            ModelCost.NodeCost same = byName.get(name);
            return same != null
                    ? Optional.of(same)
                    : longestFirst.stream().filter(name::contains).findFirst().map(byName::get);
        }

        /** A convolution that is fused with what follows it goes by the name of the last: the nearest before it of the same kind. */
        Optional<ModelCost.NodeCost> computing(ModelCost.NodeCost from, String op) {
            String kind = op.replaceFirst("^(Fused|Nhwc|QLinear)", "");
            ModelCost.NodeCost node = from;
            for (int i = 0; i < FUSED && node != null; i++) {
                if (node.node().op().replaceFirst("^(Fused|Nhwc|QLinear)", "").equals(kind)) {
                    return node.macs() > 0 ? Optional.of(node) : Optional.empty();
                }
                node = node.node().inputs().isEmpty()
                        ? null
                        : byOutput.get(node.node().inputs().getFirst());
            }
            return Optional.empty();
        }
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
