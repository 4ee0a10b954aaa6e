package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Requantization;
import dev.skerry.model.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What TensorFlow Lite computes in INT8, as layers of integers. QuantizeLinear, DequantizeLinear and activations vanish into their
 * numbers, and transpositions between the layouts vanish, since all buffers have their channels last.
 */
final class IntegerLowering {
    /**
     * A value of the integer side, and where the code has it.
     *
     * @param turned whether the graph has the channels before height and width
     * @param scale the DequantizeLinear that says what the bytes stand for; null where the graph has the bytes themselves, or
     *     real numbers that are never made
     */
    private record Held(
            Buffer buffer, boolean turned, @Nullable Node scale) {}

    private final Values values;
    private final List<Layer> layers;
    private final Map<String, Held> held = new HashMap<>();

    /** @param layers to which those that are made are added */
    IntegerLowering(Values values, List<Layer> layers) {
        this.values = values;
        this.layers = layers;
    }

    /** The end of a model that takes bytes. */
    Port taken(String name) {
        Buffer buffer = buffer(name, values.sizes(name), false);
        held.put(name, new Held(buffer, false, null));
        return new Port(name, buffer.withDims(values.sizes(name)), Grid.PLAIN);
    }

    /** An end with what its bytes stand for, where this side has it. */
    Port withGrid(Port port) {
        return held.containsKey(port.name()) ? new Port(port.name(), port.buffer(), grid(port.buffer())) : port;
    }

    /** The end of a model that gives bytes; empty where this side doesn't have the value. */
    Optional<Port> given(String name) {
        return Optional.ofNullable(held.get(name))
                .map(last -> new Port(name, inOrder(name, last).withDims(values.sizes(name)), grid(last.buffer())));
    }

    /** What the bytes of a buffer stand for, by the first node that says it. */
    Grid grid(Buffer buffer) {
        for (Node node : values.graph().nodes()) {
            boolean converts = node.is("QuantizeLinear") || node.is("DequantizeLinear");
            Held made = held.get(node.output(0));
            if (converts && made != null && made.buffer().isMemoryOf(buffer)) {
                return new Grid((float) values.constant(node, 1).valueAt(0), values.zero(node));
            }
        }
        return Grid.PLAIN;
    }

    /** Whether the integer side has a layer for a node, or does without. */
    boolean takes(Node node) {
        boolean carries = Requantization.of(node).isPresent() && isHeld(node.input(0));
        return switch (node.op()) {
            case "DequantizeLinear" ->
                isHeld(node.input(0)) && values.constant(node, 1).elements() == 1;
            case "QuantizeLinear", "Relu", "Clip" -> isOfLayer(node);
            case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze" -> isHeld(node.input(0));
            case "Transpose" -> isHeld(node.input(0)) && isOneImage(node) && turns(node);
            case "Conv" -> carries && isOneImage(node) && isByteWeight(node) && (isPlain(node) || isDepthwise(node));
            case "Gemm" ->
                carries
                        && isByteWeight(node)
                        && node.intAttribute("transB", 0) == 1
                        && values.sizes(node.output(0))[0] == 1;
            case "Add" -> carries && isOneImage(node) && isHeld(node.input(1)) && hasEqualShapes(node);
            case "AveragePool", "GlobalAveragePool" ->
                carries && isOneImage(node) && values.sizes(node.output(0)).length == 4;
            case "ReduceMean" -> carries && isOneImage(node) && isOverPlaces(node);
            case "MaxPool" ->
                isHeld(node.input(0))
                        && isOneImage(node)
                        && values.sizes(node.output(0)).length == 4
                        && node.outputs().size() == 1;
            case "Softmax" -> carries;
            default -> false;
        };
    }

    private boolean isHeld(String value) {
        return held.containsKey(value)
                || values.find(value) instanceof Operand.Held(Buffer buffer) && buffer.type() == DataType.INT8;
    }

    /** Buffers have no dimension for several images. */
    private boolean isOneImage(Node node) {
        long[] sizes = values.sizes(node.input(0));
        return sizes.length != 4 || sizes[0] == 1;
    }

    private boolean isPlain(Node node) {
        return node.intAttribute("group", 1) == 1 && values.constant(node, 1).rank() == 4;
    }

    private boolean isDepthwise(Node node) {
        long[] dims = values.constant(node, 1).dims();
        return dims.length == 4 && dims[1] == 1 && node.intAttribute("group", 1) == values.sizes(node.input(0))[1];
    }

    private boolean isByteWeight(Node node) {
        Tensor weights = values.weight(node, 1);
        return weights != null && weights.type() == DataType.INT8;
    }

    private boolean hasEqualShapes(Node node) {
        long[] made = values.sizes(node.output(0));
        return Arrays.equals(values.sizes(node.input(0)), made) && Arrays.equals(values.sizes(node.input(1)), made);
    }

