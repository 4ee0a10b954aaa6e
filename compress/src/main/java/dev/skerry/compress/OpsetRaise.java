package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Brings a model of operator set 7 to 12 to 13, the first whose QuantizeLinear and DequantizeLinear work per channel. Most
 * operators mean the same in all of these; those that don't are rewritten one by one.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/docs/Changelog.md">ONNX operator changelog</a>
 */
final class OpsetRaise {
    static final long TARGET = 13;

    private final long from;
    private final Map<String, Tensor> initializers;
    private final Set<String> taken = new LinkedHashSet<>();
    private final Map<String, Integer> ranks = new HashMap<>();

    private OpsetRaise(long from, Graph graph, Set<String> outer) {
        this.from = from;
        initializers = new LinkedHashMap<>(graph.initializers());
        taken.addAll(outer);
        taken.addAll(initializers.keySet());
        graph.inputs().forEach(input -> taken.add(input.name()));
        graph.nodes().forEach(node -> taken.addAll(node.outputs()));
        Stream.of(graph.inputs(), graph.values(), graph.outputs())
                .flatMap(List::stream)
                .forEach(value -> {
                    if (value.type() instanceof ValueType.OfTensor tensor && tensor.shape() != null) {
                        ranks.put(value.name(), tensor.shape().rank());
                    }
                });
    }

    static Preparation raise(Model model) {
        long from = model.opset();
        if (from >= TARGET) {
            return new Preparation.Ready(model);
        }
        if (from < 7) {
            return new Preparation.Obstacle(Problem.usage("compress.opset", "the operator set is too old to quantize")
                    .because("it is " + from + ", and Skerry converts from 7 on")
                    .attempt("exporting the model again with opset 13 or newer"));
        }
        if (!model.functions().isEmpty()) {
            return new Preparation.Obstacle(Problem.usage(
                            "compress.opset", "a model with local functions of an old operator set isn't converted")
                    .because("the operator set is " + from + ", and quantization needs " + TARGET)
                    .attempt("exporting the model again with opset 13 or newer"));
        }
        try {
            Graph graph = new OpsetRaise(from, model.graph(), Set.of()).graph(model.graph());
            return new Preparation.Ready(
                    model.withGraph(graph).withOpset("", TARGET).withIrVersion(Math.max(8, model.irVersion())));
        } catch (ProblemException unknown) {
            return new Preparation.Obstacle(unknown.problem());
        }
    }

