package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Attribute;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a QDQ model with operators on integers (QOperator): QLinearConv, QLinearMatMul and those of ONNX Runtime's own domain,
 * with the same integers, scales and zero points. Smaller and loaded sooner, since each operator stands for itself and the
 * conversions around it; for ONNX Runtime only. Where there is no such operator the pair of conversions stays.
 *
 * @see <a href="https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md">operators of com.microsoft</a>
 */
record OperatorForm() implements Technique {
    @Override
    public String label() {
        return "qoperator";
    }

    @Override
    public Rewritten apply(Studied studied) {
        Model model = studied.model();
        var kept = new ArrayList<KeptFloat>();
        Graph graph = Subgraphs.rewrite(model.graph(), inner -> new Writing(inner, kept).write());
        boolean declare = Subgraphs.allNodes(graph).stream()
                        .anyMatch(node -> node.domain().equals(BlockRewrite.MICROSOFT))
                && !model.opsets().containsKey(BlockRewrite.MICROSOFT);
        Model made = model.withGraph(graph);
        return new Rewritten(declare ? made.withOpset(BlockRewrite.MICROSOFT, 1) : made, Set.of(), 0, kept);
    }

    /** Integers with their scale and zero point, as three inputs of an operator. */
    private record Integers(String values, String scale, String zero) {
        List<String> all() {
            return List.of(values, scale, zero);
        }
    }

    /** Of one graph, main or inner. */
    private static final class Writing {
        private final Graph graph;
        private final Draft draft;
        private final Map<String, Node> producers = new HashMap<>();
        private final Map<String, List<Node>> readers = new HashMap<>();
        private final Set<Node> gone = Collections.newSetFromMap(new IdentityHashMap<>());
        private final List<KeptFloat> kept;

        private Writing(Graph graph, List<KeptFloat> kept) {
            this.graph = graph;
            this.kept = kept;
            draft = new Draft(graph);
            for (Node node : graph.nodes()) {
                node.outputs().forEach(output -> producers.put(output, node));
                node.inputs()
                        .forEach(input -> readers.computeIfAbsent(input, key -> new ArrayList<>())
                                .add(node));
            }
        }

        private Graph write() {
            var nodes = new ArrayList<Node>();
            for (Node node : graph.nodes()) {
                if (gone.contains(node)) {
                    continue;
                }
                Optional<Node> rewritten = rewrite(node);
                if (rewritten.isEmpty() && isBetweenConversions(node)) {
                    kept.add(new KeptFloat(
                            node.label(), node.op(), "no operator on integers: its conversions stay (QDQ)"));
                }
                nodes.add(rewritten.orElse(node));
            }
            return DeadCode.remove(graph.withNodes(nodes));
        }

        private boolean isBetweenConversions(Node node) {
            return node.isStandard()
                    && !node.op().equals("QuantizeLinear")
                    && !node.op().equals("DequantizeLinear")
                    && integers(node.input(0)).isPresent()
                    && node.outputs().stream()
                            .allMatch(output -> conversion(output).isPresent());
        }

        private Optional<Node> rewrite(Node node) {
            if (!node.isStandard()) {
                return Optional.empty();
            }
            return switch (node.op()) {
                case "Conv" -> layer(node, "QLinearConv", "");
                case "MatMul" -> matMul(node);
                case "Gemm" -> gemm(node);
                case "Add", "Mul" -> elementwise(node);
                case "Concat" -> concat(node);
                case "AveragePool" ->
                    node.attribute("dilations").isPresent()
                            ? Optional.empty()
                            : unary(node, "QLinearAveragePool", node.attributes());
                case "GlobalAveragePool" -> unary(node, "QLinearGlobalAveragePool", node.attributes());
                case "LeakyRelu" -> unary(node, "QLinearLeakyRelu", node.attributes());
                case "Sigmoid" -> unary(node, "QLinearSigmoid", node.attributes());
                case "Softmax" -> {
                    var attributes = new LinkedHashMap<>(node.attributes());
                    attributes.putIfAbsent("axis", Attribute.of(-1));
                    attributes.put("opset", Attribute.of(OpsetRaise.TARGET));
                    yield unary(node, "QLinearSoftmax", attributes);
                }
                case "Reshape",
                        "Transpose",
                        "Flatten",
                        "Squeeze",
                        "Unsqueeze",
                        "Slice",
                        "Gather",
                        "Expand",
                        "Tile",
                        "Split",
                        "MaxPool",
                        "Resize" -> passing(node);
                default -> Optional.empty();
            };
        }

