package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which layers of a model, and of the graphs inside, get weights in blocks, and what these are. */
final class BlockPlan {
    /** What the names, attributes and dimensions of the tensors that come in add to the file. */
    private static final int OVERHEAD_BYTES = 160;

    private final BlockRewrite.Choice choice;
    private final Studied studied;
    private final Map<String, Tensor> constants;
    private final Map<String, WeightMatrix> matrices = new LinkedHashMap<>();
    private final List<KeptFloat> kept = new ArrayList<>();

    /** Of weights that several layers read, by their name and layout. */
    private final Map<String, PackedBlocks> fitted = new HashMap<>();

    BlockPlan(BlockRewrite.Choice choice, Studied studied) {
        this.choice = choice;
        this.studied = studied;
        Graph graph = studied.model().graph();
        constants = Subgraphs.constants(graph);
        Types types = ShapeInference.infer(studied.model(), Map.of());
        List<Node> layers = new ArrayList<>();
        for (Node node : Subgraphs.allNodes(graph)) {
            Optional<String> obstacle = obstacle(node, types);
            if (obstacle.isEmpty()) {
                layers.add(node);
                if (node.is("Conv")) {
                    kept.add(new KeptFloat(
                            node.label(), node.op(), "float arithmetic on weights that each inference makes float"));
                }
            } else if (FloatParts.isWeighted(node)) {
                kept.add(new KeptFloat(node.label(), node.op(), obstacle.get()));
            }
        }
        layers.removeIf(layer -> layer.is("Gather"));
        if (choice.fit().needsSamples() && !layers.isEmpty()) {
            studied.gather(layers);
        }
    }

    BlockRewrite.Choice choice() {
        return choice;
    }

    boolean isEmpty() {
        return matrices.isEmpty();
    }

    /** Layers that stay as they are, with the reason. */
    List<KeptFloat> kept() {
        return kept;
    }

    /** First outputs of the layers that get blocks. */
    Set<String> changed() {
        return matrices.keySet();
    }

    Optional<Tensor> constant(String name) {
        return Optional.ofNullable(constants.get(name));
    }

    /** The float weights of a layer that gets blocks. */
    Optional<WeightMatrix> matrix(Node node) {
        return Optional.ofNullable(matrices.get(node.output(0)));
    }

    /** The blocks of such a layer, alpha of a Gemm among them. */
    PackedBlocks blocks(Node node, WeightMatrix matrix) {
        return fitted.computeIfAbsent(key(node), key -> {
            Sessions.stopIfInterrupted();
            studied.progress().step("fitting blocks", fitted.size(), matrices.size());
            Optional<Gram> gram = choice.fit().needsSamples() ? moments(node) : Optional.empty();
            float alpha = node.is("Gemm") ? node.floatAttribute("alpha", 1) : 1;
            return new PackedBlocks(
                    choice.fit().fit(alpha == 1 ? matrix : matrix.times(alpha), format(node, matrix), gram));
        });
    }

    private Optional<Gram> moments(Node node) {
        return node.is("Gather") ? studied.tableMoments(node) : Optional.of(studied.gram(node));
    }

    /**
     * The blocks of a layer. ONNX Runtime joins a DequantizeLinear to the product behind it only where all blocks are whole, and
     * is slower by far where it doesn't; so there are smaller ones where these are.
     */
    BlockFormat format(Node node, WeightMatrix matrix) {
        int whole = Integer.lowestOneBit(matrix.columns());
        boolean smaller = choice.form() == BlockForm.DEQUANTIZE
                && !node.is("Conv")
                && whole >= BlockFormat.LEAST
                && whole < choice.format().block();
        return smaller
                ? new BlockFormat(choice.format().bits(), whole, choice.format().symmetric())
                : choice.format();
    }

    /** Equal for layers that read the same weights in the same way. */
    static String key(Node node) {
        return node.op() + " " + node.intAttribute("transB", 0) + " " + node.floatAttribute("alpha", 1) + " "
                + node.intAttribute("group", 1) + " " + node.input(weightInput(node));
    }

    private static int weightInput(Node node) {
        return node.is("Gather") ? 0 : 1;
    }

    /** Why a node stays as it is; takes up the weights of those that don't. */
    private Optional<String> obstacle(Node node, Types types) {
        Scope scope = choice.scope();
        if (scope.keepsFloat(node)) {
            return Optional.of(choice.whyFloat(node));
        }
        if (node.is("Gather")
                && choice.form() == BlockForm.MATMUL_NBITS
                && scope.ops().contains("MatMul")) {
            return table(node);
        }
        if (!node.isStandard() || !Scope.LAYERS.contains(node.op())) {
            return Optional.of("weights in blocks are for Conv, MatMul and Gemm");
        }
        if (!scope.ops().contains(node.op())) {
            return Optional.of(node.op() + " stays float in this variant");
        }
        if (node.is("Conv") && choice.form() == BlockForm.MATMUL_NBITS) {
            return Optional.of("MatMulNBits is for matrix products");
        }
        Optional<Tensor> weight = constant(node.input(1)).filter(tensor -> tensor.type() == DataType.FLOAT);
        if (weight.isEmpty()) {
            return Optional.of("its weights are no float constants");
        }
        Optional<WeightMatrix> matrix = WeightMatrix.of(node, weight);
        if (matrix.isEmpty()) {
            return Optional.of("its weights are no matrix");
        }
        if (node.is("MatMul")
                && types.tensor(node.input(0))
                        .filter(type -> type.shape() != null && type.shape().rank() < 2)
                        .isPresent()) {
            return Optional.of("it reads a vector");
        }
        if (node.is("Gemm")
                && (node.intAttribute("transA", 0) != 0
                        || node.floatAttribute("beta", 1) != 1 && node.hasInput(2) && !isConstantBias(node))) {
            return Optional.of("its attributes are such as MatMul has no equal of");
        }
        return take(node, matrix.get());
    }

    /** Why a look-up stays as it is: what it looks up isn't a constant matrix of float rows. */
    private Optional<String> table(Node node) {
        Optional<Tensor> table = constant(node.input(0))
                .filter(tensor -> tensor.type() == DataType.FLOAT
                        && tensor.rank() == 2
                        && tensor.dims()[1] % 2 == 0
                        && node.intAttribute("axis", 0) == 0);
        if (table.isEmpty()) {
            return Optional.of("it is no table of float rows");
        }
        long[] dims = table.get().dims();
        return take(node, new SummedAxis((int) dims[0], (int) dims[1], 1).matrix(table.get()));
    }

    private Optional<String> take(Node node, WeightMatrix found) {
        if (format(node, found).bytes(found.rows(), found.columns()) + OVERHEAD_BYTES >= 4L * found.values().length) {
            return Optional.of("too small to gain by it");
        }
        matrices.put(node.output(0), found);
        return Optional.empty();
    }

    private boolean isConstantBias(Node gemm) {
        return constant(gemm.input(2))
                .filter(tensor -> tensor.type() == DataType.FLOAT)
                .isPresent();
    }
}
