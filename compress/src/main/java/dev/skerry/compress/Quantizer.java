package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a model in the QDQ form: the float graph with a QuantizeLinear and DequantizeLinear pair at every value that exists
 * as integers. ONNX Runtime finds an operator between such pairs and puts its integer kernel there; any other ONNX runtime
 * computes the same, in float.
 *
 * @see <a href="https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html">Quantize ONNX models</a>
 */
final class Quantizer {
    /**
     * A quantized model.
     *
     * @param integerNodes how many nodes run in integers
     * @param layers how many of them have weights
     */
    record Quantized(Model model, int integerNodes, long layers, Placement placement) {}

    /** The same for all graphs of a model. */
    private record Plan(Scope scope, Map<String, Range> ranges, IntegerForm form, Set<String> taken) {}

    private final Plan plan;
    private final IntegerForm form;
    private final ActivationScheme scheme;
    private final Surroundings around;
    private final Draft draft;
    private final Placement placement;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();
    private final Map<AffineScale, List<String>> scaleNames = new HashMap<>();
    private final Map<String, String> zeroNames = new HashMap<>();

    /** What a reader of a value reads instead. */
    private final Map<String, String> dequantized = new HashMap<>();

    private final Map<String, AffineScale> scales = new HashMap<>();

    private Quantizer(Graph graph, Surroundings around, Plan plan) {
        this.plan = plan;
        this.around = around;
        form = plan.form();
        scheme = form.scheme();
        draft = new Draft(graph, around);
        placement = Placement.of(draft, plan.scope(), plan.ranges());
    }

    /** With scales by channel, zero anywhere, and weights to the nearest. */
    static Quantized quantize(Model model, Scope scope, Map<String, Range> ranges, ActivationScheme scheme) {
        return quantize(model, scope, ranges, IntegerForm.of(scheme));
    }

    /**
     * Quantizes a prepared model, its subgraphs included. The placement is that of all graphs.
     *
     * @param ranges of all float activations that were calibrated, by value
     */
    static Quantized quantize(Model model, Scope scope, Map<String, Range> ranges, IntegerForm form) {
        var draft = new Draft(model.graph());
        var plan = new Plan(scope, form.ranges(draft, ranges), form, draft.names());
        var quantizer = new Quantizer(model.graph(), Surroundings.NONE, plan);
        Graph graph = quantizer.write(model.graph());
        return new Quantized(
                model.withGraph(graph),
                quantizer.placement.integerNodes(),
                quantizer.placement.layers(),
                quantizer.placement);
    }

