package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * In what numbers the nodes of a graph compute. A node between DequantizeLinear and QuantizeLinear computes in integers, since that is
 * what compilers fuse such nodes to.
 */
final class NodeNumbers {
    /** Activations in a row that compilers merge. */
    private static final int MERGED = 2;

    private final Graph graph;
    private final Types types;
    private final Map<String, Node> makers = new HashMap<>();
    private final Map<String, List<Node>> users = new HashMap<>();

    NodeNumbers(Graph graph, Types types) {
        this.graph = graph;
        this.types = types;
        for (Node node : graph.nodes()) {
            node.outputs().forEach(output -> makers.put(output, node));
            node.inputs()
                    .forEach(input ->
                            users.computeIfAbsent(input, _ -> new ArrayList<>()).add(node));
        }
    }

    static boolean isWrapping(Node node) {
        return node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("Constant");
    }

    /** Whether it only takes an image from one layout to the other. */
    static boolean isLayout(Node node) {
        return node.is("Transpose")
                && node.intsAttribute("perm")
                        .filter(perm -> Arrays.equals(perm, new long[] {0, 3, 1, 2})
                                || Arrays.equals(perm, new long[] {0, 2, 3, 1}))
                        .isPresent();
    }

    /** Element type by its label; empty where it isn't known. */
    String of(Node node) {
        Optional<DataType> stored = node.inputs().stream()
                .map(makers::get)
                .filter(Objects::nonNull)
                .filter(maker -> maker.is("DequantizeLinear"))
                .findFirst()
                .flatMap(maker -> element(maker.input(0)));
        if (stored.isPresent() && node.outputs().stream().allMatch(output -> isQuantized(output, MERGED))) {
            return stored.get().label();
        }
        return node.outputs().isEmpty()
                ? ""
                : element(node.output(0))
                        // a comparison computes in what it compares
                        .filter(type -> type != DataType.BOOL)
                        .or(() -> node.inputs().isEmpty() ? Optional.empty() : element(node.input(0)))
                        .map(DataType::label)
                        .orElse("");
    }

    /**
     * Whether a value goes to QuantizeLinear alone, perhaps through an activation that is merged.
     *
     * @param activations how many may lie between
     */
    private boolean isQuantized(String value, int activations) {
        List<Node> all = users.getOrDefault(value, List.of());
        return !all.isEmpty()
                && all.stream()
                        .allMatch(user -> user.is("QuantizeLinear")
                                || activations > 0
                                        && (user.is("Relu") || user.is("Clip"))
                                        && isQuantized(user.output(0), activations - 1));
    }

    /** Zero points other than 0 around a node, in words; null where there are none. */
    @Nullable
    String asymmetry(Node node) {
        for (String input : node.inputs()) {
            Node maker = makers.get(input);
            Tensor zero = maker != null && maker.is("DequantizeLinear") && maker.hasInput(2)
                    ? constant(maker.input(2))
                    : null;
            for (long i = 0; zero != null && i < zero.elements(); i++) {
                if (zero.valueAt(i) != 0) {
                    return "the zero point of " + input + " is " + Math.round(zero.valueAt(i)) + " instead of 0";
                }
            }
        }
        return null;
    }

    private Optional<DataType> element(String value) {
        Tensor weight = graph.initializers().get(value);
        return weight != null ? Optional.of(weight.type()) : types.tensor(value).map(ValueType.OfTensor::element);
    }

    Optional<Shape> shape(String value) {
        Tensor weight = graph.initializers().get(value);
        return weight != null
                ? Optional.of(weight.shape())
                : types.tensor(value).map(ValueType.OfTensor::shape);
    }

    /** The same, of whole numbers only: a damaged model may have others where places belong. */
    @Nullable
    Tensor integers(String value) {
        Tensor given = constant(value);
        return given != null && (given.type() == DataType.INT64 || given.type() == DataType.INT32) ? given : null;
    }

    /** Its content where it is known beforehand, through DequantizeLinear too; of a weight that is enough to know its size. */
    @Nullable
    Tensor constant(String value) {
        Node maker = makers.get(value);
        String stored = maker != null && maker.is("DequantizeLinear") ? maker.input(0) : value;
        Tensor weight = graph.initializers().get(stored);
        return weight != null ? weight : types.content(stored).orElse(null);
    }
}