        /** A layer whose output is quantized: its operator takes input, weights and output each with scale and zero point. */
        private Optional<Node> layer(Node node, String op, String domain) {
            Optional<Integers> input = integers(node.input(0));
            Optional<Integers> weight = integers(node.input(1));
            Optional<Node> output = conversion(node.output(0));
            Optional<String> bias = biasSteps(node);
            if (input.isEmpty() || weight.isEmpty() || output.isEmpty() || bias.isEmpty()) {
                return Optional.empty();
            }
            var inputs = new ArrayList<>(input.get().all());
            inputs.addAll(weight.get().all());
            inputs.add(output.get().input(1));
            inputs.add(output.get().input(2));
            if (!bias.get().isEmpty()) {
                inputs.add(bias.get());
            }
            return Optional.of(made(node, op, domain, inputs, output.get(), node.attributes()));
        }

        private Optional<Node> matMul(Node node) {
            if (conversion(node.output(0)).isPresent()) {
                return layer(node, "QLinearMatMul", "");
            }
            Optional<Integers> input = integers(node.input(0));
            Optional<Integers> weight = integers(node.input(1));
            if (input.isEmpty() || weight.isEmpty()) {
                return Optional.empty();
            }
            Integers a = input.get();
            Integers b = weight.get();
            return Optional.of(operator(
                    node.name(),
                    "MatMulIntegerToFloat",
                    BlockRewrite.MICROSOFT,
                    List.of(a.values(), b.values(), a.scale(), b.scale(), a.zero(), b.zero()),
                    node.outputs(),
                    Map.of()));
        }

        private Optional<Node> gemm(Node node) {
            Optional<Integers> input = integers(node.input(0));
            Optional<Integers> weight = integers(node.input(1));
            Optional<String> bias = biasSteps(node);
            if (input.isEmpty() || weight.isEmpty() || bias.isEmpty()) {
                return Optional.empty();
            }
            var inputs = new ArrayList<>(input.get().all());
            inputs.addAll(weight.get().all());
            Optional<Node> output = conversion(node.output(0));
            if (output.isPresent() || !bias.get().isEmpty()) {
                inputs.add(bias.get());
            }
            var attributes = new LinkedHashMap<>(node.attributes());
            attributes.remove("beta");
            if (output.isEmpty()) {
                return Optional.of(
                        operator(node.name(), "QGemm", BlockRewrite.MICROSOFT, inputs, node.outputs(), attributes));
            }
            inputs.add(output.get().input(1));
            inputs.add(output.get().input(2));
            return Optional.of(made(node, "QGemm", BlockRewrite.MICROSOFT, inputs, output.get(), attributes));
        }

        private Optional<Node> elementwise(Node node) {
            Optional<Integers> first = integers(node.input(0));
            Optional<Integers> second = integers(node.input(1));
            Optional<Node> output = conversion(node.output(0));
            if (first.isEmpty() || second.isEmpty() || output.isEmpty()) {
                return Optional.empty();
            }
            var inputs = new ArrayList<>(first.get().all());
            inputs.addAll(second.get().all());
            inputs.add(output.get().input(1));
            inputs.add(output.get().input(2));
            return Optional.of(
                    made(node, "QLinear" + node.op(), BlockRewrite.MICROSOFT, inputs, output.get(), Map.of()));
        }