    private Graph write(Graph graph) {
        initializers.putAll(graph.initializers());
        Set<Node> absorbed = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node node : graph.nodes()) {
            if (absorbed.contains(node)) {
                continue;
            }
            if (placement.isInteger(node)) {
                placement.absorbed(node).filter(next -> makesIntegers(node)).ifPresent(absorbed::add);
                writeInteger(node);
            } else if (placement.isTable(node)) {
                writeTable(node);
            } else {
                nodes.add(node.withSubgraphs(inner -> inside(inner, graph)));
            }
        }
        return DeadCode.remove(
                graph.withNodes(nodes).withInitializers(initializers).withValues(List.of()));
    }

    /** A graph inside; what it reads of the values around, it reads under their names, as float. */
    private Graph inside(Graph inner, Graph outer) {
        var quantizer = new Quantizer(inner, around.inside(outer), plan);
        Graph graph = quantizer.write(inner);
        placement.adopt(quantizer.placement);
        return graph;
    }

    private boolean makesIntegers(Node node) {
        // a kernel of TensorFlow Lite that reads integers makes integers
        return scheme == ActivationScheme.TFLITE
                || !placement.quantizedOutputs(node).isEmpty();
    }

    private void writeInteger(Node node) {
        OperatorKind kind = placement.kind(node).orElseThrow();
        var inputs = new ArrayList<>(node.inputs());
        for (int i = 0; i < OperatorKind.dataInputs(node); i++) {
            inputs.set(i, reading(node.input(i)));
        }
        if (kind == OperatorKind.LAYER) {
            quantizeWeights(node, inputs);
        }
        if (!makesIntegers(node)) {
            nodes.add(node.withInputs(inputs));
            return;
        }
        List<String> made = placement.outputsOf(node);
        var inner = new ArrayList<String>();
        for (String value : made) {
            inner.add(fresh(value + "_f"));
        }
        nodes.add(node.withInputs(inputs).withOutputs(inner));
        for (int i = 0; i < made.size(); i++) {
            String value = made.get(i);
            AffineScale scale = kind == OperatorKind.PASSING ? scaleOf(node.input(0)) : scaleFor(node, value);
            scales.put(value, scale);
            // float readers, subgraphs and the model's outputs go on reading the value under its name
            pair(inner.get(i), value, scale);
        }
    }

    /** Softmax and Sigmoid end at 1 whatever was seen; the others have their calibrated range. */
    private AffineScale scaleFor(Node node, String value) {
        return node.op().equals("Softmax") || node.op().equals("Sigmoid") ? form.scaleOfShares() : scaleOf(value);
    }

    private AffineScale scaleOf(String value) {
        return scales.computeIfAbsent(value, key -> {
            Range range = plan.ranges().get(key);
            if (range == null) {
                throw new IllegalStateException(key + " has no range");
            }
            return form.scale(range);
        });
    }

    /** The name under which an integer node reads a value, after making it if need be. */
    private String reading(String value) {
        if (placement.isMadeByInteger(value) && scales.containsKey(value)) {
            return value;
        }
        return dequantized.computeIfAbsent(value, key -> {
            String name = fresh(key + "_d");
            Tensor constant = draft.constant(key).orElse(null);
            if (constant != null) {
                constantPair(constant, name);
            } else {
                pair(key, name, scaleOf(key));
            }
            return name;
        });
    }

    private void pair(String from, String to, AffineScale scale) {
        String integer = fresh(to + "_q");
        List<String> names = names(scale);
        nodes.add(unnamed("QuantizeLinear", List.of(from, names.get(0), names.get(1)), integer, Map.of()));
        nodes.add(unnamed("DequantizeLinear", List.of(integer, names.get(0), names.get(1)), to, Map.of()));
    }

    private void constantPair(Tensor constant, String to) {
        float[] values = constant.toFloats();
        AffineScale scale = scaleOfConstant(values);
        String integer = fresh(to + "_q");
        initializers.put(integer, integers(integer, constant, values, scale));
        List<String> names = names(scale);
        nodes.add(unnamed("DequantizeLinear", List.of(integer, names.get(0), names.get(1)), to, Map.of()));
    }

    /**
     * Rows are picked as integers, and then become floats with one scale for the whole table: with one per column, ONNX Runtime
     * converts element by element, which takes longer than all else that is left of a lookup.
     */
    private void writeTable(Node gather) {
        Tensor table = initializers.get(gather.input(0));
        if (table == null) {
            throw new IllegalStateException(gather.label() + " has no constant table");
        }
        float[] rows = table.toFloats();
        AffineScale scale = scaleOfConstant(rows);
        String name = fresh(gather.input(0) + "_q");
        initializers.put(name, integers(name, table, rows, scale));
        String picked = fresh(gather.output(0) + "_q");
        List<String> names = names(scale);
        nodes.add(gather.withInputs(List.of(name, gather.input(1))).withOutputs(List.of(picked)));
        nodes.add(unnamed("DequantizeLinear", List.of(picked, names.get(0), names.get(1)), gather.output(0), Map.of()));
    }

    private AffineScale scaleOfConstant(float[] values) {
        double low = 0;
        double high = 0;
        for (float value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        return form.scale(new Range(low, high));
    }

    private Tensor integers(String name, Tensor constant, float[] values, AffineScale scale) {
        byte[] integers = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            integers[i] = (byte) scale.quantize(values[i], scheme.activationType());
        }
        return Tensor.ofBytes(name, scheme.activationType(), constant.dims(), integers);
    }

    private void quantizeWeights(Node node, List<String> inputs) {
        Tensor weight = draft.constant(node.input(1)).orElse(null);
        Tensor biasTensor = draft.constant(node.input(2)).orElse(null);
        if (weight == null) {
            throw new IllegalStateException(node.label() + " has no constant weights");
        }
        float[] bias = biasTensor == null ? new float[0] : biasTensor.toFloats();
        float inputScale = scaleOf(node.input(0)).scale();
        int axis = form.isPerTensor(node) ? -1 : channelAxis(node, weight);
        long[] dims = weight.dims();
        int channels = axis < 0 ? 1 : (int) dims[axis];
        int inner = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        QuantizedWeight quantized = QuantizedWeight.of(node, weight, channels, inner, bias, inputScale, form);
        String name = fresh(node.input(1) + "_q");
        initializers.put(name, Tensor.ofBytes(name, scheme.weightType(), dims, quantized.values()));
        String scaleName = floats(name + "_s", quantized.scales());
        String zeroName = weightZeros(channels);
        String read = fresh(node.input(1) + "_d");
        nodes.add(unnamed("DequantizeLinear", List.of(name, scaleName, zeroName), read, axisOf(axis)));
        inputs.set(1, read);
        if (biasTensor != null) {
            String biasName = fresh(node.input(2) + "_q");
            int[] steps = quantized.biasSteps(bias, inputScale);
            initializers.put(biasName, Tensor.ofInts(biasName, new long[] {steps.length}, steps));
            float[] biasScales = new float[channels];
            for (int i = 0; i < channels; i++) {
                biasScales[i] = quantized.biasScale(i, inputScale);
            }
            String biasScaleName = floats(biasName + "_s", biasScales);
            String biasRead = fresh(node.input(2) + "_d");
            nodes.add(unnamed(
                    "DequantizeLinear", List.of(biasName, biasScaleName), biasRead, axisOf(channels == 1 ? -1 : 0)));
            inputs.set(2, biasRead);
        }
    }

    /** The axis of output channels; -1 where one scale serves all. */
    private static int channelAxis(Node node, Tensor weight) {
        return switch (node.op()) {
            case "Gemm" -> node.intAttribute("transB", 0) != 0 ? 0 : 1;
            case "MatMul" -> weight.rank() == 2 ? 1 : -1;
            default -> 0;
        };
    }

    private static Map<String, Attribute> axisOf(int axis) {
        // 1 is the default, and per-tensor scales have no axis
        return axis < 0 || axis == 1 ? Map.of() : Map.of("axis", Attribute.of(axis));
    }

    private String floats(String hint, float[] values) {
        String name = fresh(hint);
        initializers.put(
                name, Tensor.ofFloats(name, values.length == 1 ? new long[0] : new long[] {values.length}, values));
        return name;
    }

    private String weightZeros(int channels) {
        return zeroNames.computeIfAbsent("skerry_wz" + channels, hint -> {
            String name = fresh(hint);
            byte[] zeros = new byte[channels];
            java.util.Arrays.fill(zeros, (byte) scheme.weightZero());
            initializers.put(
                    name,
                    Tensor.ofBytes(
                            name, scheme.weightType(), channels == 1 ? new long[0] : new long[] {channels}, zeros));
            return name;
        });
    }

    private List<String> names(AffineScale scale) {
        return scaleNames.computeIfAbsent(scale, key -> {
            String zero = zeroNames.computeIfAbsent("skerry_z" + key.zero(), this::fresh);
            initializers.put(zero, Tensor.ofBytes(zero, scheme.activationType(), new long[0], (byte) key.zero()));
            String name = fresh("skerry_s" + scaleNames.size());
            initializers.put(name, Tensor.ofFloats(name, new long[0], key.scale()));
            return List.of(name, zero);
        });
    }

    /** A node without a name: names of conversions would only make the file larger. */
    private static Node unnamed(String op, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return Node.of(op, inputs, List.of(output), attributes).withName("");
    }

    private String fresh(String hint) {
        String name = hint;
        for (int i = 2; !plan.taken().add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }
}
