package dev.skerry.compress;

import dev.skerry.compress.ChannelFlow.Lane;
import dev.skerry.compress.ChannelFlow.Layer;
import dev.skerry.compress.ChannelFlow.Slice;
import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How operators hand on the channels of {@link ChannelFlow}: layers, arithmetic, normalization, pooling. */
final class ChannelRules {
    private static final Set<String> UNARY = Set.of(
            "Relu",
            "LeakyRelu",
            "ThresholdedRelu",
            "Elu",
            "Selu",
            "Celu",
            "Gelu",
            "Mish",
            "HardSwish",
            "HardSigmoid",
            "Sigmoid",
            "Tanh",
            "Softplus",
            "Softsign",
            "Erf",
            "Exp",
            "Log",
            "Sqrt",
            "Reciprocal",
            "Neg",
            "Abs",
            "Sign",
            "Floor",
            "Ceil",
            "Round",
            "Clip",
            "Cast",
            "Identity",
            "Dropout",
            "Not",
            "IsNaN",
            "Sin",
            "Cos");

    private static final Set<String> ELEMENTWISE = Set.of(
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Pow",
            "Min",
            "Max",
            "Sum",
            "Mean",
            "Where",
            "PRelu",
            "Equal",
            "Less",
            "Greater",
            "LessOrEqual",
            "GreaterOrEqual",
            "And",
            "Or",
            "Xor",
            "Mod");

    private static final int[] NONE = {};

    private final ChannelFlow flow;
    private final ChannelLayouts layouts;

    ChannelRules(ChannelFlow flow) {
        this.flow = flow;
        layouts = new ChannelLayouts(flow);
    }

    void follow(Node node) {
        if (!node.isStandard()) {
            pinInputs(node);
        } else if (UNARY.contains(node.op())) {
            flow.lane(node.input(0)).ifPresent(lane -> flow.put(node.output(0), lane));
        } else if (ELEMENTWISE.contains(node.op())) {
            elementwise(node);
        } else {
            switch (node.op()) {
                case "Conv" -> convolution(node);
                case "ConvTranspose" -> transposedConvolution(node);
                case "Gemm" -> gemm(node);
                case "MatMul" -> matMul(node);
                case "BatchNormalization", "InstanceNormalization" -> perChannel(node);
                case "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" ->
                    pool(node);
                case "Softmax", "LogSoftmax" ->
                    flow.lane(node.input(0)).ifPresent(lane -> along(node, lane, node.intAttribute("axis", -1)));
                default -> {
                    if (!layouts.follow(node)) {
                        pinInputs(node);
                    }
                }
            }
        }
    }

    private void pinInputs(Node node) {
        node.inputs().forEach(input -> flow.pin(input, "read by " + node.op()));
    }

    /** What an operator does along {@code axis} it does with all channels there; across other axes each is for itself. */
    private void along(Node node, Lane lane, long axis) {
        long[] shape = flow.shape(node.input(0));
        if (shape == null || (axis < 0 ? axis + shape.length : axis) == lane.axis()) {
            pinInputs(node);
        } else {
            flow.put(node.output(0), lane);
        }
    }

    private void pool(Node node) {
        flow.lane(node.input(0)).ifPresent(lane -> {
            if (lane.axis() == 1 && node.outputs().size() == 1) {
                flow.put(node.output(0), lane);
            } else {
                pinInputs(node);
            }
        });
    }

    private void perChannel(Node node) {
        Lane lane = flow.lane(node.input(0)).orElse(null);
        if (lane == null) {
            return;
        }
        boolean constant = node.inputs().stream()
                .skip(1)
                .allMatch(input -> flow.constant(input).isPresent());
        if (lane.axis() != 1 || !constant || node.outputs().size() != 1) {
            pinInputs(node);
            return;
        }
        for (int input = 1; input < node.inputs().size(); input++) {
            flow.slice(node, new Slice(input, 0, lane.channels()));
        }
        flow.put(node.output(0), lane);
    }

    private void convolution(Node node) {
        Optional<Tensor> weight = weight(node);
        Lane lane = flow.lane(node.input(0)).orElse(null);
        if (weight.isEmpty() || biasVaries(node) || lane != null && lane.axis() != 1) {
            pinInputs(node);
            return;
        }
        long[] dims = weight.get().dims();
        int groups = (int) node.intAttribute("group", 1);
        if (groups == 1) {
            if (lane != null) {
                flow.slice(node, new Slice(1, 1, lane.channels()));
            }
            makes(node, lane == null ? NONE : lane.channels(), (int) dims[0], 0, 1);
        } else if (dims[1] == 1 && lane != null) {
            // depthwise: each channel goes on as itself, or as several
            int each = (int) dims[0] / groups;
            int[] channels = new int[(int) dims[0]];
            for (int i = 0; i < channels.length; i++) {
                channels[i] = lane.channels()[i / each];
            }
            slices(node, channels, 0);
            flow.put(node.output(0), new Lane(1, channels));
            flow.layer(new Layer(node, NONE, channels));
        } else {
            flow.pin(node.input(0), "read by a convolution in groups");
        }
    }

    private void transposedConvolution(Node node) {
        flow.pin(node.input(0), "read by ConvTranspose");
        if (weight(node).isPresent() && !biasVaries(node) && node.intAttribute("group", 1) == 1) {
            makes(node, NONE, (int) weight(node).orElseThrow().dims()[1], 1, 1);
        }
    }

