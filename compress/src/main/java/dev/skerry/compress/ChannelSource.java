package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Constants that a value's last axis is proportional to, all together: scale and bias of a LayerNormalization, a factor and what is
 * added after it, weights and bias of a layer. Dividing all of them divides the value.
 *
 * @param parts each an input of a node
 */
record ChannelSource(List<Part> parts) {
    /** @param output first output of the node */
    private record Part(String output, int input) {}

    /** Empty where there is none, or where something else depends on it too. */
    static Optional<ChannelSource> of(String value, int channels, Draft draft) {
        var parts = new ArrayList<Part>();
        return collect(value, channels, draft, parts) ? Optional.of(new ChannelSource(parts)) : Optional.empty();
    }

    private static boolean collect(String value, int channels, Draft draft, List<Part> into) {
        Optional<Node> maker = draft.producer(value).filter(Node::isStandard);
        if (maker.isEmpty()) {
            return false;
        }
        Node node = maker.get();
        int constantAt = draft.constant(node.input(1)).isPresent() ? 1 : 0;
        return switch (node.op()) {
            case "LayerNormalization" ->
                node.outputs().size() == 1
                        && node.intAttribute("axis", -1) == -1
                        && add(node, 1, channels, draft, into)
                        && (!node.hasInput(2) || add(node, 2, channels, draft, into));
            case "Mul" -> add(node, constantAt, channels, draft, into);
            case "Add" ->
                add(node, constantAt, channels, draft, into)
                        && isOnly(node, node.input(1 - constantAt), draft)
                        && collect(node.input(1 - constantAt), channels, draft, into);
            case "Relu" -> isOnly(node, node.input(0), draft) && collect(node.input(0), channels, draft, into);
            case "Gemm", "MatMul" ->
                OperatorKind.of(node, draft) == OperatorKind.LAYER
                        && draft.consumers(node.input(1)).size() == 1
                        && WeightMatrix.of(node, draft.constant(node.input(1)))
                                .filter(matrix -> matrix.rows() == channels)
                                .isPresent()
                        && into.add(new Part(node.output(0), 1))
                        && (!node.hasInput(2) || add(node, 2, channels, draft, into));
            default -> false;
        };
    }

    private static boolean isOnly(Node reader, String value, Draft draft) {
        return draft.onlyConsumer(value)
                .filter(node -> node.output(0).equals(reader.output(0)))
                .isPresent();
    }

    private static boolean add(Node node, int input, int channels, Draft draft, List<Part> into) {
        boolean isPerChannel = draft.constant(node.input(input))
                .filter(tensor -> tensor.type() == DataType.FLOAT
                        && tensor.rank() > 0
                        && tensor.elements() == channels
                        && tensor.dims()[tensor.rank() - 1] == channels)
                .isPresent();
        if (isPerChannel) {
            into.add(new Part(node.output(0), input));
        }
        return isPerChannel;
    }

    /** Whether it ends in a factor rather than in a layer. */
    boolean isFactor(Draft draft) {
        return parts.stream()
                .flatMap(part -> draft.producer(part.output()).stream())
                .anyMatch(node -> node.is("LayerNormalization") || node.is("Mul"));
    }

    /** Divides the value, channel by channel. Constants that others read too are copied. */
    void divide(double[] by, Draft draft) {
        for (Part part : parts) {
            Node node = draft.producer(part.output()).orElseThrow();
            Tensor old = draft.constant(node.input(part.input())).orElseThrow();
            boolean isShared = draft.consumers(old.name()).size() > 1
                    || Collections.frequency(node.inputs(), old.name()) > 1
                    || draft.isOutput(old.name());
            String name = isShared ? draft.fresh(old.name() + "_smooth") : old.name();
            Tensor divided = old.elements() == by.length
                    ? vector(name, old, by)
                    : weights(WeightMatrix.of(node, Optional.of(old)).orElseThrow(), by);
            draft.initializers.put(name, divided);
            if (isShared) {
                var inputs = new ArrayList<>(node.inputs());
                inputs.set(part.input(), name);
                draft.replace(node, node.withInputs(inputs));
            }
        }
    }

    private static Tensor vector(String name, Tensor old, double[] by) {
        float[] values = old.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] / by[i]);
        }
        return Tensor.ofFloats(name, old.dims(), values);
    }

    private static Tensor weights(WeightMatrix matrix, double[] by) {
        float[] values = matrix.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] / by[i / matrix.columns()]);
        }
        return matrix.toTensor(values);
    }
}
