package dev.skerry.firmware;

import dev.skerry.model.Attribute;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Operators on integers (QLinearConv, QGemm and their kin) as what they stand for: DequantizeLinear, the operator, QuantizeLinear.
 *
 * @see <a href="https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md">operators of com.microsoft</a>
 */
final class QuantizedOperators {
    private final Map<String, Tensor> initializers;
    private final List<Node> nodes = new ArrayList<>();

    private QuantizedOperators(Graph graph) {
        initializers = new LinkedHashMap<>(graph.initializers());
    }

    /** @param which of them */
    static Model spread(Model model, Predicate<Node> which) {
        Graph graph = model.graph();
        if (graph.nodes().stream().noneMatch(node -> which.test(node) && isOne(node))) {
            return model;
        }
        var spread = new QuantizedOperators(graph);
        for (Node node : graph.nodes()) {
            if (!which.test(node) || !isOne(node) || !spread.spread(node)) {
                spread.nodes.add(node);
            }
        }
        return model.withGraph(graph.withNodes(spread.nodes).withInitializers(spread.initializers));
    }

    private static boolean isOne(Node node) {
        return node.op().startsWith("QLinear")
                || node.op().equals("QGemm")
                || node.op().equals("MatMulIntegerToFloat");
    }

    /** Adds the nodes that {@code node} stands for; false where it has no such form. */
    private boolean spread(Node node) {
        switch (node.op()) {
            case "QLinearConv" -> layer(node, "Conv", 0, 8, 6);
            case "QLinearMatMul" -> layer(node, "MatMul", 1, -1, 6);
            case "QGemm" -> layer(node, "Gemm", node.intAttribute("transB", 0) == 1 ? 0 : 1, 6, 7);
            case "QLinearAdd", "QLinearMul" ->
                quantized(
                        node, node.op().substring("QLinear".length()), List.of(real(node, 0, 0), real(node, 3, 0)), 6);
            case "QLinearAveragePool",
                    "QLinearGlobalAveragePool",
                    "QLinearLeakyRelu",
                    "QLinearSigmoid",
                    "QLinearSoftmax" -> {
                if (node.intAttribute("channels_last", 0) != 0) {
                    return false;
                }
                quantized(node, node.op().substring("QLinear".length()), List.of(real(node, 0, 0)), 3);
            }
            case "QLinearConcat" -> {
                var inputs = new ArrayList<String>();
                for (int i = 2; i < node.inputs().size(); i += 3) {
                    inputs.add(real(node, i, 0));
                }
                quantized(node, "Concat", inputs, 0);
            }
            case "MatMulIntegerToFloat" -> multiplied(node);
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * A layer with weights: its second triple.
     *
     * @param axis of the weights' channels
     * @param bias the input with the bias, in steps of both scales; −1 for none
     * @param scale the input with the scale of the output
     */
    private void layer(Node node, String op, int axis, int bias, int scale) {
        var inputs = new ArrayList<>(List.of(real(node, 0, 0), real(node, 3, axis)));
        if (bias >= 0 && node.hasInput(bias)) {
            inputs.add(bias(node, bias));
        }
        quantized(node, op, inputs, scale);
    }

    /** The value of a triple of integers, scale and zero point that begins at an input, as real numbers. */
    private String real(Node node, int first, int axis) {
        return dequantized(node, node.input(first), node.input(first + 1), node.input(first + 2), axis);
    }

    private String dequantized(Node node, String integers, String scale, String zero, int axis) {
        String real = node.output(0) + " (" + integers + ")";
        Tensor scales = initializers.get(scale);
        boolean isPerChannel = scales != null && scales.elements() > 1;
        List<String> inputs = zero.isEmpty() ? List.of(integers, scale) : List.of(integers, scale, zero);
        nodes.add(Node.of(
                "DequantizeLinear",
                inputs,
                List.of(real),
                isPerChannel ? Map.of("axis", Attribute.of(axis)) : Map.of()));
        return real;
    }

    /** A bias lies in steps of the input's scale times the weights'. */
    private String bias(Node node, int index) {
        String name = node.output(0) + " (scale of the bias)";
        double input = constant(node, 1).valueAt(0) * node.floatAttribute("alpha", 1);
        Tensor weights = constant(node, 4);
        float[] scales = new float[Math.toIntExact(weights.elements())];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) (input * weights.valueAt(i));
        }
        long[] dims = scales.length == 1 ? new long[0] : new long[] {scales.length};
        initializers.put(name, Tensor.ofFloats(name, dims, scales));
        return dequantized(node, node.input(index), name, "", 0);
    }

    private Tensor constant(Node node, int input) {
        Tensor tensor = initializers.get(node.input(input));
        if (tensor == null) {
            throw Values.unsupported(
                            "node " + node.label() + " (" + node.op() + ")",
                            "its scale " + node.input(input) + " is no constant")
                    .toException();
        }
        return tensor;
    }

    /** The operator on real numbers, and its result on its grid where it has one. */
    private void quantized(Node node, String op, List<String> inputs, int scale) {
        var attributes = new LinkedHashMap<>(node.attributes());
        attributes.remove("channels_last");
        attributes.remove("opset");
        if (!node.hasInput(scale)) {
            nodes.add(Node.of(op, inputs, node.outputs(), attributes).withName(node.name()));
            return;
        }
        String real = node.output(0) + " (real)";
        nodes.add(Node.of(op, inputs, List.of(real), attributes).withName(node.name()));
        var grid = new ArrayList<>(List.of(real, node.input(scale)));
        if (node.hasInput(scale + 1)) {
            grid.add(node.input(scale + 1));
        }
        nodes.add(Node.of("QuantizeLinear", grid, node.outputs()));
    }

    /** Integers before, scales after them, real numbers as the result. */
    private void multiplied(Node node) {
        String a = dequantized(node, node.input(0), node.input(2), node.input(4), 0);
        String b = dequantized(node, node.input(1), node.input(3), node.input(5), 1);
        if (!node.hasInput(6)) {
            nodes.add(Node.of("MatMul", List.of(a, b), node.outputs()).withName(node.name()));
            return;
        }
        String product = node.output(0) + " (product)";
        nodes.add(Node.of("MatMul", List.of(a, b), List.of(product)).withName(node.name()));
        nodes.add(Node.of("Add", List.of(product, node.input(6)), node.outputs()));
    }
}