    private void gemm(Node node) {
        Optional<Tensor> weight = weight(node).filter(tensor -> tensor.rank() == 2);
        Lane lane = flow.lane(node.input(0)).orElse(null);
        boolean plain = node.intAttribute("transA", 0) == 0
                && node.floatAttribute("alpha", 1) == 1
                && node.floatAttribute("beta", 1) == 1;
        if (weight.isEmpty() || !plain || biasVaries(node) || lane != null && lane.axis() != 1) {
            pinInputs(node);
            return;
        }
        int outputs = node.intAttribute("transB", 0) != 0 ? 0 : 1;
        if (lane != null) {
            flow.slice(node, new Slice(1, 1 - outputs, lane.channels()));
        }
        makes(node, lane == null ? NONE : lane.channels(), (int) weight.get().dims()[outputs], outputs, 1);
    }

    private void matMul(Node node) {
        Optional<Tensor> weight = weight(node).filter(tensor -> tensor.rank() == 2);
        Lane lane = flow.lane(node.input(0)).orElse(null);
        long[] shape = flow.shape(node.input(0));
        if (weight.isEmpty()) {
            if (flow.constant(node.input(0)).isPresent()
                    || flow.constant(node.input(1)).isPresent()) {
                pinInputs(node);
            } else {
                product(node);
            }
        } else if (shape == null || shape.length < 2 || lane != null && lane.axis() != shape.length - 1) {
            pinInputs(node);
        } else {
            if (lane != null) {
                flow.slice(node, new Slice(1, 0, lane.channels()));
            }
            makes(
                    node,
                    lane == null ? NONE : lane.channels(),
                    (int) weight.get().dims()[1],
                    1,
                    shape.length - 1);
        }
    }

    /** Two activations, as in an attention: heads on an axis before the last two, or features summed over. */
    private void product(Node node) {
        long[] first = flow.shape(node.input(0));
        long[] second = flow.shape(node.input(1));
        Lane one = flow.lane(node.input(0)).orElse(null);
        Lane other = flow.lane(node.input(1)).orElse(null);
        if (one == null && other == null) {
            return;
        }
        if (first == null || second == null || first.length != second.length || one == null || other == null) {
            pinInputs(node);
            return;
        }
        int rank = first.length;
        boolean heads = one.axis() == other.axis() && one.axis() < rank - 2;
        boolean summed = one.axis() == rank - 1 && other.axis() == rank - 2;
        if ((heads || summed) && one.channels().length == other.channels().length) {
            flow.ties.tie(one.channels(), other.channels());
            flow.work(node, one.channels());
            if (heads) {
                flow.put(node.output(0), one);
            }
        } else {
            pinInputs(node);
        }
    }

    private Optional<Tensor> weight(Node node) {
        return flow.constant(node.input(1)).filter(tensor -> tensor.type() == DataType.FLOAT);
    }

    private boolean biasVaries(Node node) {
        return node.hasInput(2) && flow.constant(node.input(2)).isEmpty();
    }

    /** New channels of a layer; none where its weights are another's as well. */
    private void makes(Node node, int[] reads, int count, int weightAxis, int outputAxis) {
        int[] channels = flow.ties.fresh(count);
        if (flow.isShared(node.input(1))) {
            flow.ties.pin(channels, "its weights are shared");
            flow.ties.pin(reads, node.label() + " shares its weights");
        }
        slices(node, channels, weightAxis);
        flow.put(node.output(0), new Lane(outputAxis, channels));
        flow.layer(new Layer(node, reads, channels));
    }

    private void slices(Node node, int[] channels, int weightAxis) {
        flow.slice(node, new Slice(1, weightAxis, channels));
        flow.constant(node.input(2)).ifPresent(bias -> {
            long[] dims = bias.dims();
            if (dims.length > 0 && dims[dims.length - 1] == channels.length) {
                flow.slice(node, new Slice(2, dims.length - 1, channels));
            }
        });
    }

    /** Values that are broadcast against each other; what meets at an axis is tied. */
    private void elementwise(Node node) {
        long[] shape = flow.shape(node.output(0));
        Lane result = shape == null ? null : common(node, shape);
        if (shape == null || result == null) {
            pinInputs(node);
            return;
        }
        for (int input = 0; input < node.inputs().size(); input++) {
            long[] own = flow.shape(node.input(input));
            if (!node.hasInput(input) || own == null) {
                flow.ties.pin(result.channels(), "meets a value of unknown size in " + node.op());
                continue;
            }
            int axis = result.axis() - (shape.length - own.length);
            boolean meets = axis >= 0 && own[axis] != 1;
            Lane lane = flow.lane(node.input(input)).orElse(null);
            boolean constant = flow.constant(node.input(input)).isPresent();
            if (lane != null && (!meets || lane.axis() != axis)) {
                flow.ties.pin(lane.channels(), "meets channels of another axis in " + node.op());
                if (meets) {
                    flow.ties.pin(result.channels(), "meets channels of another axis in " + node.op());
                }
            } else if (lane != null) {
                flow.ties.tie(lane.channels(), result.channels());
            } else if (meets && constant) {
                flow.slice(node, new Slice(input, axis, result.channels()));
            } else if (meets) {
                flow.ties.pin(result.channels(), "meets in " + node.op() + " what no layer makes");
            }
        }
        flow.put(node.output(0), result);
    }

    /** The channels of the first input that has as many as the output. */
    private @Nullable Lane common(Node node, long[] shape) {
        for (String input : node.inputs()) {
            long[] own = flow.shape(input);
            Lane lane = flow.lane(input).orElse(null);
            if (lane != null && own != null) {
                int axis = lane.axis() + shape.length - own.length;
                if (shape[axis] == lane.channels().length) {
                    return new Lane(axis, lane.channels());
                }
            }
        }
        return null;
    }
}
