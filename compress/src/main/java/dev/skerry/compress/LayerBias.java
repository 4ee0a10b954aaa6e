package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Optional;

/** The constant that a layer adds to its output, one number per output channel. */
final class LayerBias {
    private LayerBias() {}

    /** Where the bias of a layer stands: its own input, or for a MatMul the constant of the Add that alone reads it. */
    static Optional<Tensor> of(Draft draft, Node layer, int channels) {
        Optional<Tensor> bias = layer.is("MatMul")
                ? draft.onlyConsumer(layer.output(0))
                        .filter(node -> node.is("Add"))
                        .flatMap(add -> draft.constant(add.input(add.input(0).equals(layer.output(0)) ? 1 : 0)))
                : draft.constant(layer.input(2));
        return bias.filter(tensor -> tensor.type() == DataType.FLOAT
                && tensor.elements() == channels
                && tensor.dims()[tensor.rank() - 1] == channels
                && draft.consumers(tensor.name()).size() == 1);
    }

    /** The graph with zeros as the bias of each Conv and Gemm that has none. */
    static Graph everywhere(Graph graph) {
        var draft = new Draft(graph);
        for (Node node : graph.nodes()) {
            boolean bare = (node.is("Conv") || node.is("Gemm")) && !node.hasInput(2);
            Optional<WeightMatrix> weights =
                    bare ? WeightMatrix.of(node, draft.constant(node.input(1))) : Optional.empty();
            weights.ifPresent(matrix -> {
                String name = draft.fresh(matrix.name() + "_bias");
                draft.initializers.put(
                        name, Tensor.ofFloats(name, new long[] {matrix.rows()}, new float[matrix.rows()]));
                draft.replace(node, node.withInputs(List.of(node.input(0), node.input(1), name)));
            });
        }
        return draft.toGraph();
    }

    /** The bias with something added. */
    static Tensor shifted(Tensor bias, double[] by) {
        float[] values = bias.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) by[i];
        }
        return Tensor.ofFloats(bias.name(), bias.dims(), values);
    }
}