    void lower(Node node) {
        switch (node.op()) {
            case "DequantizeLinear" -> {
                Held bytes = read(node, 0);
                held.put(node.output(0), new Held(bytes.buffer(), bytes.turned(), node));
            }
            case "QuantizeLinear" -> {
                Held bytes = read(node, 0);
                held.put(node.output(0), new Held(bytes.buffer(), bytes.turned(), null));
            }
            case "Relu", "Clip", "Identity" -> same(node);
            case "Transpose" -> transpose(node);
            case "Reshape", "Flatten", "Squeeze", "Unsqueeze" -> reshape(node);
            case "Conv" -> convolution(node);
            case "Gemm" -> fullyConnected(node);
            case "Add" -> addition(node);
            case "AveragePool", "GlobalAveragePool", "MaxPool" -> pool(node);
            case "ReduceMean" -> mean(node);
            case "Softmax" -> softmax(node);
            default -> throw new IllegalStateException(node.op() + " is no layer of integers");
        }
    }

    /**
     * An activation or a scale that belongs to the layer before it, whose numbers hold it. By itself it changes bytes, and is
     * the general side's.
     */
    private boolean isOfLayer(Node node) {
        if (!held.containsKey(node.input(0))) {
            return false;
        }
        Optional<Node> before = values.index().producer(node.input(0));
        while (before.isPresent() && Requantization.of(before.get()).isEmpty()) {
            Node maker = before.get();
            if (maker.is("DequantizeLinear") || maker.is("MaxPool")) {
                return false;
            }
            before = values.index().producer(maker.input(0));
        }
        return true;
    }

    private void same(Node node) {
        held.put(node.output(0), read(node, 0));
    }

    private static boolean turnsFirst(Node node) {
        return Arrays.equals(node.intsAttribute("perm").orElse(new long[0]), new long[] {0, 3, 1, 2});
    }

    /** Whether a transposition only goes from one layout to the other, which buffers don't see. */
    private boolean turns(Node node) {
        boolean last = Arrays.equals(node.intsAttribute("perm").orElse(new long[0]), new long[] {0, 2, 3, 1});
        boolean turned = held.containsKey(node.input(0)) && read(node, 0).turned();
        return turnsFirst(node) && !turned || last && turned;
    }

    private void transpose(Node node) {
        Held from = read(node, 0);
        held.put(node.output(0), new Held(from.buffer(), turnsFirst(node), from.scale()));
    }

    private void reshape(Node node) {
        Held from = read(node, 0);
        Buffer buffer = inOrder(node.input(0), from);
        long[] sizes = values.sizes(node.output(0));
        held.put(node.output(0), new Held(buffer(buffer.name(), sizes, false), false, from.scale()));
    }

    /** The bytes in the order that the graph has: a layer moves them where the channels come first there. */
    private Buffer inOrder(String value, Held from) {
        Buffer buffer = from.buffer();
        if (!from.turned() || buffer.channels() == 1 || buffer.height() == 1 && buffer.width() == 1) {
            return buffer;
        }
        Buffer turned = Buffer.of(value + " (channels first)", DataType.INT8, values.sizes(value));
        layers.add(Moves.channelsFirst(value, buffer, turned));
        return turned;
    }

    /** The bytes with the channels last, of a value whose channels the graph has first. */
    private Held turned(Node node, int input) {
        Held from = read(node, input);
        if (from.turned()) {
            return from;
        }
        String value = node.input(input);
        Buffer buffer = buffer(value + " (channels last)", values.sizes(value), true);
        layers.add(Moves.channelsLast(value, from.buffer(), buffer));
        Held moved = new Held(buffer, true, from.scale());
        held.put(value, moved);
        return moved;
    }

    private void convolution(Node node) {
        Held from = turned(node, 0);
        Buffer out = make(node);
        Tensor weights = values.constant(node, 1);
        long[] dims = weights.dims();
        Window window = window(node, (int) dims[2], (int) dims[3]);
        byte[] values = bytes(weights);
        if (isPlain(node)) {
            layers.add(new Layer.Convolution(
                    node.label(), from.buffer(), out, window, weights(node, channelsLast(values, dims), out)));
        } else {
            layers.add(new Layer.Depthwise(
                    node.label(), from.buffer(), out, window, weights(node, outputsLast(values, dims), out)));
        }
    }

    /** [outputs, inputs, height, width] to [outputs, height, width, inputs]. */
    private static byte[] channelsLast(byte[] values, long[] dims) {
        int inputs = (int) dims[1];
        int area = (int) (dims[2] * dims[3]);
        byte[] turned = new byte[values.length];
        int at = 0;
        for (int output = 0; output < dims[0]; output++) {
            for (int place = 0; place < area; place++) {
                for (int input = 0; input < inputs; input++) {
                    turned[at++] = values[(output * inputs + input) * area + place];
                }
            }
        }
        return turned;
    }

