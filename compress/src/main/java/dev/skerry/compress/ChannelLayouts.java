package dev.skerry.compress;

import dev.skerry.compress.ChannelFlow.Lane;
import dev.skerry.compress.ChannelFlow.Size;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How operators that move elements hand on channels: reshapes, transpositions, concatenation, and reductions of other axes. */
final class ChannelLayouts {
    private final ChannelFlow flow;

    ChannelLayouts(ChannelFlow flow) {
        this.flow = flow;
    }

    /** Whether there was a rule that fits; where not, nothing was done. */
    boolean follow(Node node) {
        if (node.op().equals("Concat")) {
            return concatenation(node);
        }
        Lane lane = flow.lane(node.input(0)).orElse(null);
        long[] in = flow.shape(node.input(0));
        if (lane == null) {
            // what other inputs may hold is pinned by the caller
            return false;
        }
        return in != null && moved(node, lane, in);
    }

    private boolean moved(Node node, Lane lane, long[] in) {
        int rank = in.length;
        return switch (node.op()) {
            case "Transpose" -> {
                long[] order = node.intsAttribute("perm").orElse(null);
                int axis = rank - 1 - lane.axis();
                for (int i = 0; order != null && i < rank; i++) {
                    axis = order[i] == lane.axis() ? i : axis;
                }
                yield put(node, axis, lane.channels());
            }
            case "Reshape" ->
                flow.constant(node.input(1)).isPresent()
                        && reshaped(node, lane, in, flow.constant(node.input(1)).orElse(null));
            case "Flatten" -> reshaped(node, lane, in, null);
            case "Squeeze", "Unsqueeze" -> {
                // sizes of one come and go: the axis is where as many elements lie behind it
                long[] out = flow.shape(node.output(0));
                yield out != null && lane.channels().length > 1 && reshaped(node, lane, in, null);
            }
            case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare" -> {
                long[] axes = axes(node);
                if (axes == null || contains(axes, lane.axis(), rank)) {
                    yield false;
                }
                long before = Arrays.stream(axes)
                        .filter(axis -> (axis < 0 ? axis + rank : axis) < lane.axis())
                        .count();
                boolean keeps = node.intAttribute("keepdims", 1) != 0;
                yield put(node, lane.axis() - (keeps ? 0 : (int) before), lane.channels());
            }
            case "Slice" -> {
                long[] axes = flow.constant(node.input(3)).map(Tensor::toLongs).orElse(null);
                yield axes != null && !contains(axes, lane.axis(), rank) && put(node, lane.axis(), lane.channels());
            }
            case "Pad" -> {
                long[] pads = flow.constant(node.input(1)).map(Tensor::toLongs).orElse(null);
                yield pads != null
                        && !node.hasInput(3)
                        && pads.length == 2 * rank
                        && pads[lane.axis()] == 0
                        && pads[lane.axis() + rank] == 0
                        && put(node, lane.axis(), lane.channels());
            }
            case "Resize" -> {
                long[] out = flow.shape(node.output(0));
                yield !node.hasInput(1)
                        && flow.constant(node.input(2)).isPresent()
                        && !node.hasInput(3)
                        && out != null
                        && out[lane.axis()] == in[lane.axis()]
                        && put(node, lane.axis(), lane.channels());
            }
            case "Gather" -> {
                int axis = (int) node.intAttribute("axis", 0);
                axis += axis < 0 ? rank : 0;
                long[] indices = flow.shape(node.input(1));
                yield indices != null
                        && flow.lane(node.input(1)).isEmpty()
                        && axis != lane.axis()
                        && put(node, lane.axis() + (axis < lane.axis() ? indices.length - 1 : 0), lane.channels());
            }
            case "Split" -> split(node, lane, rank);
            default -> false;
        };
    }

    private boolean put(Node node, int axis, int[] channels) {
        flow.put(node.output(0), new Lane(axis, channels));
        return true;
    }

    private static boolean contains(long[] axes, int axis, int rank) {
        return Arrays.stream(axes).anyMatch(each -> (each < 0 ? each + rank : each) == axis);
    }

    private long @Nullable [] axes(Node node) {
        Optional<long[]> attribute = node.intsAttribute("axes");
        return attribute.isPresent()
                ? attribute.get()
                : flow.constant(node.input(1)).map(Tensor::toLongs).orElse(null);
    }

    private boolean concatenation(Node node) {
        long[] out = flow.shape(node.output(0));
        List<Lane> lanes = new ArrayList<>();
        for (String input : node.inputs()) {
            flow.lane(input).ifPresent(lanes::add);
        }
        if (out == null || lanes.size() != node.inputs().size()) {
            return false;
        }
        int axis = (int) node.intAttribute("axis", 0);
        axis += axis < 0 ? out.length : 0;
        int first = lanes.getFirst().axis();
        if (lanes.stream().anyMatch(lane -> lane.axis() != first)) {
            return false;
        }
        if (first == axis) {
            return put(
                    node,
                    axis,
                    lanes.stream()
                            .flatMapToInt(lane -> Arrays.stream(lane.channels()))
                            .toArray());
        }
        lanes.forEach(lane -> flow.ties.tie(lanes.getFirst().channels(), lane.channels()));
        return put(node, first, lanes.getFirst().channels());
    }

    private boolean split(Node node, Lane lane, int rank) {
        int axis = (int) node.intAttribute("axis", 0);
        axis += axis < 0 ? rank : 0;
        if (axis != lane.axis()) {
            node.outputs().forEach(output -> flow.put(output, lane));
            return true;
        }
        int from = 0;
        for (int i = 0; i < node.outputs().size(); i++) {
            long[] out = flow.shape(node.output(i));
            if (out == null) {
                return false;
            }
            int[] own = Arrays.copyOfRange(lane.channels(), from, from + (int) out[axis]);
            from += own.length;
            flow.put(node.output(i), new Lane(axis, own));
            flow.size(node, new Size(1, i, own));
        }
        return true;
    }

    /**
     * Channels on an axis that becomes part of a longer one repeat there; an axis that is divided leaves its channels on one of
     * the parts, and those that lie at one place there are tied: of [heads · features] whole heads remain.
     *
     * @param sizes what the node is told to make, if it is
     */
    private boolean reshaped(Node node, Lane lane, long[] in, @Nullable Tensor sizes) {
        long[] out = flow.shape(node.output(0));
        if (out == null) {
            return false;
        }
        long before = product(in, 0, lane.axis());
        long after = product(in, lane.axis() + 1, in.length);
        int count = lane.channels().length;
        for (int axis = 0; axis < out.length; axis++) {
            long left = product(out, 0, axis);
            long right = product(out, axis + 1, out.length);
            if (before % left == 0 && after % right == 0 && out[axis] % count == 0) {
                int each = (int) (after / right);
                int[] channels = new int[(int) out[axis]];
                for (int i = 0; i < channels.length; i++) {
                    channels[i] = lane.channels()[i / each % count];
                }
                return resized(node, axis, channels, sizes, axis == lane.axis());
            }
        }
        return divided(node, lane, out, before, after, sizes);
    }

    private boolean divided(Node node, Lane lane, long[] out, long before, long after, @Nullable Tensor sizes) {
        int first = 0;
        while (first < out.length && product(out, 0, first) != before) {
            first++;
        }
        int end = first;
        while (end < out.length && product(out, end, out.length) != after) {
            end++;
        }
        if (first >= out.length || product(out, first, end) != lane.channels().length) {
            return false;
        }
        List<Integer> parts = new ArrayList<>();
        for (int axis = first; axis < end; axis++) {
            if (out[axis] > 1) {
                parts.add(axis);
            }
        }
        // with positions behind, groups of channels [groups, channels, y, x]; with none, features of heads [.., heads,
        // features]
        int axis = parts.get(after > 1 ? parts.size() - 1 : Math.max(0, parts.size() - 2));
        int inner = (int) product(out, axis + 1, end);
        int[] channels = new int[(int) out[axis]];
        for (int i = 0; i < lane.channels().length; i++) {
            int at = i / inner % channels.length;
            if (i < inner * channels.length && i % inner == 0) {
                channels[at] = lane.channels()[i];
            }
            flow.ties.tie(channels[at], lane.channels()[i]);
        }
        return resized(node, axis, channels, sizes, false);
    }

    private boolean resized(Node node, int axis, int[] channels, @Nullable Tensor sizes, boolean sameAxis) {
        if (sizes != null) {
            long told = sizes.toLongs()[axis];
            if (told > 0 || told == 0 && !sameAxis) {
                flow.size(node, new Size(1, axis, channels));
            }
        }
        return put(node, axis, channels);
    }

    private static long product(long[] sizes, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= sizes[i];
        }
        return product;
    }
}
