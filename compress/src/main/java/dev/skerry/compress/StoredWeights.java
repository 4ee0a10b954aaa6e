package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Float weights in a smaller form in the file, with the nodes that make floats of them. These are Cast and Mul, on constants
 * alone: ONNX Runtime computes them once, when it loads the model. A DequantizeLinear would do the same, but its optimizer
 * leaves those alone, so that they would run at every inference.
 */
final class StoredWeights {
    /** What the nodes and names of the small form take in the file, about. */
    private static final long OVERHEAD_BYTES = 200;

    /**
     * What stands for a weight.
     *
     * @param nodes the last of them makes the weight's value, under the weight's name
     */
    record Form(List<Tensor> constants, List<Node> nodes) {}

    /** A weight, and the nodes that read it as such. {@code first} says how it is laid out. */
    record Use(Tensor weight, Node first, int input, List<Node> readers) {}

    private StoredWeights() {}

    /** The inputs of a node that are weights, where they are constant. */
    static List<Integer> weightInputs(Node node) {
        if (!node.isStandard()) {
            return List.of();
        }
        return switch (node.op()) {
            case "Conv", "ConvTranspose" -> List.of(1);
            case "Gemm", "MatMul" -> List.of(0, 1);
            case "Gather" -> List.of(0);
            case "LSTM", "GRU", "RNN" -> List.of(1, 2);
            default -> List.of();
        };
    }

    /** The float weights of a model that nothing but layers reads, in the order in which layers first read them. */
    static Map<String, Use> of(Graph graph) {
        Map<String, Tensor> constants = Subgraphs.constants(graph);
        Set<String> other = new HashSet<>();
        Subgraphs.all(graph).forEach(each -> {
            each.inputs().forEach(input -> other.add(input.name()));
            each.outputs().forEach(output -> other.add(output.name()));
        });
        var uses = new LinkedHashMap<String, Use>();
        for (Node node : Subgraphs.allNodes(graph)) {
            List<Integer> weights = weightInputs(node);
            for (int i = 0; i < node.inputs().size(); i++) {
                String name = node.input(i);
                Tensor tensor = constants.get(name);
                if (tensor == null) {
                    continue;
                }
                if (!weights.contains(i) || tensor.type() != dev.skerry.model.DataType.FLOAT || tensor.rank() < 2) {
                    other.add(name);
                    continue;
                }
                int input = i;
                Use use = uses.computeIfAbsent(name, key -> new Use(tensor, node, input, new ArrayList<>()));
                use.readers().add(node);
            }
        }
        uses.keySet().removeAll(other);
        return uses;
    }

    /** Whether a form is worth its nodes. */
    static boolean isSmaller(Tensor weight, Form form) {
        long bytes = form.constants().stream().mapToLong(Tensor::byteSize).sum();
        return bytes + OVERHEAD_BYTES < weight.byteSize();
    }

    /** The model with other forms of its weights, each in the graph where the weight was. */
    static Model replace(Model model, Map<String, Form> forms) {
        return model.withGraph(Subgraphs.rewrite(model.graph(), graph -> replace(graph, forms)));
    }

    private static Graph replace(Graph graph, Map<String, Form> forms) {
        var initializers = new LinkedHashMap<>(graph.initializers());
        var nodes = new ArrayList<Node>();
        for (String name : graph.initializers().keySet()) {
            Form form = forms.get(name);
            if (form != null) {
                initializers.remove(name);
                form.constants().forEach(tensor -> initializers.put(tensor.name(), tensor));
                nodes.addAll(form.nodes());
            }
        }
        nodes.addAll(graph.nodes());
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    /** All weights for which {@code form} gives something smaller. {@code fresh} names are unique in the model. */
    static Map<String, Form> smaller(Map<String, Use> uses, Graph graph, BiFunction<Use, Names, Optional<Form>> form) {
        var names = new Names(new Draft(graph).names());
        var forms = new HashMap<String, Form>();
        uses.forEach((name, use) -> form.apply(use, names)
                .filter(made -> isSmaller(use.weight(), made))
                .ifPresent(made -> forms.put(name, made)));
        return forms;
    }

    /** Names that are still free. */
    record Names(Set<String> taken) {
        String fresh(String hint) {
            String name = hint;
            for (int i = 2; !taken.add(name); i++) {
                name = hint + "_" + i;
            }
            return name;
        }
    }
}
