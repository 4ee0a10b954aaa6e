package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One graph of a model, main or inner, while its layers get weights in blocks. */
final class BlockGraph {
    private final BlockPlan plan;
    private final BlockRewrite.Choice choice;
    private final Names names;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();

    /** What layers of this graph that share weights read. */
    private final Map<String, List<String>> written = new HashMap<>();

    private BlockGraph(BlockPlan plan, Names names) {
        this.plan = plan;
        this.names = names;
        choice = plan.choice();
    }

    /** The graph and all graphs inside. */
    static Graph write(Graph graph, BlockPlan plan, Names names) {
        return new BlockGraph(plan, names).write(graph);
    }

    private Graph write(Graph graph) {
        initializers.putAll(graph.initializers());
        for (Node node : graph.nodes()) {
            plan.matrix(node)
                    .ifPresentOrElse(
                            matrix -> write(node, matrix),
                            () -> nodes.add(node.withSubgraphs(inner -> write(inner, plan, names))));
        }
        return DeadCode.remove(graph.withNodes(nodes).withInitializers(initializers));
    }

    private void write(Node node, WeightMatrix matrix) {
        if (node.is("Gather")) {
            nodes.add(lookup(node, matrix));
            return;
        }
        if (node.is("Conv")) {
            var inputs = new ArrayList<>(node.inputs());
            inputs.set(1, dequantized(node, matrix, false));
            nodes.add(node.withInputs(inputs));
            return;
        }
        String bias = bias(node);
        boolean inside = choice.form() == BlockForm.MATMUL_NBITS && isRow(bias, matrix.rows());
        String product = bias.isEmpty() || inside ? node.output(0) : names.fresh(node.output(0) + "_p");
        // the last node keeps the name, which people know; a name of its own for the product could collide
        String name = bias.isEmpty() || inside ? node.name() : "";
        nodes.add(
                choice.form() == BlockForm.MATMUL_NBITS
                        ? nBits(node, matrix, name, product, inside ? bias : "")
                        : Node.of("MatMul", List.of(node.input(0), dequantized(node, matrix, true)), List.of(product))
                                .withName(name));
        if (!product.equals(node.output(0))) {
            // ONNX Runtime makes a float Gemm of MatMul and Add, and of the activation behind them, before it looks for
            // blocks
            String op = choice.form() == BlockForm.DEQUANTIZE ? "Sum" : "Add";
            nodes.add(Node.of(op, List.of(product, bias), node.outputs()).withName(node.name()));
        }
    }

