package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * MatMul of a matrix with constant weights and the Add of a bias become one Gemm, which has an integer kernel with a 32-bit
 * bias. ONNX Runtime joins the two as well, but before it looks for integer layers, and then finds a Gemm with a float bias,
 * which it runs in float.
 */
final class DenseLayers {
    private DenseLayers() {}

    /** @param ranks of the activations, as calibration saw them */
    static Graph join(Graph graph, Map<String, Integer> ranks) {
        return Subgraphs.rewrite(graph, Surroundings.of(graph), (each, around) -> join(each, around, ranks));
    }

    private static Graph join(Graph graph, Surroundings around, Map<String, Integer> ranks) {
        var draft = new Draft(graph, around);
        for (Node matMul : graph.nodes()) {
            if (!matMul.is("MatMul") || ranks.getOrDefault(matMul.input(0), 0) != 2) {
                continue;
            }
            Optional<Tensor> weight = draft.constant(matMul.input(1))
                    .filter(tensor -> tensor.type() == DataType.FLOAT && tensor.rank() == 2);
            Optional<Node> add = draft.onlyConsumer(matMul.output(0)).filter(node -> node.is("Add"));
            if (weight.isEmpty() || add.isEmpty()) {
                continue;
            }
            int biasAt = add.get().input(0).equals(matMul.output(0)) ? 1 : 0;
            long columns = weight.get().dims()[1];
            Optional<Tensor> bias = draft.constant(add.get().input(biasAt))
                    .filter(tensor -> tensor.type() == DataType.FLOAT
                            && tensor.rank() <= 2
                            && tensor.elements() == columns
                            && tensor.rank() > 0
                            && tensor.dims()[tensor.rank() - 1] == columns);
            if (bias.isPresent()) {
                String name = draft.fresh(bias.get().name() + "_row");
                draft.initializers.put(name, bias.get().withName(name).reshape(columns));
                draft.remove(add.get());
                draft.replace(
                        matMul,
                        Node.of(
                                        "Gemm",
                                        List.of(matMul.input(0), matMul.input(1), name),
                                        List.of(add.get().output(0)))
                                .withName(matMul.name()));
            }
        }
        return DeadCode.remove(draft.toGraph());
    }
}