        private Optional<Node> concat(Node node) {
            Optional<Node> output = conversion(node.output(0));
            if (output.isEmpty()) {
                return Optional.empty();
            }
            var inputs =
                    new ArrayList<>(List.of(output.get().input(1), output.get().input(2)));
            for (String input : node.inputs()) {
                Optional<Integers> integers = integers(input);
                if (integers.isEmpty()) {
                    return Optional.empty();
                }
                inputs.addAll(integers.get().all());
            }
            return Optional.of(
                    made(node, "QLinearConcat", BlockRewrite.MICROSOFT, inputs, output.get(), node.attributes()));
        }

        private Optional<Node> unary(Node node, String op, Map<String, Attribute> attributes) {
            Optional<Integers> input = integers(node.input(0));
            Optional<Node> output = conversion(node.output(0));
            if (input.isEmpty() || output.isEmpty()) {
                return Optional.empty();
            }
            var inputs = new ArrayList<>(input.get().all());
            inputs.add(output.get().input(1));
            inputs.add(output.get().input(2));
            return Optional.of(made(node, op, BlockRewrite.MICROSOFT, inputs, output.get(), attributes));
        }

        /** The same operator on integers, where scale and zero point go through. */
        private Optional<Node> passing(Node node) {
            Optional<Integers> input = integers(node.input(0));
            if (input.isEmpty()) {
                return Optional.empty();
            }
            List<Node> conversions = new ArrayList<>();
            for (String output : node.outputs()) {
                conversion(output)
                        .filter(next -> next.input(1).equals(input.get().scale())
                                && next.input(2).equals(input.get().zero()))
                        .ifPresent(conversions::add);
            }
            if (conversions.size() != node.outputs().size()) {
                return Optional.empty();
            }
            gone.addAll(conversions);
            var inputs = new ArrayList<>(node.inputs());
            inputs.set(0, input.get().values());
            return Optional.of(node.withInputs(inputs)
                    .withOutputs(conversions.stream()
                            .map(conversion -> conversion.output(0))
                            .toList()));
        }

        private Node made(
                Node node,
                String op,
                String domain,
                List<String> inputs,
                Node conversion,
                Map<String, Attribute> attributes) {
            gone.add(conversion);
            return operator(node.name(), op, domain, inputs, conversion.outputs(), attributes);
        }

        private static Node operator(
                String name,
                String op,
                String domain,
                List<String> inputs,
                List<String> outputs,
                Map<String, Attribute> attributes) {
            return new Node(name, op, domain, "", inputs, outputs, attributes, "", Map.of(), Extras.NONE);
        }

        /** What a value is dequantized from. */
        private Optional<Integers> integers(String value) {
            return Optional.ofNullable(producers.get(value))
                    .filter(node ->
                            node.is("DequantizeLinear") && node.hasInput(2) && node.intAttribute("block_size", 0) == 0)
                    .map(node -> new Integers(node.input(0), node.input(1), node.input(2)));
        }

        /** The one node that reads a value, where that quantizes it. */
        private Optional<Node> conversion(String value) {
            List<Node> nodes = readers.getOrDefault(value, List.of());
            return nodes.size() == 1
                            && nodes.getFirst().is("QuantizeLinear")
                            && nodes.getFirst().hasInput(2)
                            && nodes.getFirst().input(0).equals(value)
                            && draft.onlyConsumer(value).isPresent()
                    ? Optional.of(nodes.getFirst())
                    : Optional.empty();
        }

        /** The bias in integers; the empty string where there is none, and nothing where it isn't in integers. */
        private Optional<String> biasSteps(Node node) {
            return node.hasInput(2)
                    ? Optional.ofNullable(producers.get(node.input(2)))
                            .filter(producer -> producer.is("DequantizeLinear"))
                            .map(producer -> producer.input(0))
                    : Optional.of("");
        }
    }
}
