package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Weights that are still float are stored in INT8, one scale per output channel, and made float again when the model is loaded:
 * a quarter of the size at the float model's speed. For layers without an integer kernel (LSTM, GRU, ConvTranspose, Gather),
 * for layers in branches that calibration never saw, and wherever time doesn't matter.
 *
 * @param asked names (or first outputs, where nodes have no name) of nodes whose weights stay float
 */
record WeightInt8(Set<String> asked) implements Technique {
    WeightInt8 {
        asked = Set.copyOf(asked);
    }

    @Override
    public String label() {
        return "int8-weights";
    }

    @Override
    public Rewritten apply(Studied studied) {
        Map<String, StoredWeights.Use> uses = StoredWeights.of(studied.model().graph());
        var kept = new ArrayList<KeptFloat>();
        uses.values().removeIf(use -> {
            Optional<Node> float32 =
                    use.readers().stream().filter(this::keepsFloat).findFirst();
            float32.ifPresent(node -> kept.add(new KeptFloat(node.label(), node.op(), "asked for")));
            return float32.isPresent();
        });
        Map<String, StoredWeights.Form> forms =
                StoredWeights.smaller(uses, studied.model().graph(), WeightInt8::form);
        Set<String> changed = new LinkedHashSet<>();
        Set<String> told = new LinkedHashSet<>();
        uses.forEach((name, use) -> {
            for (Node node : forms.containsKey(name) ? use.readers() : List.<Node>of()) {
                changed.add(Subgraphs.firstOutput(node));
                if (told.add(node.label())) {
                    kept.add(new KeptFloat(node.label(), node.op(), "float arithmetic on weights stored in INT8"));
                }
            }
        });
        return new Rewritten(StoredWeights.replace(studied.model(), forms), changed, 0, kept);
    }

    private boolean keepsFloat(Node node) {
        return asked.contains(node.label()) || asked.contains(node.output(0));
    }

    private static Optional<StoredWeights.Form> form(StoredWeights.Use use, StoredWeights.Names names) {
        Tensor weight = use.weight();
        long[] dims = weight.dims();
        float[] values = weight.toFloats();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return Optional.empty();
            }
        }
        // channels are one axis, or for recurrent layers the first two: directions and gates
        boolean isRecurrent = weight.rank() == 3
                && use.input() > 0
                && !use.first().op().startsWith("Conv")
                && !use.first().is("MatMul");
        int axis = isRecurrent ? 1 : channelAxis(use);
        int inner = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        long[] scaleDims = new long[dims.length];
        java.util.Arrays.fill(scaleDims, 1);
        int channels = 1;
        for (int i = isRecurrent ? 0 : axis; i <= axis; i++) {
            scaleDims[i] = dims[i];
            channels *= (int) dims[i];
        }
        QuantizedWeight quantized = QuantizedWeight.nearest(values, channels, inner, ActivationScheme.S8S8);
        String integer = names.fresh(weight.name() + "_q");
        String scale = names.fresh(weight.name() + "_s");
        String cast = names.fresh(weight.name() + "_c");
        return Optional.of(new StoredWeights.Form(
                List.of(
                        Tensor.ofBytes(integer, DataType.INT8, dims, quantized.values()),
                        Tensor.ofFloats(scale, scaleDims, quantized.scales())),
                List.of(
                        Node.of(
                                        "Cast",
                                        List.of(integer),
                                        List.of(cast),
                                        Map.of("to", Attribute.of(DataType.FLOAT.code())))
                                .withName(""),
                        Node.of("Mul", List.of(cast, scale), List.of(weight.name()))
                                .withName(""))));
    }

    /** The axis along which each slice has its own scale. */
    private static int channelAxis(StoredWeights.Use use) {
        Node node = use.first();
        int rank = use.weight().rank();
        return switch (node.op()) {
            case "ConvTranspose" -> node.intAttribute("group", 1) == 1 ? 1 : 0;
            case "Gemm" -> {
                boolean turned = node.intAttribute(use.input() == 0 ? "transA" : "transB", 0) != 0;
                yield use.input() == 0 == turned ? 1 : 0;
            }
            case "MatMul" -> use.input() == 0 ? rank - 2 : rank - 1;
            default -> 0;
        };
    }
}
