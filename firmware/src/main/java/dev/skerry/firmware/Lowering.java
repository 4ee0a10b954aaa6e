package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.GraphIndex;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Requantization;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * From the graph of a model to layers of integer arithmetic. QuantizeLinear, DequantizeLinear and activations vanish into the
 * numbers of the layers; transpositions between the layouts vanish, since all buffers have their channels last.
 */
final class Lowering {
    /**
     * A value of the graph, and where the code has it.
     *
     * @param turned whether the graph has the channels before height and width
     */
    private record Held(Buffer buffer, boolean turned) {}

    private final Graph graph;
    private final GraphIndex index;
    private final Types types;
    private final Map<String, Held> held = new HashMap<>();
    private final List<Layer> layers = new ArrayList<>();

    private Lowering(Model model, Map<String, Long> dims) {
        graph = model.graph();
        index = GraphIndex.of(graph);
        types = ShapeInference.infer(model, dims);
    }

    /**
     * @param name of the functions that are made
     * @param dims sizes of open dimensions
     * @throws dev.skerry.problem.ProblemException {@code firmware.unsupported}, with the node, where there is no code for it
     */
    static Program lower(Model model, String name, Map<String, Long> dims) {
        return new Lowering(model, dims).program(name);
    }

    private Program program(String name) {
        ValueInfo input = only(graph.dataInputs(), "input");
        ValueInfo output = only(graph.outputs(), "output");
        requireStorable(input);
        long[] sizes = sizes(input.name());
        Buffer first = buffer(input.name(), sizes, false);
        held.put(input.name(), new Held(first, false));
        for (Node node : graph.nodes()) {
            lower(node);
        }
        Held last = held.get(output.name());
        if (last == null || layers.isEmpty()) {
            throw unsupported("output " + output.name(), "no layer makes it").toException();
        }
        return new Program(name, first, grid(first), last.buffer(), grid(last.buffer()), layers);
    }

    /** Bytes, or real numbers that are made bytes before all else: then the code takes the bytes. */
    private void requireStorable(ValueInfo input) {
        DataType type =
                types.tensor(input.name()).map(tensor -> tensor.element()).orElse(DataType.FLOAT);
        boolean quantized = type == DataType.FLOAT
                && index.consumers(input.name()).stream().allMatch(node -> node.is("QuantizeLinear"));
        if (type != DataType.INT8 && !quantized) {
            throw unsupported("input " + input.name(), "it is " + type.label() + ", and isn't made int8 at once")
                    .attempt("a TensorFlow Lite file that is int8 throughout")
                    .toException();
        }
    }

    /** What the bytes of a buffer stand for, by the first node that says it. */
    private Grid grid(Buffer buffer) {
        for (Node node : graph.nodes()) {
            boolean converts = node.is("QuantizeLinear") || node.is("DequantizeLinear");
            Held made = held.get(node.output(0));
            if (converts && made != null && made.buffer().equals(buffer)) {
                return new Grid((float) constant(node, 1).valueAt(0), zero(node));
            }
        }
        return Grid.PLAIN;
    }

    private static ValueInfo only(List<ValueInfo> ends, String what) {
        if (ends.size() != 1) {
            throw Problem.usage(
                            "firmware.ends", "a model of one " + what + " is needed, and this one has " + ends.size())
                    .at(String.join(", ", ends.stream().map(ValueInfo::name).toList()))
                    .attempt("exporting the model with one " + what)
                    .toException();
        }
        return ends.getFirst();
    }

    private void lower(Node node) {
        if (!node.isStandard()) {
            throw unsupported(node, "it is of the domain " + node.domain()).toException();
        }
        switch (node.op()) {
            case "DequantizeLinear" -> {
                if (!graph.initializers().containsKey(node.input(0))) {
                    same(node);
                }
            }
            case "QuantizeLinear", "Relu", "Clip" -> {
                requireOfLayer(node);
                same(node);
            }
            case "Identity" -> same(node);
            case "Transpose" -> transpose(node);
            case "Reshape", "Flatten", "Squeeze", "Unsqueeze" -> reshape(node);
            case "Conv" -> convolution(node);
            case "Gemm" -> fullyConnected(node);
            case "Add" -> addition(node);
            case "AveragePool", "GlobalAveragePool", "MaxPool" -> pool(node);
            case "Softmax" -> softmax(node);
            default -> throw unsupported(node, "there is no code for it yet").toException();
        }
    }

