package dev.skerry.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Runs an imported INT8 graph in integers alone, by the arithmetic that its nodes carry: slow, and only what the reference
 * models need. DequantizeLinear, QuantizeLinear and activations stand for nothing here, since the numbers hold them all.
 */
@SuppressWarnings({"NullAway", "ArrayRecordComponent"}) // a null fails the test, as it should
final class IntegerReference {
    private final Graph graph;
    private final Map<String, Node> makers = new HashMap<>();
    private final Map<String, long[]> dims = new HashMap<>();
    private final Map<String, int[]> values = new HashMap<>();
    private final Types types;

    IntegerReference(Model model) {
        graph = model.graph();
        types = ShapeInference.infer(model, Map.of());
        graph.nodes().forEach(node -> makers.put(node.output(0), node));
    }

    int[] run(byte[] input) {
        values.clear();
        graph.initializers().forEach((name, tensor) -> dims.put(name, tensor.dims()));
        values.put(
                graph.inputs().getFirst().name(),
                IntStream.range(0, input.length).map(i -> input[i]).toArray());
        for (Node node : graph.nodes()) {
            switch (node.op()) {
                case "QuantizeLinear" -> values.put(node.output(0), values.get(node.input(0)));
                case "DequantizeLinear" -> values.put(node.output(0), stored(node.input(0)));
                case "Relu", "Clip", "Reshape" -> values.put(node.output(0), values.get(node.input(0)));
                case "Transpose" -> values.put(node.output(0), transpose(node));
                case "Conv" -> values.put(node.output(0), conv(node));
                case "Gemm" -> values.put(node.output(0), gemm(node));
                case "Add" -> values.put(node.output(0), add(node));
                case "AveragePool" -> values.put(node.output(0), pool(node));
                case "Softmax" -> values.put(node.output(0), softmax(node));
                default -> throw new IllegalStateException(node.op());
            }
        }
        return values.get(graph.outputs().getFirst().name());
    }

    private int[] stored(String name) {
        Tensor constant = graph.initializers().get(name);
        return constant == null
                ? values.get(name)
                : java.util.Arrays.stream(constant.toLongs())
                        .mapToInt(v -> (int) v)
                        .toArray();
    }

    private int[] shape(String value) {
        return java.util.Arrays.stream(types.tensor(value).orElseThrow().shape().sizes())
                .mapToInt(v -> (int) v)
                .toArray();
    }

    /** The zero point of what a DequantizeLinear made. */
    private int zeroOfInput(String value) {
        return (int) graph.initializers().get(makers.get(value).input(2)).longAt(0);
    }

    /** The zero point that the result is quantized with, after activations. */
    private int zeroOfOutput(Node node) {
        Node user = node;
        while (!user.is("QuantizeLinear")) {
            String made = user.output(0);
            user = graph.nodes().stream()
                    .filter(next -> next.inputs().contains(made))
                    .findFirst()
                    .orElseThrow();
        }
        return (int) graph.initializers().get(user.input(2)).longAt(0);
    }

    static int scale(int x, int multiplier, int shift) {
        int left = Math.max(shift, 0);
        int right = Math.max(-shift, 0);
        long product = (long) (x << left) * multiplier;
        long nudge = product >= 0 ? 1L << 30 : 1 - (1L << 30);
        int high = (int) ((product + nudge) / (1L << 31));
        int mask = (int) ((1L << right) - 1);
        int remainder = high & mask;
        int threshold = (mask >> 1) + (high < 0 ? 1 : 0);
        return (right == 31 ? high >> 31 : high >> right) + (remainder > threshold ? 1 : 0);
    }

    /** From accumulator to output; asked for once per layer. */
    private record Finish(int[] multiplier, int[] shift, int[] clamp, int zero) {
        static Finish of(Requantization numbers, int zero) {
            return new Finish(numbers.get("multiplier"), numbers.get("shift"), numbers.get("clamp"), zero);
        }

        int of(int accumulator, int channel) {
            int index = multiplier.length == 1 ? 0 : channel;
            return Math.clamp(scale(accumulator, multiplier[index], shift[index]) + zero, clamp[0], clamp[1]);
        }
    }

    private static int clamp(int value, Requantization numbers) {
        int[] clamp = numbers.get("clamp");
        return Math.clamp(value, clamp[0], clamp[1]);
    }

    private int[] transpose(Node node) {
        int[] from = shape(node.input(0));
        int[] x = values.get(node.input(0));
        long[] perm = node.intsAttribute("perm").orElseThrow();
        Tensor turned = Transposition.of(
                Tensor.ofInts("", java.util.Arrays.stream(from).asLongStream().toArray(), x),
                java.util.Arrays.stream(perm).mapToInt(v -> (int) v).toArray());
        return java.util.Arrays.stream(turned.toLongs()).mapToInt(v -> (int) v).toArray();
    }

