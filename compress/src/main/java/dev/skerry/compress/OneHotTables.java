package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A one-hot code times a matrix is a row of that matrix. Exporters write it as Equal, Cast and MatMul, which cost as much as if
 * nothing were known of the zeros; a Gather costs next to nothing. What follows element by element, a bias and an activation,
 * is applied to the rows beforehand.
 */
final class OneHotTables {
    private OneHotTables() {}

    static Model fold(Model model) {
        Types types = ShapeInference.infer(model, Map.of());
        var draft = new Draft(model.graph());
        for (Node matMul : model.graph().nodes()) {
            if (matMul.is("MatMul")) {
                fold(matMul, draft, types);
            }
        }
        return model.withGraph(DeadCode.remove(draft.toGraph()));
    }

    private static void fold(Node matMul, Draft draft, Types types) {
        Optional<Tensor> weight =
                draft.constant(matMul.input(1)).filter(tensor -> tensor.type() == DataType.FLOAT && tensor.rank() == 2);
        Optional<Codes> codes = draft.producer(matMul.input(0))
                .filter(node -> node.is("Cast") && node.intAttribute("to", 0) == DataType.FLOAT.code())
                .flatMap(cast -> draft.producer(cast.input(0)))
                .filter(node -> node.is("Equal"))
                .flatMap(equal -> codes(equal, draft, types));
        if (weight.isEmpty()
                || codes.isEmpty()
                || codes.get().kinds() != weight.get().dims()[0]) {
            return;
        }
        int kinds = (int) weight.get().dims()[0];
        int width = (int) weight.get().dims()[1];
        // a code that is none of the kinds gives zeros: the row after the last
        float[] rows = Arrays.copyOf(weight.get().toFloats(), (kinds + 1) * width);
        for (float value : rows) {
            if (!Float.isFinite(value)) {
                return;
            }
        }
        int rank = codes.get().rank();
        Optional<ElementwiseChain> chain = longestChain(draft, matMul.output(0), width, rank);
        String made = chain.map(ElementwiseChain::to).orElse(matMul.output(0));
        float[] table = chain.map(found -> found.apply(rows, draft)).orElse(rows);

        String tableName = draft.fresh(matMul.input(1) + "_rows");
        draft.initializers.put(tableName, Tensor.ofFloats(tableName, new long[] {kinds + 1, width}, table));
        List<Node> lookup = lookup(codes.get(), kinds, tableName, made, draft);
        chain.ifPresent(found -> found.nodes().forEach(draft::remove));
        draft.replace(matMul, lookup.toArray(Node[]::new));
    }

    private static List<Node> lookup(Codes codes, int kinds, String table, String made, Draft draft) {
        String last = draft.fresh(table + "_axis");
        draft.initializers.put(last, Tensor.ofLongs(last, new long[] {1}, -1));
        String below = draft.fresh(table + "_low");
        draft.initializers.put(below, integer(below, codes.type(), -1));
        String above = draft.fresh(table + "_high");
        draft.initializers.put(above, integer(above, codes.type(), kinds));
        String flat = draft.fresh(table + "_codes");
        String row = draft.fresh(table + "_row");
        var nodes = new ArrayList<Node>();
        nodes.add(Node.of("Squeeze", List.of(codes.value(), last), List.of(flat)));
        // Gather counts −1 from the end, so that codes below 0 and from `kinds` on both read the row of zeros
        nodes.add(Node.of("Clip", List.of(flat, below, above), List.of(row)));
        nodes.add(Node.of("Gather", List.of(table, row), List.of(made)));
        return nodes;
    }

    private static Tensor integer(String name, DataType type, int value) {
        return type == DataType.INT32
                ? Tensor.ofInts(name, new long[0], value)
                : Tensor.ofLongs(name, new long[0], value);
    }

    /** The chain from the product on that ends latest. */
    private static Optional<ElementwiseChain> longestChain(Draft draft, String from, int width, int rank) {
        return draft.nodes.reversed().stream()
                .filter(Elementwise::is)
                .flatMap(node ->
                        ElementwiseChain.between(draft, from, node.output(0), constant -> isRow(constant, width, rank))
                                .stream())
                .filter(chain -> !draft.isOutput(from) && isReadOnlyInside(draft, chain))
                .findFirst();
    }

    private static boolean isReadOnlyInside(Draft draft, ElementwiseChain chain) {
        return draft.consumers(chain.from()).stream()
                .allMatch(reader ->
                        chain.nodes().stream().anyMatch(node -> node.output(0).equals(reader.output(0))));
    }

    /** Broadcasts along the last axis only. */
    private static boolean isRow(Tensor constant, int width, int rank) {
        long[] dims = constant.dims();
        boolean oneRow = dims.length <= rank && (dims.length == 0 || constant.elements() == dims[dims.length - 1]);
        return constant.type() == DataType.FLOAT
                && oneRow
                && (constant.elements() == 1 || constant.elements() == width);
    }

    /**
     * Integers that are compared with 0, 1, 2, ….
     *
     * @param value shape […, 1]
     * @param rank of {@code value}
     */
    private record Codes(String value, DataType type, int rank, long kinds) {}

    private static Optional<Codes> codes(Node equal, Draft draft, Types types) {
        int constantAt = draft.constant(equal.input(1)).isPresent() ? 1 : 0;
        String value = equal.input(1 - constantAt);
        Optional<Tensor> counting = draft.constant(equal.input(constantAt)).filter(OneHotTables::countsUp);
        Optional<ValueType.OfTensor> type = types.tensor(value)
                .filter(tensor -> tensor.element() == DataType.INT32 || tensor.element() == DataType.INT64);
        if (counting.isEmpty() || type.isEmpty() || type.get().shape() == null) {
            return Optional.empty();
        }
        int rank = type.get().shape().rank();
        boolean oneEach = rank > 1 && type.get().shape().dim(rank - 1).equals(Dim.of(1));
        return oneEach && counting.get().rank() <= rank
                ? Optional.of(new Codes(
                        value, type.get().element(), rank, counting.get().elements()))
                : Optional.empty();
    }

    private static boolean countsUp(Tensor tensor) {
        if (tensor.rank() == 0 || tensor.dims()[tensor.rank() - 1] != tensor.elements()) {
            return false;
        }
        long[] values = tensor.toLongs();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != i) {
                return false;
            }
        }
        return true;
    }
}