    /** [outputs, 1, height, width] to [height, width, outputs]. */
    private static byte[] outputsLast(byte[] values, long[] dims) {
        int outputs = (int) dims[0];
        int area = (int) (dims[2] * dims[3]);
        byte[] turned = new byte[values.length];
        for (int output = 0; output < outputs; output++) {
            for (int place = 0; place < area; place++) {
                turned[place * outputs + output] = values[output * area + place];
            }
        }
        return turned;
    }

    private void fullyConnected(Node node) {
        Held from = read(node, 0);
        Buffer out = make(node);
        byte[] weights = bytes(values.constant(node, 1));
        layers.add(new Layer.FullyConnected(node.label(), from.buffer(), out, weights(node, weights, out)));
    }

    private void addition(Node node) {
        Requantization numbers = numbers(node);
        boolean hasChannelsFirst = values.sizes(node.output(0)).length == 4;
        Held left = hasChannelsFirst ? turned(node, 0) : read(node, 0);
        Held right = hasChannelsFirst ? turned(node, 1) : read(node, 1);
        Buffer out = make(node);
        Rescale rescale = new Rescale(
                numbers.get("output_multiplier"),
                numbers.get("output_shift"),
                zeroOfOutput(node),
                numbers.get("clamp")[0],
                numbers.get("clamp")[1]);
        layers.add(new Layer.Addition(
                node.label(),
                left.buffer(),
                right.buffer(),
                out,
                numbers.get("left_shift")[0],
                summand(node, numbers, 0),
                summand(node, numbers, 1),
                rescale));
    }

    private Layer.Summand summand(Node node, Requantization numbers, int operand) {
        String which = "input" + (operand + 1);
        return new Layer.Summand(
                zeroOfInput(node, operand), numbers.get(which + "_multiplier")[0], numbers.get(which + "_shift")[0]);
    }

    private void pool(Node node) {
        Held from = turned(node, 0);
        Buffer out = make(node);
        Buffer in = from.buffer();
        Window window = node.is("GlobalAveragePool")
                ? new Window(in.height(), in.width(), 1, 1, 1, 1, 0, 0)
                : window(node, kernel(node)[0], kernel(node)[1]);
        if (node.is("MaxPool")) {
            layers.add(new Layer.MaxPool(node.label(), in, out, window));
            held.put(node.output(0), new Held(out, true, from.scale()));
        } else {
            int[] clamp = numbers(node).get("clamp");
            layers.add(new Layer.AveragePool(node.label(), in, out, window, clamp[0], clamp[1]));
        }
    }

    /** Whether the mean is over height and width, wherever the graph has them. */
    private boolean isOverPlaces(Node node) {
        if (!held.containsKey(node.input(0)) || values.sizes(node.input(0)).length != 4) {
            return false;
        }
        long[] axes = node.hasInput(1)
                ? values.constant(node, 1).toLongs()
                : node.intsAttribute("axes").orElse(new long[0]);
        long first = read(node, 0).turned() ? 2 : 1;
        return axes.length == 2 && Math.floorMod(axes[0], 4) == first && Math.floorMod(axes[1], 4) == first + 1;
    }

    private void mean(Node node) {
        Requantization numbers = numbers(node);
        Held from = read(node, 0);
        Buffer out = Buffer.ofBytes(node.output(0), 1, 1, from.buffer().channels());
        int[] clamp = numbers.get("clamp");
        layers.add(new Layer.Mean(
                node.label(),
                from.buffer(),
                out,
                zeroOfInput(node, 0),
                new Rescale(numbers.get("multiplier"), numbers.get("shift"), zeroOfOutput(node), clamp[0], clamp[1])));
        held.put(node.output(0), new Held(out, from.turned(), null));
    }

