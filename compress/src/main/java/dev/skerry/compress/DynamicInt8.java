package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Matrix products in INT8 whose activations get their scale in each inference, from what they are; so no calibration is needed.
 * ONNX Runtime joins the nodes written here to DynamicQuantizeMatMul or MatMulIntegerToFloat. Convolutions stay float:
 * ConvInteger has no kernel for signed weights, and with unsigned ones is slower than the float one.
 */
record DynamicInt8(Scope scope, ActivationScheme scheme) implements Technique {
    @Override
    public String label() {
        return "int8-dynamic" + (scope.name().equals("all") ? "" : "-" + scope.name());
    }

    @Override
    public Rewritten apply(Studied studied) {
        Graph graph = studied.model().graph();
        var kept = new ArrayList<KeptFloat>();
        var changed = new LinkedHashSet<String>();
        var writing = new Writing(this, Subgraphs.constants(graph), new Names(graph), changed, kept);
        Graph made = writing.write(graph);
        return new Rewritten(
                changed.isEmpty() ? studied.model() : studied.model().withGraph(made), changed, changed.size(), kept);
    }

    /** Of one graph, main or inner. */
    private static final class Writing {
        private final DynamicInt8 technique;
        private final Scope scope;
        private final ActivationScheme scheme;
        private final Map<String, Tensor> constants;
        private final Names names;
        private final Set<String> changed;
        private final List<KeptFloat> kept;
        private final List<Node> nodes = new ArrayList<>();
        private final Map<String, Tensor> initializers = new LinkedHashMap<>();

        /** Integers, scale and zero point of a value, which all layers that read it share. */
        private final Map<String, List<String>> quantized = new HashMap<>();

        private final Map<String, List<String>> weights = new HashMap<>();

        private Writing(
                DynamicInt8 technique,
                Map<String, Tensor> constants,
                Names names,
                Set<String> changed,
                List<KeptFloat> kept) {
            this.technique = technique;
            scope = technique.scope;
            scheme = technique.scheme;
            this.constants = constants;
            this.names = names;
            this.changed = changed;
            this.kept = kept;
        }

        private Graph write(Graph graph) {
            initializers.putAll(graph.initializers());
            for (Node node : graph.nodes()) {
                Optional<String> obstacle = obstacle(node);
                if (obstacle.isEmpty()) {
                    changed.add(node.output(0));
                    write(node);
                    continue;
                }
                if (FloatParts.isWeighted(node)) {
                    kept.add(new KeptFloat(node.label(), node.op(), obstacle.get()));
                }
                nodes.add(node.withSubgraphs(
                        inner -> new Writing(technique, constants, names, changed, kept).write(inner)));
            }
            return DeadCode.remove(graph.withNodes(nodes).withInitializers(initializers));
        }

        private Optional<Tensor> constant(String name) {
            return Optional.ofNullable(constants.get(name));
        }

        private Optional<String> obstacle(Node node) {
            if (scope.keepsFloat(node)) {
                return Optional.of(scope.isAsked(node) ? "asked for" : "quantizing it costs too much accuracy");
            }
            if (node.is("Conv")) {
                return Optional.of("a convolution with dynamic scales is slower than the float one");
            }
            if (!node.is("MatMul") && !node.is("Gemm")) {
                return Optional.of("dynamic scales are for MatMul and Gemm");
            }
            if (!scope.ops().contains(node.op())) {
                return Optional.of(node.op() + " stays float in this variant");
            }
            Optional<WeightMatrix> matrix = WeightMatrix.of(node, constant(node.input(1)));
            if (matrix.isEmpty()) {
                return Optional.of("its weights are no constant float matrix");
            }
            return node.is("Gemm")
                            && (node.intAttribute("transA", 0) != 0
                                    || node.hasInput(2) && node.floatAttribute("beta", 1) != 1)
                    ? Optional.of("its attributes are such as no integer product takes")
                    : Optional.empty();
        }

        private void write(Node node) {
            List<String> input = quantized.computeIfAbsent(node.input(0), value -> {
                List<String> made =
                        List.of(names.fresh(value + "_q"), names.fresh(value + "_s"), names.fresh(value + "_z"));
                nodes.add(Node.of("DynamicQuantizeLinear", List.of(value), made).withName(""));
                return made;
            });
            List<String> weight = weights.computeIfAbsent(
                    node.input(1) + " " + node.op() + node.intAttribute("transB", 0) + node.floatAttribute("alpha", 1),
                    key -> weight(node));
            String product = names.fresh(node.output(0) + "_i");
            String counted = names.fresh(node.output(0) + "_f");
            String scale = names.fresh(node.output(0) + "_s");
            nodes.add(Node.of(
                            "MatMulInteger",
                            List.of(input.get(0), weight.get(0), input.get(2), weight.get(2)),
                            List.of(product))
                    .withName(""));
            nodes.add(Node.of(
                            "Cast",
                            List.of(product),
                            List.of(counted),
                            Map.of("to", Attribute.of(DataType.FLOAT.code())))
                    .withName(""));
            nodes.add(Node.of("Mul", List.of(input.get(1), weight.get(1)), List.of(scale))
                    .withName(""));
            boolean biased = node.is("Gemm") && node.hasInput(2);
            String made = biased ? names.fresh(node.output(0) + "_p") : node.output(0);
            nodes.add(Node.of("Mul", List.of(counted, scale), List.of(made)).withName(biased ? "" : node.name()));
            if (biased) {
                nodes.add(Node.of("Add", List.of(made, bias(node)), node.outputs())
                        .withName(node.name()));
            }
        }

        /** Integers [K, N], scales and zero points, one per column. */
        private List<String> weight(Node node) {
            WeightMatrix matrix = WeightMatrix.of(node, constant(node.input(1))).orElseThrow();
            float alpha = node.is("Gemm") ? node.floatAttribute("alpha", 1) : 1;
            QuantizedWeight made =
                    QuantizedWeight.nearest(matrix.times(alpha).values(), matrix.rows(), matrix.columns(), scheme);
            byte[] turned = new byte[made.values().length];
            for (int row = 0; row < matrix.rows(); row++) {
                for (int column = 0; column < matrix.columns(); column++) {
                    turned[column * matrix.rows() + row] = made.values()[row * matrix.columns() + column];
                }
            }
            byte[] zeros = new byte[matrix.rows()];
            java.util.Arrays.fill(zeros, (byte) scheme.weightZero());
            long[] perColumn = {matrix.rows()};
            return List.of(
                    put(Tensor.ofBytes(
                            names.fresh(matrix.name() + "_q"),
                            scheme.weightType(),
                            new long[] {matrix.columns(), matrix.rows()},
                            turned)),
                    put(Tensor.ofFloats(names.fresh(matrix.name() + "_s"), perColumn, made.scales())),
                    put(Tensor.ofBytes(names.fresh(matrix.name() + "_z"), scheme.weightType(), perColumn, zeros)));
        }

        /** As a row, which is the form in which ONNX Runtime joins the addition to the product. */
        private String bias(Node node) {
            Optional<Tensor> constant = constant(node.input(2));
            if (constant.isPresent()
                    && constant.get().rank() == 2
                    && constant.get().dims()[0] == 1) {
                Tensor row = constant.get();
                return put(row.withName(names.fresh(row.name() + "_b")).reshape(row.elements()));
            }
            return node.input(2);
        }

        private String put(Tensor tensor) {
            initializers.put(tensor.name(), tensor);
            return tensor.name();
        }
    }
}