    /** The constant or value that a Gemm adds; empty where there is none. */
    private String bias(Node node) {
        if (!node.is("Gemm") || !node.hasInput(2)) {
            return "";
        }
        float beta = node.floatAttribute("beta", 1);
        Optional<Tensor> constant = plan.constant(node.input(2)).filter(tensor -> tensor.type() == DataType.FLOAT);
        if (constant.isEmpty()) {
            return node.input(2);
        }
        Tensor bias = constant.get();
        boolean isRow = bias.rank() == 2 && bias.dims()[0] == 1;
        if (beta == 1 && !isRow) {
            return node.input(2);
        }
        float[] values = bias.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= beta;
        }
        String name = names.fresh(node.input(2) + "_b");
        initializers.put(name, Tensor.ofFloats(name, isRow ? new long[] {bias.elements()} : bias.dims(), values));
        return name;
    }

    private boolean isRow(String bias, int rows) {
        return plan.constant(bias)
                .filter(tensor -> tensor.rank() == 1 && tensor.elements() == rows)
                .isPresent();
    }

    /** A table whose rows are made float as they are looked up. */
    private Node lookup(Node node, WeightMatrix table) {
        List<String> tensors = byRow(node, table, true);
        var inputs = new ArrayList<>(tensors);
        inputs.add(1, node.input(1));
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("bits", Attribute.of(choice.format().bits()));
        attributes.put("block_size", Attribute.of(choice.format().block()));
        attributes.put("gather_axis", Attribute.of(0));
        attributes.put("quantize_axis", Attribute.of(1));
        return foreign(node.name(), "GatherBlockQuantized", inputs, node.output(0), attributes);
    }

    /** Codes, scales and, of blocks that aren't symmetric, zero points: row by row. */
    private List<String> byRow(Node node, WeightMatrix matrix, boolean isTable) {
        return written.computeIfAbsent(BlockPlan.key(node), key -> {
            PackedBlocks packed = plan.blocks(node, matrix);
            String codes = names.fresh(matrix.name() + "_n");
            var tensors = new ArrayList<String>();
            tensors.add(put(isTable ? packed.table(codes) : packed.byRow(codes)));
            tensors.add(put(packed.scalesByRow(names.fresh(matrix.name() + "_s"))));
            if (!choice.format().symmetric()) {
                tensors.add(put(packed.zerosByRow(names.fresh(matrix.name() + "_z"))));
            }
            return tensors;
        });
    }

    private Node nBits(Node node, WeightMatrix matrix, String name, String product, String bias) {
        List<String> tensorNames = byRow(node, matrix, false);
        var inputs = new ArrayList<String>();
        inputs.add(node.input(0));
        inputs.addAll(tensorNames);
        if (!bias.isEmpty()) {
            while (inputs.size() < 5) {
                inputs.add("");
            }
            inputs.add(bias);
        }
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("K", Attribute.of(matrix.columns()));
        attributes.put("N", Attribute.of(matrix.rows()));
        attributes.put("bits", Attribute.of(choice.format().bits()));
        attributes.put("block_size", Attribute.of(choice.format().block()));
        attributes.put("accuracy_level", Attribute.of(choice.accuracyLevel()));
        return foreign(name, "MatMulNBits", inputs, product, attributes);
    }

    private static Node foreign(
            String name, String op, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(
                name, op, BlockRewrite.MICROSOFT, "", inputs, List.of(output), attributes, "", Map.of(), Extras.NONE);
    }

    /** The value that a layer reads as its weights: [columns, rows] where turned, else in the dimensions of the layer's weights. */
    private String dequantized(Node node, WeightMatrix matrix, boolean turned) {
        return written.computeIfAbsent(BlockPlan.key(node), key -> {
                    PackedBlocks packed = plan.blocks(node, matrix);
                    var inputs = new ArrayList<String>();
                    // one block to a row is a scale per channel, which needs no blocks, and so no change of shape
                    // either
                    BlockFormat format = plan.format(node, matrix);
                    boolean perChannel = !turned && format.blocks(matrix.columns()) == 1;
                    Tensor codes = packed.codes(names.fresh(matrix.name() + "_n"), turned);
                    Tensor scales = packed.scales(names.fresh(matrix.name() + "_s"), turned);
                    inputs.add(put(perChannel ? codes.reshape(matrix.dims()) : codes));
                    inputs.add(put(perChannel ? scales.reshape(matrix.rows()) : scales));
                    if (!choice.format().symmetric()) {
                        Tensor zeros = packed.zeros(names.fresh(matrix.name() + "_z"), turned);
                        inputs.add(put(perChannel ? zeros.reshape(matrix.rows()) : zeros));
                    }
                    var attributes = new LinkedHashMap<String, Attribute>();
                    attributes.put("axis", Attribute.of(turned || perChannel ? 0 : 1));
                    if (!perChannel) {
                        attributes.put("block_size", Attribute.of(format.block()));
                    }
                    String read = names.fresh(matrix.name() + "_d");
                    nodes.add(Node.of("DequantizeLinear", inputs, List.of(read), attributes)
                            .withName(""));
                    if (turned || perChannel) {
                        return List.of(read);
                    }
                    String shape = names.fresh(matrix.name() + "_dims");
                    put(Tensor.ofLongs(shape, new long[] {matrix.dims().length}, matrix.dims()));
                    String shaped = names.fresh(matrix.name() + "_r");
                    nodes.add(Node.of("Reshape", List.of(read, shape), List.of(shaped))
                            .withName(""));
                    return List.of(shaped);
                })
                .getFirst();
    }

    private String put(Tensor tensor) {
        initializers.put(tensor.name(), tensor);
        return tensor.name();
    }
}