    private static int[] kernel(Node node) {
        return Arrays.stream(node.intsAttribute("kernel_shape").orElse(new long[] {1, 1}))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private void softmax(Node node) {
        Requantization numbers = numbers(node);
        Held from = read(node, 0);
        long[] sizes = values.sizes(node.input(0));
        if (sizes[sizes.length - 1] != from.buffer().channels()
                && sizes[sizes.length - 1] != from.buffer().elements()) {
            throw values.refused(node, "it doesn't go over what lies side by side")
                    .toException();
        }
        layers.add(new Layer.Softmax(
                node.label(),
                from.buffer(),
                make(node),
                Math.toIntExact(sizes[sizes.length - 1]),
                numbers.get("input_multiplier")[0],
                numbers.get("input_shift")[0],
                numbers.get("diff_min")[0]));
    }

    private static Window window(Node node, int height, int width) {
        int[] strides = pair(node, "strides", 1);
        int[] dilations = pair(node, "dilations", 1);
        long[] pads = node.intsAttribute("pads").orElse(new long[4]);
        return new Window(
                height, width, strides[0], strides[1], dilations[0], dilations[1], (int) pads[0], (int) pads[1]);
    }

    private static int[] pair(Node node, String attribute, int otherwise) {
        long[] values = node.intsAttribute(attribute).orElse(new long[] {otherwise, otherwise});
        return new int[] {Math.toIntExact(values[0]), Math.toIntExact(values[1])};
    }

    private Held read(Node node, int input) {
        String value = node.input(input);
        Held found = held.get(value);
        if (found != null) {
            return found;
        }
        if (values.find(value) instanceof Operand.Held(Buffer buffer) && buffer.type() == DataType.INT8) {
            return new Held(buffer(buffer.name(), values.sizes(value), false), false, null);
        }
        throw values.refused(node, "its input " + value + " is no activation in INT8")
                .toException();
    }

    Operand operand(String where, String value) {
        Held bytes = held.get(value);
        if (bytes == null) {
            throw Values.unsupported(where, "nothing makes " + value).toException();
        }
        long[] sizes = values.sizes(value);
        Operand ordered = new Operand.Held(inOrder(value, bytes).withDims(sizes));
        if (values.type(where, value) == DataType.INT8) {
            return ordered;
        }
        Node scale = bytes.scale();
        if (scale == null) {
            throw Values.unsupported(where, "the real numbers of " + value + " are never made, only their bytes")
                    .toException();
        }
        Buffer real = Buffer.of(value, DataType.FLOAT, sizes);
        layers.add(Dequantization.of(value, ordered, values.constant(scale, 1), values.zero(scale), real));
        return new Operand.Held(real);
    }

    private Buffer make(Node node) {
        long[] sizes = values.sizes(node.output(0));
        boolean turned = sizes.length == 4;
        Buffer buffer = buffer(node.output(0), sizes, turned);
        held.put(node.output(0), new Held(buffer, turned, null));
        return buffer;
    }

    private static Buffer buffer(String name, long[] sizes, boolean turned) {
        long rows = 1;
        for (int axis = 0; axis < sizes.length - 3; axis++) {
            rows *= sizes[axis];
        }
        int rank = sizes.length;
        long a = rank > 2 ? rows * sizes[rank - 3] : rows;
        long b = rank > 1 ? sizes[rank - 2] : 1;
        long c = rank > 0 ? sizes[rank - 1] : 1;
        return turned
                ? Buffer.ofBytes(name, Math.toIntExact(b), Math.toIntExact(c), Math.toIntExact(a))
                : Buffer.ofBytes(name, Math.toIntExact(a), Math.toIntExact(b), Math.toIntExact(c));
    }

    private Requantization numbers(Node node) {
        return Requantization.of(node)
                .orElseThrow(() -> values.refused(node, "it carries no integer arithmetic of TensorFlow Lite")
                        .attempt("a TensorFlow Lite file that is int8 throughout")
                        .toException());
    }

    private Layer.Weights weights(Node node, byte[] values, Buffer out) {
        Requantization numbers = numbers(node);
        int[] clamp = numbers.get("clamp");
        return new Layer.Weights(
                values,
                bias(node, out.channels()),
                zeroOfInput(node, 0),
                new Rescale(numbers.get("multiplier"), numbers.get("shift"), zeroOfOutput(node), clamp[0], clamp[1]));
    }

    private byte[] bytes(Tensor tensor) {
        if (tensor.type() != DataType.INT8) {
            throw Values.unsupported(
                            "weights " + tensor.name(),
                            "they are " + tensor.type().label() + ", not int8")
                    .toException();
        }
        long[] values = tensor.toLongs();
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private int[] bias(Node node, int channels) {
        return node.hasInput(2)
                ? Arrays.stream(values.constant(node, 2).toLongs())
                        .mapToInt(Math::toIntExact)
                        .toArray()
                : new int[channels];
    }

    /** The zero point of the integers that a node's input stands for. */
    private int zeroOfInput(Node node, int input) {
        Node producer = values.index().producer(node.input(input)).orElse(null);
        if (producer == null || !producer.is("DequantizeLinear")) {
            throw values.refused(node, "its input " + node.input(input) + " isn't quantized")
                    .toException();
        }
        return values.zero(producer);
    }

    /** The zero point that the result is quantized with, after activations. */
    private int zeroOfOutput(Node node) {
        Node user = node;
        while (!user.is("QuantizeLinear")) {
            List<Node> readers = values.index().consumers(user.output(0));
            if (readers.size() != 1) {
                throw values.refused(node, "its result isn't quantized").toException();
            }
            user = readers.getFirst();
        }
        return values.zero(user);
    }
}
