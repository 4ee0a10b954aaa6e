package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * LSTMs with INT8 weights whose products run in integers: ONNX Runtime's DynamicQuantizeLSTM, which quantizes what comes in and
 * the hidden state step by step. Other runtimes don't know it. GRU and RNN have no such kernel.
 *
 * @see <a href="https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md">Contrib operators:
 *     com.microsoft.DynamicQuantizeLSTM</a>
 */
record RecurrentInt8(Set<String> asked, ActivationScheme scheme) implements Technique {
    private static final String DOMAIN = "com.microsoft";
    private static final Set<String> KNOWN = Set.of(
            "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget");

    RecurrentInt8 {
        asked = Set.copyOf(asked);
    }

    @Override
    public String label() {
        return "lstm8";
    }

    @Override
    public Rewritten apply(Studied studied) {
        Model model = studied.model();
        var names = new StoredWeights.Names(new Draft(model.graph()).names());
        Set<String> changed = new LinkedHashSet<>();
        var kept = new ArrayList<KeptFloat>();
        Graph graph = Subgraphs.rewrite(
                model.graph(), Surroundings.NONE, (each, around) -> rewrite(each, around, names, changed, kept));
        if (changed.isEmpty()) {
            return new Rewritten(model, changed, 0, kept);
        }
        return new Rewritten(
                model.withGraph(Subgraphs.rewrite(graph, DeadCode::remove)).withOpset(DOMAIN, 1),
                changed,
                changed.size(),
                kept);
    }

    private Graph rewrite(
            Graph graph, Surroundings around, StoredWeights.Names names, Set<String> changed, List<KeptFloat> kept) {
        var draft = new Draft(graph, around);
        for (Node node : graph.nodes()) {
            if (!node.is("LSTM")) {
                continue;
            }
            Optional<Tensor> input = weights(draft, node, 1);
            Optional<Tensor> hidden = weights(draft, node, 2);
            if (asked.contains(node.label()) || asked.contains(node.output(0))) {
                kept.add(new KeptFloat(node.label(), node.op(), "asked for"));
            } else if (input.isEmpty()
                    || hidden.isEmpty()
                    || !KNOWN.containsAll(node.attributes().keySet())) {
                kept.add(new KeptFloat(
                        node.label(),
                        node.op(),
                        "its weights are no float constants, or its attributes are such as no integer kernel takes"));
            } else {
                draft.replace(node, quantized(node, input.get(), hidden.get(), draft, names));
                changed.add(Subgraphs.firstOutput(node));
            }
        }
        return draft.toGraph();
    }

    private static Optional<Tensor> weights(Draft draft, Node node, int input) {
        return draft.constant(node.input(input))
                .filter(tensor -> tensor.type() == DataType.FLOAT && tensor.rank() == 3);
    }

    private Node quantized(Node lstm, Tensor input, Tensor hidden, Draft draft, StoredWeights.Names names) {
        var inputs = new ArrayList<String>();
        for (int i = 0; i < 8; i++) {
            inputs.add(lstm.input(i));
        }
        inputs.addAll(quantize(input, draft, names));
        inputs.addAll(quantize(hidden, draft, names));
        inputs.set(1, inputs.remove(8));
        inputs.set(2, inputs.remove(10));
        return new Node(
                lstm.name(),
                "DynamicQuantizeLSTM",
                DOMAIN,
                "",
                inputs,
                lstm.outputs(),
                lstm.attributes(),
                lstm.doc(),
                lstm.metadata(),
                lstm.extras());
    }

    /** Names of weights as [directions, columns, gates], scales and zero points as [directions, gates]. */
    private List<String> quantize(Tensor weight, Draft draft, StoredWeights.Names names) {
        int directions = (int) weight.dims()[0];
        int gates = (int) weight.dims()[1];
        int columns = (int) weight.dims()[2];
        QuantizedWeight rows = QuantizedWeight.nearest(weight.toFloats(), directions * gates, columns, scheme);
        byte[] turned = new byte[directions * gates * columns];
        for (int direction = 0; direction < directions; direction++) {
            int from = direction * gates * columns;
            for (int gate = 0; gate < gates; gate++) {
                for (int column = 0; column < columns; column++) {
                    turned[from + column * gates + gate] = rows.values()[from + gate * columns + column];
                }
            }
        }
        byte[] zeros = new byte[directions * gates];
        java.util.Arrays.fill(zeros, (byte) scheme.weightZero());
        var tensors = new LinkedHashMap<String, Tensor>();
        String integer = names.fresh(weight.name() + "_q");
        String scale = names.fresh(weight.name() + "_s");
        String zero = names.fresh(weight.name() + "_z");
        tensors.put(
                integer, Tensor.ofBytes(integer, scheme.weightType(), new long[] {directions, columns, gates}, turned));
        tensors.put(scale, Tensor.ofFloats(scale, new long[] {directions, gates}, rows.scales()));
        tensors.put(zero, Tensor.ofBytes(zero, scheme.weightType(), new long[] {directions, gates}, zeros));
        draft.initializers.putAll(tensors);
        return List.of(integer, scale, zero);
    }
}
