package dev.skerry.compress;

import dev.skerry.compress.ChannelFlow.Lane;
import dev.skerry.compress.ChannelFlow.Size;
import dev.skerry.compress.ChannelFlow.Slice;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Takes channels out of a graph: their weights, biases and other constants, and the sizes that count them. */
final class ChannelRemoval {
    private final ChannelFlow flow;
    private final Set<Integer> removed;

    /** @param removed channels that stand for all that are tied to them ({@link ChannelGroup#units}) */
    ChannelRemoval(ChannelFlow flow, Set<Integer> removed) {
        this.flow = flow;
        this.removed = Set.copyOf(removed);
    }

    /** Places of the channels that remain. */
    int[] kept(int[] channels) {
        return IntStream.range(0, channels.length)
                .filter(i -> !removed.contains(flow.ties.root(channels[i])))
                .toArray();
    }

    boolean touches(int[] channels) {
        return kept(channels).length < channels.length;
    }

    /** The share of a node's work that remains. */
    double share(Node node) {
        double share = 1;
        for (int[] channels : flow.factors(node)) {
            share *= channels.length == 0 ? 1 : (double) kept(channels).length / channels.length;
        }
        return share;
    }

    /** @param graph that of the flow, or one with the same nodes and other numbers in its weights */
    @SuppressWarnings("ReferenceEquality") // whether the node is another one, not whether it looks alike
    Graph from(Graph graph) {
        var draft = new Draft(graph);
        for (Node node : graph.nodes()) {
            Node changed = withConstants(draft, node, constants(graph, node));
            int[] read = flow.lane(node.input(0)).map(Lane::channels).orElse(new int[0]);
            if (node.is("Conv") && node.intAttribute("group", 1) > 1 && touches(read)) {
                changed = changed.withAttribute("group", Attribute.of(kept(read).length));
            }
            if (changed != node) {
                draft.replace(node, changed);
            }
        }
        Graph narrowed = draft.toGraph();
        return narrowed.withValues(narrowed.values().stream()
                .filter(value -> flow.lane(value.name())
                        .map(lane -> !touches(lane.channels()))
                        .orElse(true))
                .toList());
    }

    /** The constants of a node that change, by input. */
    private Map<Integer, Tensor> constants(Graph graph, Node node) {
        var changed = new LinkedHashMap<Integer, Tensor>();
        for (Slice slice : flow.slices(node)) {
            Tensor tensor = changed.containsKey(slice.input())
                    ? changed.get(slice.input())
                    : graph.initializers().get(node.input(slice.input()));
            if (tensor != null && touches(slice.channels())) {
                changed.put(slice.input(), take(tensor, slice.axis(), kept(slice.channels())));
            }
        }
        List<Size> sizes = flow.sizes(node);
        if (sizes.stream().anyMatch(size -> touches(size.channels()))) {
            int input = sizes.getFirst().input();
            Tensor told = graph.initializers().get(node.input(input));
            long[] values = told == null ? new long[sizes.size()] : told.toLongs();
            sizes.forEach(size -> values[size.at()] = kept(size.channels()).length);
            changed.put(input, Tensor.ofLongs(node.output(0) + "_sizes", new long[] {values.length}, values));
        }
        return changed;
    }

    private Node withConstants(Draft draft, Node node, Map<Integer, Tensor> constants) {
        Node changed = node;
        List<String> inputs = new ArrayList<>(node.inputs());
        for (Map.Entry<Integer, Tensor> constant : constants.entrySet()) {
            int input = constant.getKey();
            Tensor tensor = constant.getValue();
            String name = node.input(input);
            if (name.isEmpty() || flow.isShared(name)) {
                name = draft.fresh(name.isEmpty() ? tensor.name() : name + "_narrow");
                while (inputs.size() <= input) {
                    inputs.add("");
                }
                inputs.set(input, name);
                changed = changed.withInputs(inputs);
            }
            draft.initializers.put(name, tensor.withName(name));
        }
        if (changed.is("Split")
                && constants.containsKey(1)
                && changed.attributes().containsKey("num_outputs")) {
            var attributes = new LinkedHashMap<>(changed.attributes());
            attributes.remove("num_outputs");
            changed = changed.withAttributes(attributes);
        }
        return changed;
    }

    /** The tensor with some of the entries of an axis. */
    private static Tensor take(Tensor tensor, int axis, int[] kept) {
        long[] dims = tensor.dims();
        long outer = Arrays.stream(dims, 0, axis).reduce(1, (a, b) -> a * b);
        long inner = Arrays.stream(dims, axis + 1, dims.length).reduce(1, (a, b) -> a * b);
        long entry = tensor.type().bytes(inner);
        if (tensor.type().bits() < 8 || tensor.type() == DataType.STRING) {
            throw new IllegalArgumentException(tensor + " has no entries of whole bytes");
        }
        byte[] bytes = new byte[Math.toIntExact(outer * kept.length * entry)];
        MemorySegment target = MemorySegment.ofArray(bytes);
        long to = 0;
        for (long block = 0; block < outer; block++) {
            for (int index : kept) {
                MemorySegment.copy(tensor.data(), (block * dims[axis] + index) * entry, target, to, entry);
                to += entry;
            }
        }
        dims[axis] = kept.length;
        return Tensor.of(tensor.name(), tensor.type(), dims, target);
    }
}
