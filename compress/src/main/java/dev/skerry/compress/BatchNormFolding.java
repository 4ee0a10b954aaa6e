package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Folds a batch normalization, and a bias that stands alone, into the layer before it. In inference both are a factor and an
 * offset per output channel, which the layer's weights and bias can take over.
 *
 * @see <a href="https://arxiv.org/abs/1712.05877">Jacob et al., Quantization and training of neural networks for efficient
 *     integer-arithmetic-only inference, section 3.2</a>
 */
final class BatchNormFolding {
    private BatchNormFolding() {}

    static Graph foldBatchNorm(Graph graph) {
        var draft = new Draft(graph);
        for (Node norm : graph.nodes()) {
            if (!norm.is("BatchNormalization") || norm.intAttribute("training_mode", 0) != 0) {
                continue;
            }
            Optional<Node> layer = draft.producer(norm.input(0))
                    .filter(node -> draft.onlyConsumer(node.output(0)).isPresent());
            if (layer.isEmpty() || hasOtherOutputs(norm, draft)) {
                continue;
            }
            Optional<float[]> gamma = floats(draft, norm.input(1));
            Optional<float[]> beta = floats(draft, norm.input(2));
            Optional<float[]> mean = floats(draft, norm.input(3));
            Optional<float[]> variance = floats(draft, norm.input(4));
            if (gamma.isEmpty() || beta.isEmpty() || mean.isEmpty() || variance.isEmpty()) {
                continue;
            }
            float epsilon = norm.floatAttribute("epsilon", 1e-5f);
            double[] factor = new double[gamma.get().length];
            double[] offset = new double[factor.length];
            for (int i = 0; i < factor.length; i++) {
                factor[i] = gamma.get()[i] / Math.sqrt((double) variance.get()[i] + epsilon);
                offset[i] = beta.get()[i] - mean.get()[i] * factor[i];
            }
            fold(draft, layer.get(), norm, factor, offset);
        }
        return draft.toGraph();
    }

    /** A constant added per output channel after Conv or ConvTranspose becomes its bias. */
    static Graph foldBias(Graph graph) {
        var draft = new Draft(graph);
        for (Node add : graph.nodes()) {
            if (!add.is("Add")) {
                continue;
            }
            int constantAt = draft.constant(add.input(1)).isPresent() ? 1 : 0;
            Optional<Tensor> bias =
                    draft.constant(add.input(constantAt)).filter(tensor -> tensor.type() == DataType.FLOAT);
            Optional<Node> layer = draft.producer(add.input(1 - constantAt))
                    .filter(node -> node.is("Conv") || node.is("ConvTranspose"))
                    .filter(node -> draft.onlyConsumer(node.output(0)).isPresent());
            if (bias.isEmpty() || layer.isEmpty()) {
                continue;
            }
            Optional<Tensor> weight = draft.constant(layer.get().input(1));
            if (weight.isEmpty() || !isPerChannel(bias.get(), weight.get().rank())) {
                continue;
            }
            int channels = channels(layer.get(), weight.get());
            float[] values = bias.get().toFloats();
            if (values.length != channels && values.length != 1) {
                continue;
            }
            double[] factor = new double[channels];
            double[] offset = new double[channels];
            Arrays.fill(factor, 1);
            for (int i = 0; i < channels; i++) {
                offset[i] = values[values.length == 1 ? 0 : i];
            }
            fold(draft, layer.get(), add, factor, offset);
        }
        return draft.toGraph();
    }

    /** Whether a tensor broadcast against [N, C, spatial…] varies along C only. */
    private static boolean isPerChannel(Tensor tensor, int rank) {
        long[] dims = tensor.dims();
        int channelAt = dims.length - (rank - 1);
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] != 1 && i != channelAt) {
                return false;
            }
        }
        return dims.length <= rank;
    }

    private static boolean hasOtherOutputs(Node norm, Draft draft) {
        return norm.outputs().stream()
                .skip(1)
                .anyMatch(output -> !output.isEmpty()
                        && (draft.isOutput(output) || !draft.consumers(output).isEmpty()));
    }

    /** Puts factor and offset into the layer's weights, and lets it make what {@code follower} made. */
    private static void fold(Draft draft, Node layer, Node follower, double[] factor, double[] offset) {
        Optional<Tensor> weight = draft.constant(layer.input(1)).filter(tensor -> tensor.type() == DataType.FLOAT);
        if (weight.isEmpty() || !isFoldable(layer) || channels(layer, weight.get()) != factor.length) {
            return;
        }
        float[] oldBias = new float[factor.length];
        if (layer.hasInput(2)) {
            Optional<float[]> given = floats(draft, layer.input(2));
            if (given.isEmpty() || given.get().length != factor.length) {
                return;
            }
            oldBias = given.get();
        }
        float[] bias = new float[factor.length];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = (float) (oldBias[i] * factor[i] + offset[i]);
        }
        float[] values = weight.get().toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor[channelOf(layer, weight.get(), i)]);
        }
        String weightName = draft.fresh(layer.input(1) + "_folded");
        String biasName = draft.fresh(weightName + "_bias");
        draft.initializers.put(
                weightName, Tensor.ofFloats(weightName, weight.get().dims(), values));
        draft.initializers.put(biasName, Tensor.ofFloats(biasName, new long[] {bias.length}, bias));
        List<String> inputs = new ArrayList<>(List.of(layer.input(0), weightName, biasName));
        draft.remove(follower);
        draft.replace(layer, layer.withInputs(inputs).withOutputs(List.of(follower.output(0))));
    }

    private static boolean isFoldable(Node layer) {
        return layer.is("Conv")
                || layer.is("ConvTranspose")
                || layer.is("Gemm")
                        && layer.floatAttribute("alpha", 1) == 1
                        && (layer.floatAttribute("beta", 1) == 1 || !layer.hasInput(2));
    }

    static int channels(Node layer, Tensor weight) {
        long[] dims = weight.dims();
        return (int)
                switch (layer.op()) {
                    case "ConvTranspose" -> dims[1] * layer.intAttribute("group", 1);
                    case "Gemm" -> layer.intAttribute("transB", 0) != 0 ? dims[0] : dims[1];
                    default -> dims[0];
                };
    }

    /** The output channel that element {@code index} of the weights contributes to. */
    private static int channelOf(Node layer, Tensor weight, int index) {
        long[] dims = weight.dims();
        long elements = weight.elements();
        long first = index / (elements / dims[0]);
        return (int)
                switch (layer.op()) {
                    case "ConvTranspose" -> {
                        long perGroup = dims[0] / layer.intAttribute("group", 1);
                        long second = index / (elements / dims[0] / dims[1]) % dims[1];
                        yield first / perGroup * dims[1] + second;
                    }
                    case "Gemm" -> layer.intAttribute("transB", 0) != 0 ? first : index % dims[1];
                    default -> first;
                };
    }

    private static Optional<float[]> floats(Draft draft, String name) {
        return draft.constant(name)
                .filter(tensor -> tensor.type() == DataType.FLOAT)
                .map(Tensor::toFloats);
    }
}
