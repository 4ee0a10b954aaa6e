package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * From an ONNX model to a TensorFlow Lite file that computes the same. Inputs and outputs keep their names, types and layout.
 * Nodes between DequantizeLinear and QuantizeLinear become operators on integers with these scales.
 *
 * @see <a href="https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec">quantization
 *     specification</a>
 */
final class TfliteExport {
    private final Model model;
    private final Graph graph;
    private final Types types;
    private final TfliteDraft draft = new TfliteDraft();
    private final TfliteForms forms = new TfliteForms(draft);
    private final TfliteFusion fusion;

    private TfliteExport(Model model, Map<String, Long> dims) {
        this.model = model;
        this.graph = inlined(model.graph());
        this.types = ShapeInference.infer(model.withGraph(graph), OpenBatch.asOne(graph, dims));
        this.fusion = new TfliteFusion(graph);
    }

    /**
     * The file's bytes; the same model gives the same.
     *
     * @param dims sizes of named dimensions; a batch that is left open becomes 1
     * @throws dev.skerry.problem.ProblemException {@code tflite.unsupported}, naming the node that can't be written;
     *     {@code tflite.shape} where a size is known at run time only
     */
    static byte[] bytes(Model model, Map<String, Long> dims) {
        return new TfliteExport(model, dims).write();
    }

    /** The graph with constants as initializers, so that they are looked for in one place. */
    private static Graph inlined(Graph graph) {
        Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Tensor constant = node.is("Constant") ? GeneratorRules.constantTensor(node) : null;
            if (constant == null) {
                nodes.add(node);
            } else {
                initializers.put(node.output(0), constant.withName(node.output(0)));
            }
        }
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    private byte[] write() {
        Map<String, TfliteScales> scales = TfliteScaling.of(graph, types);
        graph.initializers().forEach((name, tensor) -> forms.constant(name, new Stored(tensor, null)));
        for (ValueInfo output : graph.outputs()) {
            draft.reserve(output.name());
            forms.output(output.name());
        }
        for (ValueInfo input : graph.dataInputs()) {
            declare(input.name(), scales);
            draft.reserve(input.name());
        }
        graph.dataInputs().forEach(input -> give(input.name()));
        for (Node node : graph.nodes()) {
            for (String output : node.outputs()) {
                if (!output.isEmpty()) {
                    declare(output, scales);
                }
            }
        }
        for (Node node : graph.nodes()) {
            if (!fusion.isAbsorbed(node) && !isKnown(node)) {
                lower(node);
            }
        }
        graph.outputs().forEach(output -> end(output.name()));
        return TfliteWriter.bytes(draft, graph.name().isEmpty() ? "main" : graph.name());
    }

    private void declare(String value, Map<String, TfliteScales> scales) {
        ValueType.OfTensor type = types.tensor(value).orElse(null);
        if (type == null || type.shape() == null || !type.shape().isStatic()) {
            return; // nobody may need it: what computes shapes is a constant by now
        }
        TfliteScales known = scales.get(value);
        boolean isShifted = known != null && type.element() == DataType.UINT8;
        forms.declare(
                value, isShifted ? DataType.INT8 : type.element(), type.shape().sizes());
        if (known != null) {
            forms.scales(value, known);
        }
    }

    /** Adds an input of the model, in its own type. */
    private void give(String input) {
        requireKnown(input, "input " + input);
        long[] dims = forms.dims(input);
        TfliteAxes same = TfliteAxes.same(dims.length);
        TfliteScales scales = forms.scalesOf(input);
        DataType own = own(input);
        if (own == forms.type(input) || scales == null) {
            int tensor = draft.tensor(input, own, dims, scales);
            draft.input(tensor);
            forms.holds(input, same, tensor);
            return;
        }
        int unsigned = draft.tensor(input, own, dims, TfliteScaling.unsigned(scales));
        draft.input(unsigned);
        int signed = draft.tensor(draft.unique(input + "/int8"), DataType.INT8, dims, scales);
        draft.operator("QUANTIZE", TfliteOptions.NONE, List.of(unsigned), List.of(signed));
        forms.holds(input, same, signed);
    }

    /** The type of a value of the model, where kernels have it. */
    private DataType own(String value) {
        DataType type = types.tensor(value)
                .map(ValueType.OfTensor::element)
                .filter(TfliteTypes::isComputed)
                .orElse(null);
        if (type == null) {
            throw Problem.usage(
                            "tflite.unsupported",
                            "the kernels of TensorFlow Lite don't compute with the type of " + value)
                    .at("value " + value)
                    .because("it is " + types.of(value).map(Object::toString).orElse("not known"))
                    .attempt("the model in single precision")
                    .toException();
        }
        return type;
    }

    private void requireKnown(String value, String place) {
        if (!forms.isDeclared(value)) {
            throw Problem.usage("tflite.shape", "the size of " + value + " is known at run time only")
                    .at(place)
                    .because("the tensors of a TensorFlow Lite file have fixed sizes, this is "
                            + types.of(value).map(Object::toString).orElse("unknown"))
                    .attempt("--dim NAME=SIZE for the dimensions that are open")
                    .toException();
        }
    }