    private int[] conv(Node node) {
        Finish finish = Finish.of(Requantization.of(node).orElseThrow(), zeroOfOutput(node));
        int[] x = values.get(node.input(0));
        int[] w = values.get(node.input(1));
        int[] bias = values.get(node.input(2));
        int[] in = shape(node.input(0));
        int[] k = shape(node.input(1));
        int[] out = shape(node.output(0));
        long[] strides = node.intsAttribute("strides").orElseThrow();
        long[] pads = node.intsAttribute("pads").orElseThrow();
        int perGroup = out[1] / (int) node.intAttribute("group", 1);
        int zero = zeroOfInput(node.input(0));
        int[] y = new int[out[1] * out[2] * out[3]];
        int at = 0;
        for (int c = 0; c < out[1]; c++) {
            int first = c / perGroup * k[1];
            for (int row = 0; row < out[2]; row++) {
                for (int column = 0; column < out[3]; column++) {
                    int sum = bias[c];
                    for (int i = 0; i < k[1]; i++) {
                        for (int r = 0; r < k[2]; r++) {
                            int inRow = (int) (row * strides[0] - pads[0]) + r;
                            for (int s = 0; s < k[3] && inRow >= 0 && inRow < in[2]; s++) {
                                int inColumn = (int) (column * strides[1] - pads[1]) + s;
                                if (inColumn >= 0 && inColumn < in[3]) {
                                    sum += (x[((first + i) * in[2] + inRow) * in[3] + inColumn] - zero)
                                            * w[((c * k[1] + i) * k[2] + r) * k[3] + s];
                                }
                            }
                        }
                    }
                    y[at++] = finish.of(sum, c);
                }
            }
        }
        return y;
    }

    private int[] gemm(Node node) {
        Finish finish = Finish.of(Requantization.of(node).orElseThrow(), zeroOfOutput(node));
        int[] x = values.get(node.input(0));
        int[] w = values.get(node.input(1));
        int[] bias = node.hasInput(2) ? values.get(node.input(2)) : new int[w.length / x.length];
        int zero = zeroOfInput(node.input(0));
        int[] y = new int[bias.length];
        for (int o = 0; o < y.length; o++) {
            int sum = bias[o];
            for (int i = 0; i < x.length; i++) {
                sum += (x[i] - zero) * w[o * x.length + i];
            }
            y[o] = finish.of(sum, o);
        }
        return y;
    }

    private int[] add(Node node) {
        Requantization numbers = Requantization.of(node).orElseThrow();
        int outZero = zeroOfOutput(node);
        int[][] widened = new int[2][];
        for (int operand = 0; operand < 2; operand++) {
            String which = "input" + (operand + 1);
            int zero = zeroOfInput(node.input(operand));
            int shift = numbers.get("left_shift")[0];
            int multiplier = numbers.get(which + "_multiplier")[0];
            int right = numbers.get(which + "_shift")[0];
            widened[operand] = java.util.Arrays.stream(values.get(node.input(operand)))
                    .map(v -> scale((v - zero) << shift, multiplier, right))
                    .toArray();
        }
        return IntStream.range(0, widened[0].length)
                .map(i -> clamp(
                        scale(
                                        widened[0][i] + widened[1][i],
                                        numbers.get("output_multiplier")[0],
                                        numbers.get("output_shift")[0])
                                + outZero,
                        numbers))
                .toArray();
    }

    /** Over the whole image, as all reference models do at their end. */
    private int[] pool(Node node) {
        int[] in = shape(node.input(0));
        int[] x = values.get(node.input(0));
        int pixels = in[2] * in[3];
        int[] y = new int[in[1]];
        for (int c = 0; c < y.length; c++) {
            int sum = 0;
            for (int i = 0; i < pixels; i++) {
                sum += x[c * pixels + i];
            }
            y[c] = clamp(
                    sum > 0 ? (sum + pixels / 2) / pixels : (sum - pixels / 2) / pixels,
                    Requantization.of(node).orElseThrow());
        }
        return y;
    }

    /** By its definition in real numbers, from the integer differences: the fixed-point exponential differs by a step at most. */
    private int[] softmax(Node node) {
        int[] x = values.get(node.input(0));
        double scale =
                graph.initializers().get(makers.get(node.input(0)).input(1)).valueAt(0);
        int largest = java.util.Arrays.stream(x).max().orElseThrow();
        double[] powers = java.util.Arrays.stream(x)
                .mapToDouble(v -> Math.exp((v - largest) * scale))
                .toArray();
        double sum = java.util.Arrays.stream(powers).sum();
        return java.util.Arrays.stream(powers)
                .mapToInt(power -> Math.clamp(Math.round(power / sum * 256) - 128, -128, 127))
                .toArray();
    }

    static List<String> operators(Graph graph) {
        return graph.nodes().stream()
                .flatMap(node -> Requantization.of(node).stream())
                .map(Requantization::operator)
                .toList();
    }
}