    /**
     * An activation or a scale that belongs to the layer before it, whose numbers hold it. By itself it would change bytes, for
     * which there is no code yet.
     */
    private void requireOfLayer(Node node) {
        Optional<Node> before = index.producer(node.input(0));
        while (before.isPresent() && Requantization.of(before.get()).isEmpty()) {
            Node maker = before.get();
            if (maker.is("DequantizeLinear") || maker.is("MaxPool")) {
                throw unsupported(node, "it stands by itself, without a layer that it belongs to")
                        .toException();
            }
            before = index.producer(maker.input(0));
        }
    }

    private void same(Node node) {
        held.put(node.output(0), read(node, 0));
    }

    private void transpose(Node node) {
        Held from = read(node, 0);
        int[] order = Arrays.stream(node.intsAttribute("perm").orElse(new long[0]))
                .mapToInt(Math::toIntExact)
                .toArray();
        boolean first = Arrays.equals(order, new int[] {0, 3, 1, 2});
        boolean last = Arrays.equals(order, new int[] {0, 2, 3, 1});
        if (first && !from.turned() || last && from.turned()) {
            held.put(node.output(0), new Held(from.buffer(), first));
        } else {
            throw unsupported(node, "it moves elements: " + Arrays.toString(order))
                    .toException();
        }
    }

    private void reshape(Node node) {
        Held from = read(node, 0);
        Buffer buffer = from.buffer();
        boolean inOrder = !from.turned() || buffer.channels() == 1 || buffer.height() == 1 && buffer.width() == 1;
        if (!inOrder) {
            throw unsupported(node, "it reads channel by channel what lies pixel by pixel")
                    .toException();
        }
        held.put(node.output(0), new Held(buffer, false));
    }

