package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the channels that layers make go to, through the whole graph: which axis of a value they lie on, which weights belong to
 * them, and which must go together since something adds, multiplies or reshapes them. What no rule knows pins the channels that
 * reach it.
 *
 * @see <a href="https://arxiv.org/abs/2301.12900">Fang et al., DepGraph: towards any structural pruning, section 3</a>
 */
@SuppressWarnings("ArrayRecordComponent") // rows of channel numbers, compared nowhere
final class ChannelFlow {
    /** The channels of a value, on one of its axes. */
    record Lane(int axis, int[] channels) {}

    /** A constant input of a node of which an axis has one entry per channel. */
    record Slice(int input, int axis, int[] channels) {}

    /** Sizes in a constant: element {@code at} of an input counts these channels. */
    record Size(int input, int at, int[] channels) {}

    /**
     * A layer with weights.
     *
     * @param reads channels of its input, by column of channels; empty where the input has none, or each output reads one only
     * @param makes channels of its output; empty where they are not to be removed
     */
    record Layer(Node node, int[] reads, int[] makes) {}

    final ChannelTies ties = new ChannelTies();
    final Graph graph;
    private final Types types;
    private final Map<String, Lane> lanes = new HashMap<>();
    private final Map<String, List<Slice>> slices = new LinkedHashMap<>();
    private final Map<String, List<Size>> sizes = new LinkedHashMap<>();
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final Map<String, int[]> work = new LinkedHashMap<>();
    private final Map<String, Integer> readers = new HashMap<>();

    private ChannelFlow(Graph graph, Types types) {
        this.graph = graph;
        this.types = types;
        graph.nodes().forEach(node -> node.inputs().forEach(input -> readers.merge(input, 1, Integer::sum)));
    }

    /** @param types of all values, with sizes as the samples have them */
    static ChannelFlow of(Graph graph, Types types) {
        var flow = new ChannelFlow(graph, types);
        var rules = new ChannelRules(flow);
        for (Node node : graph.nodes()) {
            rules.follow(node);
            flow.captured(node).forEach(value -> flow.pin(value, "a graph inside of " + node.label() + " reads it"));
        }
        graph.outputs().forEach(output -> flow.pin(output.name(), "it is an output of the model"));
        return flow;
    }

    Optional<Lane> lane(String value) {
        return Optional.ofNullable(lanes.get(value));
    }

    void put(String value, Lane lane) {
        lanes.put(value, lane);
    }

    void pin(String value, String reason) {
        lane(value).ifPresent(lane -> ties.pin(lane.channels(), reason));
    }

    void slice(Node node, Slice slice) {
        slices.computeIfAbsent(node.output(0), key -> new ArrayList<>()).add(slice);
    }

    void size(Node node, Size size) {
        sizes.computeIfAbsent(node.output(0), key -> new ArrayList<>()).add(size);
    }

    void layer(Layer layer) {
        layers.put(layer.node().output(0), layer);
    }

    /** A product of two activations does less work with fewer of these channels. */
    void work(Node node, int[] channels) {
        work.put(node.output(0), channels);
    }

    /** The sizes of a value; null where one isn't known. */
    long @Nullable [] shape(String value) {
        Tensor constant = graph.initializers().get(value);
        if (constant != null) {
            return constant.dims();
        }
        Shape shape = types.tensor(value).map(ValueType.OfTensor::shape).orElse(null);
        return shape == null || !shape.isStatic() ? null : shape.sizes();
    }

    Optional<Tensor> constant(String value) {
        return Optional.ofNullable(graph.initializers().get(value));
    }

    boolean isShared(String value) {
        return readers.getOrDefault(value, 0) > 1;
    }

    List<Slice> slices(Node node) {
        return slices.getOrDefault(node.output(0), List.of());
    }

    List<Size> sizes(Node node) {
        return sizes.getOrDefault(node.output(0), List.of());
    }

    /** Layers in topological order. */
    List<Layer> layers() {
        return List.copyOf(layers.values());
    }

    Optional<Layer> layer(Node node) {
        return Optional.ofNullable(layers.get(node.output(0)));
    }

    /** All channels with which the work of a node grows, one array for each factor. */
    List<int[]> factors(Node node) {
        Layer layer = layers.get(node.output(0));
        int[] of = work.get(node.output(0));
        return layer != null ? List.of(layer.reads(), layer.makes()) : of != null ? List.of(of) : List.of();
    }

    /** What may be chosen from, in topological order of the first layer that makes it. */
    List<ChannelGroup> groups() {
        var groups = new ArrayList<ChannelGroup>();
        for (List<Integer> units : ties.groups()) {
            Set<Integer> own = new LinkedHashSet<>(units);
            List<Layer> makers = touching(own, true);
            List<Layer> readers = touching(own, false);
            List<Integer> free =
                    units.stream().filter(unit -> ties.pinned(unit).isEmpty()).toList();
            String obstacle = units.stream()
                    .map(ties::pinned)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElse("");
            if (readers.isEmpty() && obstacle.isEmpty()) {
                obstacle = "no layer reads its channels";
            }
            groups.add(new ChannelGroup(
                    makers, readers, units, readers.isEmpty() || makers.isEmpty() ? List.of() : free, obstacle));
        }
        return groups;
    }

    private List<Layer> touching(Set<Integer> units, boolean made) {
        return layers.values().stream()
                .filter(layer -> {
                    for (int channel : made ? layer.makes() : layer.reads()) {
                        if (units.contains(ties.root(channel))) {
                            return true;
                        }
                    }
                    return false;
                })
                .toList();
    }

    private Set<String> captured(Node node) {
        if (node.subgraphs().isEmpty()) {
            return Set.of();
        }
        Set<String> names = new LinkedHashSet<>();
        node.subgraphs().forEach(inner -> collect(inner, names));
        return Collections.unmodifiableSet(names);
    }

    private static void collect(Graph inner, Set<String> names) {
        inner.outputs().stream().map(ValueInfo::name).forEach(names::add);
        for (Node node : inner.nodes()) {
            names.addAll(node.inputs());
            node.subgraphs().forEach(deeper -> collect(deeper, names));
        }
    }
}