    private Graph graph(Graph graph) {
        var nodes = new ArrayList<Node>();
        for (Node node : graph.nodes()) {
            nodes.addAll(convert(withRaisedSubgraphs(node)));
        }
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    private Node withRaisedSubgraphs(Node node) {
        var attributes = new LinkedHashMap<String, Attribute>();
        node.attributes()
                .forEach((name, attribute) -> attributes.put(
                        name,
                        switch (attribute) {
                            case Attribute.GraphValue(Graph inner) ->
                                Attribute.of(new OpsetRaise(from, inner, taken).graph(inner));
                            case Attribute.Graphs(List<Graph> inner) ->
                                new Attribute.Graphs(inner.stream()
                                        .map(each -> new OpsetRaise(from, each, taken).graph(each))
                                        .toList());
                            default -> attribute;
                        }));
        return node.withAttributes(attributes);
    }

    private List<Node> convert(Node node) {
        if (!node.isStandard()) {
            return List.of(node);
        }
        return switch (node.op()) {
            case "Squeeze", "Unsqueeze", "ReduceSum" -> List.of(axesToInput(node, "axes"));
            case "Split" -> List.of(axesToInput(node, "split"));
            case "Clip" -> List.of(from < 11 ? clip(node) : node);
            case "Pad" -> List.of(from < 11 ? pad(node) : node);
            case "Slice" -> List.of(from < 10 ? slice(node) : node);
            case "TopK" -> List.of(from < 10 ? topK(node) : node);
            case "Dropout" -> List.of(from < 12 ? without(node, "ratio") : node);
            case "BatchNormalization" -> List.of(batchNorm(node));
            case "Upsample" -> List.of(upsample(node));
            case "Resize" -> List.of(from < 11 ? resize(node) : node);
            case "Scatter" -> List.of(renamed(node, "ScatterElements"));
            case "Softmax", "LogSoftmax", "Hardmax" -> softmax(node);
            case "Scan" -> {
                if (from < 9) {
                    throw refuse(node, "its inputs changed between operator sets 8 and 9");
                }
                yield List.of(node);
            }
            default -> List.of(node);
        };
    }

    private Node axesToInput(Node node, String attribute) {
        return node.intsAttribute(attribute)
                .map(values -> without(withInput(node, 1, longs(node, attribute, values)), attribute))
                .orElse(node);
    }

    private Node clip(Node node) {
        Node clip = without(node, "min", "max");
        if (node.attribute("min").isPresent()) {
            clip = withInput(clip, 1, scalar(node, "min", node.floatAttribute("min", 0)));
        }
        if (node.attribute("max").isPresent()) {
            clip = withInput(clip, 2, scalar(node, "max", node.floatAttribute("max", 0)));
        }
        return clip;
    }

    private Node pad(Node node) {
        long[] pads = node.intsAttribute("pads").orElseThrow(() -> refuse(node, "it has no pads"));
        Node pad = withInput(without(node, "pads", "value"), 1, longs(node, "pads", pads));
        return withInput(pad, 2, scalar(node, "value", node.floatAttribute("value", 0)));
    }

    private Node slice(Node node) {
        long[] starts = node.intsAttribute("starts").orElseThrow(() -> refuse(node, "it has no starts"));
        long[] ends = node.intsAttribute("ends").orElseThrow(() -> refuse(node, "it has no ends"));
        Node slice = without(node, "starts", "ends", "axes");
        slice = withInput(slice, 1, longs(node, "starts", starts));
        slice = withInput(slice, 2, longs(node, "ends", ends));
        return node.intsAttribute("axes").isPresent()
                ? withInput(
                        slice, 3, longs(node, "axes", node.intsAttribute("axes").orElseThrow()))
                : slice;
    }

    private Node topK(Node node) {
        return withInput(without(node, "k"), 1, longs(node, "k", new long[] {node.intAttribute("k", 1)}));
    }

    private static Node batchNorm(Node node) {
        if (node.intAttribute("spatial", 1) != 1) {
            throw refuse(
                    node, "it normalizes each position by itself (spatial=0), which newer operator sets don't know");
        }
        return without(node, "spatial");
    }

    private Node upsample(Node node) {
        Node resize = renamed(without(node, "scales"), "Resize");
        String scales = node.input(1);
        if (node.attribute("scales").orElse(null) instanceof Attribute.Floats floats) {
            float[] values = new float[floats.values().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = floats.values().get(i);
            }
            scales = fresh(node, "scales");
            initializers.put(scales, Tensor.ofFloats(scales, new long[] {values.length}, values));
        }
        return asymmetric(resize.withInputs(List.of(node.input(0), "", scales)), node);
    }

    private static Node resize(Node node) {
        return asymmetric(node.withInputs(List.of(node.input(0), "", node.input(1))), node);
    }

    /** Before 11 a resize took coordinates as they are, from the corner, and rounded down. */
    private static Node asymmetric(Node resize, Node original) {
        String mode = original.stringAttribute("mode", "nearest");
        return resize.withAttribute("mode", Attribute.of(mode.equals("bilinear") ? "linear" : mode))
                .withAttribute("coordinate_transformation_mode", Attribute.of("asymmetric"))
                .withAttribute("nearest_mode", Attribute.of("floor"));
    }

    /** Before 13 the input was seen as a matrix, with all dimensions from the axis on as columns. */
    private List<Node> softmax(Node node) {
        long axis = node.intAttribute("axis", 1);
        int rank = ranks.getOrDefault(node.output(0), ranks.getOrDefault(node.input(0), -1));
        if (axis == -1 || axis == rank - 1) {
            return List.of(node.withAttribute("axis", Attribute.of(-1)));
        }
        String shape = fresh(node, "shape");
        String flat = fresh(node, "flat");
        String soft = fresh(node, "soft");
        return List.of(
                Node.of("Shape", List.of(node.input(0)), List.of(shape)),
                Node.of("Flatten", List.of(node.input(0)), List.of(flat), Map.of("axis", Attribute.of(axis))),
                node.withInputs(List.of(flat)).withOutputs(List.of(soft)).withAttribute("axis", Attribute.of(1)),
                Node.of("Reshape", List.of(soft, shape), node.outputs()));
    }

    private String longs(Node node, String what, long[] values) {
        String name = fresh(node, what);
        initializers.put(name, Tensor.ofLongs(name, new long[] {values.length}, values));
        return name;
    }

    private String scalar(Node node, String what, float value) {
        String name = fresh(node, what);
        initializers.put(name, Tensor.ofFloats(name, new long[0], value));
        return name;
    }

    private String fresh(Node node, String what) {
        String hint = node.output(0) + "_" + what;
        String name = hint;
        for (int i = 2; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }

    private static Node withInput(Node node, int index, String value) {
        var inputs = new ArrayList<>(node.inputs());
        while (inputs.size() <= index) {
            inputs.add("");
        }
        inputs.set(index, value);
        return node.withInputs(inputs);
    }

    private static Node without(Node node, String... attributes) {
        var kept = new LinkedHashMap<>(node.attributes());
        for (String attribute : attributes) {
            kept.remove(attribute);
        }
        return node.withAttributes(kept);
    }

    private static Node renamed(Node node, String op) {
        return new Node(
                node.name(),
                op,
                node.domain(),
                node.overload(),
                node.inputs(),
                node.outputs(),
                node.attributes(),
                node.doc(),
                node.metadata(),
                node.extras());
    }

    private static ProblemException refuse(Node node, String why) {
        return Problem.usage("compress.opset", "a " + node.op() + " node can't be brought to operator set " + TARGET)
                .at(node.label())
                .because(why)
                .attempt("exporting the model again with opset 13 or newer")
                .toException();
    }
}