    /** Whether a node computes sizes that are known now, which makes its results constants. */
    private boolean isKnown(Node node) {
        boolean all = !node.outputs().isEmpty();
        for (String output : node.outputs()) {
            all &= output.isEmpty() || knownSizes(output) != null;
        }
        if (all) {
            for (String output : node.outputs()) {
                Tensor known = output.isEmpty() ? null : knownSizes(output);
                if (known != null) {
                    forms.constant(output, new Stored(known, null));
                }
            }
        }
        return all;
    }

    private @Nullable Tensor knownSizes(String value) {
        long[] values = types.integers(value);
        if (values == null || !forms.isDeclared(value)) {
            return null;
        }
        return switch (forms.type(value)) {
            case INT64, INT32, BOOL -> Numbers.of(value, forms.type(value), forms.dims(value), values);
            default -> null;
        };
    }

    private void lower(Node node) {
        for (String output : node.outputs()) {
            if (!output.isEmpty()) {
                requireKnown(output, "node " + node.label());
                own(output);
            }
        }
        for (String input : node.inputs()) {
            if (!input.isEmpty() && !(forms.isDeclared(input) && forms.isMade(input))) {
                throw new TfliteStep(forms, fusion, node, model.opset())
                        .refuse("its input " + input + " isn't a tensor of this graph");
            }
        }
        if (node.is("DequantizeLinear")) {
            dequantize(node);
        } else if (node.is("QuantizeLinear")) {
            quantize(node);
        } else {
            TfliteLowerings.lower(new TfliteStep(forms, fusion, node, model.opset()));
        }
    }

    private void dequantize(Node node) {
        String from = node.input(0);
        String to = node.output(0);
        Stored constant = forms.constant(from);
        var step = new TfliteStep(forms, fusion, node, model.opset());
        boolean unsigned = constant != null && constant.content().type() == DataType.UINT8;
        TfliteScales scales = constant != null ? TfliteScaling.scales(graph, node, unsigned) : forms.scalesOf(from);
        if (scales == null || node.intAttribute("block_size", 0) != 0) {
            throw step.refuse("its scales belong to blocks, or aren't constants", "weights with a scale per channel");
        }
        if (constant != null) {
            int rank = constant.content().rank();
            var placed = new TfliteScales(
                    scales.scales(), scales.zeroPoints(), scales.perChannel() ? step.axis(scales.axis(), rank) : 0);
            forms.constant(to, TfliteScaling.signed(constant.content(), placed));
            return;
        }
        TfliteScales said = TfliteScaling.scales(graph, node, own(from) == DataType.UINT8);
        if (said == null || !said.sameAs(scales)) {
            throw step.refuse("the same integers mean different numbers in different places");
        }
        forms.means(to, from);
    }

    private void quantize(Node node) {
        String from = node.input(0);
        String to = node.output(0);
        TfliteScales scales = forms.scalesOf(to);
        if (scales == null) {
            throw new TfliteStep(forms, fusion, node, model.opset())
                    .refuse("its scales differ by channel, or aren't constants", "one scale for each activation");
        }
        if (!forms.isQuantized(from) || forms.constant(from) != null) {
            TfliteAxes axes = lying(from);
            int real = forms.real(from, axes);
            draft.operator("QUANTIZE", TfliteOptions.NONE, List.of(real), List.of(forms.make(to, axes)));
            return;
        }
        String stored = forms.storedOf(from);
        if (forms.scalesBehind(from).sameAs(scales) && forms.type(stored) == forms.type(to)) {
            forms.view(to, stored, IntStream.range(0, forms.rank(to)).toArray());
            return;
        }
        TfliteAxes axes = lying(stored);
        int integers = forms.stored(stored, axes);
        draft.operator("QUANTIZE", TfliteOptions.NONE, List.of(integers), List.of(forms.make(to, axes)));
    }

    private TfliteAxes lying(String value) {
        return forms.constant(value) != null ? TfliteAxes.same(forms.rank(value)) : forms.meeting(List.of(value));
    }

    /** Gives an output its tensor, under its name and in its own type. */
    private void end(String output) {
        requireKnown(output, "output " + output);
        if (!forms.isMade(output)) {
            throw Problem.usage("tflite.unsupported", "nothing in the TensorFlow Lite graph makes an output")
                    .at("output " + output)
                    .because("it is one that the operator of the file doesn't have")
                    .attempt("a model without this output")
                    .toException();
        }
        TfliteAxes same = TfliteAxes.same(forms.rank(output));
        int tensor = forms.real(output, same);
        TfliteScales scales = draft.tensor(tensor).scales();
        DataType own = own(output);
        boolean isNamed = draft.tensor(tensor).name().equals(output);
        if (own == DataType.UINT8 && scales != null) {
            if (isNamed) {
                draft.rename(tensor, draft.unique(output + "/int8"));
            }
            int unsigned = draft.tensor(output, own, same.dims(forms.dims(output)), TfliteScaling.unsigned(scales));
            draft.operator("QUANTIZE", TfliteOptions.NONE, List.of(tensor), List.of(unsigned));
            tensor = unsigned;
        } else if (!isNamed && draft.isInner(tensor)) {
            draft.rename(tensor, output);
        } else if (!isNamed) {
            long[] dims = forms.dims(output);
            int copy = draft.tensor(output, own, dims, scales);
            draft.reshape(tensor, copy);
            tensor = copy;
        }
        draft.output(tensor);
    }
}
