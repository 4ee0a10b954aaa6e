package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two layers of which the second alone reads what the first makes, with nothing between that a factor per channel couldn't pass:
 * cutting at zero, pooling, flattening. A channel may be divided by a positive number in the first and multiplied by it in the
 * second.
 *
 * @param channels output channels of the first layer, which are input channels of the second
 * @param cutsAtZero whether a Relu or Clip stands between
 * @param cap where values are cut off above; +∞ where they aren't
 * @param shiftable whether a constant that is taken from a channel can be given back by the second layer's bias: not where that
 *     pads with zeros
 */
record ChannelPair(Node first, Node second, int channels, boolean cutsAtZero, double cap, boolean shiftable) {
    /** All pairs of a graph, in its order. */
    static List<ChannelPair> of(Draft draft) {
        var pairs = new ArrayList<ChannelPair>();
        for (Node node : draft.nodes) {
            if (isLayer(node, draft)) {
                follow(node, draft).ifPresent(pairs::add);
            }
        }
        return pairs;
    }

    private static Optional<ChannelPair> follow(Node first, Draft draft) {
        int channels = matrix(first, draft).rows();
        boolean cuts = false;
        boolean shiftable = true;
        double cap = Double.POSITIVE_INFINITY;
        Optional<Node> next = draft.onlyConsumer(first.output(0));
        while (next.isPresent() && !isLayer(next.get(), draft)) {
            Node node = next.get();
            switch (node.isStandard() ? node.op() : "") {
                case "Relu" -> cuts = true;
                case "Clip" -> {
                    if (!isScalar(node, 1, draft)
                            || draft.constant(node.input(1)).orElseThrow().valueAt(0) != 0
                            || node.hasInput(2) && !isScalar(node, 2, draft)) {
                        return Optional.empty();
                    }
                    cuts = true;
                    if (node.hasInput(2)) {
                        cap = Math.min(
                                cap, draft.constant(node.input(2)).orElseThrow().valueAt(0));
                    }
                }
                case "GlobalAveragePool" -> {}
                case "MaxPool" -> {
                    if (node.outputs().size() > 1) {
                        return Optional.empty();
                    }
                }
                // zeros of the padding may count
                case "AveragePool" -> shiftable = false;
                case "Flatten" -> {
                    if (node.intAttribute("axis", 1) != 1) {
                        return Optional.empty();
                    }
                }
                default -> {
                    return Optional.empty();
                }
            }
            next = draft.onlyConsumer(node.output(0));
        }
        if (next.isEmpty() || !(cap > 0) || !reads(next.get(), channels, draft)) {
            return Optional.empty();
        }
        return Optional.of(
                new ChannelPair(first, next.get(), channels, cuts, cap, shiftable && !padsWithZeros(next.get())));
    }

    private static boolean isScalar(Node node, int input, Draft draft) {
        return draft.constant(node.input(input))
                .filter(tensor -> tensor.elements() == 1)
                .isPresent();
    }

    /** Whether a node has weights and a bias of its own that can be changed. */
    private static boolean isLayer(Node node, Draft draft) {
        return (node.is("Conv") || node.is("Gemm"))
                && OperatorKind.of(node, draft) == OperatorKind.LAYER
                && isOwn(node.input(1), draft)
                && (!node.hasInput(2) || isOwn(node.input(2), draft))
                && WeightMatrix.of(node, draft.constant(node.input(1))).isPresent();
    }

    private static boolean isOwn(String constant, Draft draft) {
        return draft.initializers.containsKey(constant)
                && draft.initializers.get(constant).type() == DataType.FLOAT
                && draft.consumers(constant).size() == 1
                && !draft.isOutput(constant);
    }

    static WeightMatrix matrix(Node layer, Draft draft) {
        Optional<Tensor> weight = draft.constant(layer.input(1));
        return WeightMatrix.of(layer, weight).orElseThrow();
    }

    private static boolean reads(Node second, int channels, Draft draft) {
        WeightMatrix matrix = matrix(second, draft);
        return second.is("Conv") ? matrix.dims()[1] * matrix.groups() == channels : matrix.columns() % channels == 0;
    }

    private static boolean padsWithZeros(Node layer) {
        boolean pads = layer.attributes().get("pads") instanceof Attribute.Ints ints
                && ints.values().stream().anyMatch(pad -> pad != 0);
        return layer.is("Conv")
                && (pads || layer.stringAttribute("auto_pad", "NOTSET").startsWith("SAME"));
    }
}
