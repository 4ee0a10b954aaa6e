package dev.skerry.model;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which nodes become part of the operator before them: activations, the addition of a bias, and quantization. */
final class TfliteFusion {
    /**
     * What follows a node.
     *
     * @param activation by code of {@code ActivationFunctionType}
     * @param out the value after it
     * @param quantized that value as integers, where nothing else is done with it
     */
    record Tail(int activation, String out, @Nullable String quantized) {}

    private static final int NONE = 0;
    private static final int RELU = 1;
    private static final int RELU_N1_TO_1 = 2;
    private static final int RELU6 = 3;

    private static final Set<String> ACTIVATED =
            Set.of("Conv", "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "AveragePool", "ConvTranspose");

    private final Graph graph;
    private final GraphIndex index;
    private final Set<Node> absorbed = Collections.newSetFromMap(new IdentityHashMap<>());

    TfliteFusion(Graph graph) {
        this.graph = graph;
        this.index = GraphIndex.of(graph);
    }

    boolean isAbsorbed(Node node) {
        return absorbed.contains(node);
    }

    /** The one node that reads {@code value}, where that is not an output too. */
    Optional<Node> onlyReader(String value) {
        List<Node> readers = index.consumers(value);
        return readers.size() == 1 && !index.isGraphOutput(value) ? Optional.of(readers.getFirst()) : Optional.empty();
    }

    Tail tail(Node node) {
        return tail(node, node.output(0));
    }

    /** The same after a node that was absorbed and made {@code out}. */
    private Tail tail(Node node, String out) {
        int activation = NONE;
        if (ACTIVATED.contains(node.op()) && node.isStandard()) {
            Node reader = onlyReader(out).orElse(null);
            Node bias = reader != null && isBias(node, reader) ? reader : null;
            if (bias != null) {
                absorbed.add(bias);
                out = bias.output(0);
                reader = onlyReader(out).orElse(null);
            }
            activation = reader == null ? NONE : activation(reader);
            if (reader != null && activation != NONE) {
                absorbed.add(reader);
                out = reader.output(0);
            }
        }
        String quantized = onlyReader(out)
                .filter(reader -> reader.is("QuantizeLinear"))
                .map(reader -> reader.output(0))
                .orElse(null);
        return new Tail(activation, out, quantized);
    }

    /** The constant that an absorbed node adds to a product; empty where there is none. */
    String biasOf(Node product) {
        return index.consumers(product.output(0)).stream()
                .filter(reader -> isAbsorbed(reader) && reader.is("Add"))
                .map(reader -> otherInput(reader, product.output(0)))
                .findFirst()
                .orElse("");
    }

    private static String otherInput(Node add, String value) {
        return add.input(0).equals(value) ? add.input(1) : add.input(0);
    }

    /** Whether {@code add} adds one constant number per output channel to a product that has none yet. */
    private boolean isBias(Node product, Node add) {
        Tensor weights = constant(product.input(1));
        boolean isConv = product.is("Conv") && !product.hasInput(2);
        if (!add.is("Add") || weights == null || !isConv && !(product.is("MatMul") && weights.rank() == 2)) {
            return false;
        }
        Tensor bias = constant(otherInput(add, product.output(0)));
        if (bias == null || bias.elements() != weights.dims()[isConv ? 0 : 1]) {
            return false;
        }
        // counted from the last axis, to which shapes are aligned
        int channel = bias.rank() - (isConv ? weights.rank() - 1 : 1);
        long[] dims = bias.dims();
        return channel >= 0 && bias.rank() <= weights.rank() && dims[channel] == bias.elements();
    }

    /** The tensor of a constant, as it is stored where that is in integers. */
    private @Nullable Tensor constant(String value) {
        Tensor tensor = graph.initializers().get(value);
        return tensor != null
                ? tensor
                : index.producer(value)
                        .filter(node -> node.is("DequantizeLinear"))
                        .map(node -> graph.initializers().get(node.input(0)))
                        .orElse(null);
    }

    void absorbQuantization(Tail tail) {
        onlyReader(tail.out()).ifPresent(absorbed::add);
    }

    /** The code of an activation that operators do along; 0 for another node. */
    int activation(Node node) {
        if (node.is("Relu")) {
            return RELU;
        }
        if (!node.is("Clip")) {
            return NONE;
        }
        double least = bound(node, 1, "min", Double.NEGATIVE_INFINITY);
        double largest = bound(node, 2, "max", Double.POSITIVE_INFINITY);
        if (least == 0 && largest == 6) {
            return RELU6;
        }
        if (least == -1 && largest == 1) {
            return RELU_N1_TO_1;
        }
        return least == 0 && largest > Float.MAX_VALUE ? RELU : NONE;
    }

    /** An end of a Clip; NaN where only the run knows it. */
    double bound(Node clip, int input, String attribute, double otherwise) {
        if (!clip.hasInput(input)) {
            return clip.attribute(attribute).isPresent() ? clip.floatAttribute(attribute, 0) : otherwise;
        }
        Tensor tensor = graph.initializers().get(clip.input(input));
        return tensor == null || tensor.elements() != 1 ? Double.NaN : tensor.valueAt(0);
    }
}