    private void convolution(Node node) {
        Held from = read(node, 0);
        Buffer out = make(node);
        Tensor weights = constant(node, 1);
        long[] dims = weights.dims();
        int group = Math.toIntExact(node.intAttribute("group", 1));
        Window window = window(node, (int) dims[2], (int) dims[3]);
        byte[] values = bytes(weights);
        if (group == 1) {
            layers.add(new Layer.Convolution(
                    node.label(), from.buffer(), out, window, weights(node, channelsLast(values, dims), out)));
        } else if (group == from.buffer().channels() && dims[1] == 1) {
            layers.add(new Layer.Depthwise(
                    node.label(), from.buffer(), out, window, weights(node, outputsLast(values, dims), out)));
        } else {
            throw unsupported(node, "it has " + group + " groups of " + dims[1] + " channels")
                    .toException();
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
        if (node.intAttribute("transB", 0) != 1) {
            throw unsupported(node, "its weights lie by input").toException();
        }
        Held from = read(node, 0);
        Buffer out = make(node);
        byte[] weights = bytes(constant(node, 1));
        if (weights.length != from.buffer().elements() * out.channels()) {
            throw unsupported(node, "it has more than one row").toException();
        }
        layers.add(new Layer.FullyConnected(node.label(), from.buffer(), out, weights(node, weights, out)));
    }

    private void addition(Node node) {
        Requantization numbers = numbers(node);
        Held left = read(node, 0);
        Held right = read(node, 1);
        Buffer out = make(node);
        if (left.buffer().elements() != out.elements() || right.buffer().elements() != out.elements()) {
            throw unsupported(node, "its operands have different shapes").toException();
        }
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
        Held from = read(node, 0);
        Buffer out = make(node);
        Buffer in = from.buffer();
        Window window = node.is("GlobalAveragePool")
                ? new Window(in.height(), in.width(), 1, 1, 1, 1, 0, 0)
                : window(node, kernel(node)[0], kernel(node)[1]);
        if (node.is("MaxPool")) {
            layers.add(new Layer.MaxPool(node.label(), in, out, window));
        } else {
            int[] clamp = numbers(node).get("clamp");
            layers.add(new Layer.AveragePool(node.label(), in, out, window, clamp[0], clamp[1]));
        }
    }

    private static int[] kernel(Node node) {
        return Arrays.stream(node.intsAttribute("kernel_shape").orElse(new long[] {1, 1}))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private void softmax(Node node) {
        Requantization numbers = numbers(node);
        Held from = read(node, 0);
        long[] sizes = sizes(node.input(0));
        if (sizes[sizes.length - 1] != from.buffer().channels()
                && sizes[sizes.length - 1] != from.buffer().elements()) {
            throw unsupported(node, "it doesn't go over what lies side by side").toException();
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
        Held value = held.get(node.input(input));
        if (value == null) {
            throw unsupported(node, "its input " + node.input(input) + " is no activation in INT8")
                    .toException();
        }
        return value;
    }

    private Buffer make(Node node) {
        long[] sizes = sizes(node.output(0));
        boolean turned = sizes.length == 4;
        Buffer buffer = buffer(node.output(0), sizes, turned);
        held.put(node.output(0), new Held(buffer, turned));
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
                ? new Buffer(name, Math.toIntExact(b), Math.toIntExact(c), Math.toIntExact(a))
                : new Buffer(name, Math.toIntExact(a), Math.toIntExact(b), Math.toIntExact(c));
    }

    private long[] sizes(String value) {
        return types.tensor(value)
                .flatMap(type -> Optional.ofNullable(type.shape()))
                .filter(shape -> shape.isStatic())
                .orElseThrow(() -> Problem.usage("firmware.shape", "the size of a value isn't known")
                        .at(value)
                        .because("memory is planned before the code runs")
                        .attempt("--dim NAME=SIZE")
                        .toException())
                .sizes();
    }

    private Requantization numbers(Node node) {
        return Requantization.of(node)
                .orElseThrow(() -> unsupported(node, "it carries no integer arithmetic of TensorFlow Lite")
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

    private Tensor constant(Node node, int input) {
        Tensor direct = graph.initializers().get(node.input(input));
        Tensor found = direct != null
                ? direct
                : index.producer(node.input(input))
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .map(producer -> graph.initializers().get(producer.input(0)))
                        .orElse(null);
        if (found == null) {
            throw unsupported(node, "its input " + node.input(input) + " is no constant")
                    .toException();
        }
        return found;
    }

    private byte[] bytes(Tensor tensor) {
        if (tensor.type() != DataType.INT8) {
            throw unsupported(
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
                ? Arrays.stream(constant(node, 2).toLongs())
                        .mapToInt(Math::toIntExact)
                        .toArray()
                : new int[channels];
    }

    /** The zero point of the integers that a node's input stands for. */
    private int zeroOfInput(Node node, int input) {
        Node producer = index.producer(node.input(input)).orElse(null);
        if (producer == null || !producer.is("DequantizeLinear")) {
            throw unsupported(node, "its input " + node.input(input) + " isn't quantized")
                    .toException();
        }
        return zero(producer);
    }

    /** The zero point that the result is quantized with, after activations. */
    private int zeroOfOutput(Node node) {
        Node user = node;
        while (!user.is("QuantizeLinear")) {
            List<Node> readers = index.consumers(user.output(0));
            if (readers.size() != 1) {
                throw unsupported(node, "its result isn't quantized").toException();
            }
            user = readers.getFirst();
        }
        return zero(user);
    }

    private int zero(Node node) {
        return node.hasInput(2) ? Math.toIntExact(constant(node, 2).longAt(0)) : 0;
    }

    private static Problem unsupported(Node node, String why) {
        return unsupported("node " + node.label() + " (" + node.op() + ")", why);
    }

    private static Problem unsupported(String where, String why) {
        return Problem.usage("firmware.unsupported", "no C can be made of this model")
                .at(where)
                .because(why);
    }
}
