package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which nodes run in integers. Layers of the scope do. An arithmetic or passing node does only between two integer nodes: at
 * the end of a chain it would add a rounding and gain nothing. So a fixed point is sought, from all that could be integer
 * downwards. Where the scope is the whole model, all that can be integer is.
 */
final class Placement {
    /** Weights of a table, below which there is nothing to save. */
    private static final int LEAST_TABLE = 1024;

    private final Draft draft;
    private final Map<String, Range> ranges;
    private final Scope scope;
    private final IdentityHashMap<Node, OperatorKind> integer = new IdentityHashMap<>();
    private final Set<Node> tables = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, List<Node>> consumers = new HashMap<>();

    private Placement(Draft draft, Scope scope, Map<String, Range> ranges) {
        this.draft = draft;
        this.scope = scope;
        this.ranges = ranges;
    }

    /** @param ranges of all float activations, by value */
    static Placement of(Draft draft, Scope scope, Map<String, Range> ranges) {
        var placement = new Placement(draft, scope, ranges);
        for (Node node : draft.nodes) {
            node.outputs().forEach(output -> placement.producers.put(output, node));
            new HashSet<>(node.inputs())
                    .forEach(input -> placement
                            .consumers
                            .computeIfAbsent(input, key -> new ArrayList<>())
                            .add(node));
        }
        for (Node node : draft.nodes) {
            OperatorKind kind = OperatorKind.of(node, draft);
            if (placement.isCandidate(node, kind, scope)) {
                placement.integer.put(node, kind);
            }
        }
        if (scope.whole()) {
            placement.dropAbsorbed();
        } else {
            placement.prune();
        }
        draft.nodes.stream().filter(placement::looksUpRows).forEach(placement.tables::add);
        return placement;
    }

    private boolean isCandidate(Node node, OperatorKind kind, Scope scope) {
        if (scope.keepsFloat(node) || !node.outputs().stream().allMatch(ranges::containsKey)) {
            return false;
        }
        return switch (kind) {
            case LAYER -> scope.ops().contains(node.op()) && ranges.containsKey(node.input(0));
            case ARITHMETIC -> scope.ops().contains(node.op()) && hasSignals(node);
            case PASSING -> ranges.containsKey(node.input(0));
            case CUTTING -> scope.whole() && ranges.containsKey(node.input(0));
            case FLOAT -> false;
        };
    }

    /** Activations that the layer before them absorbs are no nodes of their own. */
    private void dropAbsorbed() {
        List.copyOf(integer.keySet()).forEach(node -> absorbed(node).ifPresent(integer::remove));
    }

    /** At least one input changes from sample to sample, and those that don't are float constants. */
    private boolean hasSignals(Node node) {
        boolean any = false;
        for (int i = 0; i < OperatorKind.dataInputs(node); i++) {
            boolean signal = ranges.containsKey(node.input(i));
            if (!signal && (draft.constant(node.input(i)).isEmpty() || node.op().equals("Concat"))) {
                return false;
            }
            any |= signal;
        }
        return any;
    }

    private void prune() {
        boolean changed = true;
        while (changed) {
            changed = integer.entrySet()
                    .removeIf(entry -> entry.getValue() != OperatorKind.LAYER
                            && !(isFed(entry.getKey(), entry.getValue()) && isRead(entry.getKey())));
        }
    }

    private boolean isFed(Node node, OperatorKind kind) {
        for (int i = 0; i < OperatorKind.dataInputs(node); i++) {
            String input = node.input(i);
            if (isMadeByInteger(input)
                    || isCutFromInteger(input)
                    || kind == OperatorKind.PASSING && draft.isInput(input)) {
                return true;
            }
        }
        return false;
    }

    private boolean isRead(Node node) {
        return outputsOf(node).stream().anyMatch(value -> isReadByInteger(value) || isCutForInteger(value));
    }

    /** Where the range goes beyond the bound, as one that is balanced around zero does, cutting is a step between integers. */
    private boolean isCutFromInteger(String value) {
        return producer(value)
                .filter(this::isLooselyCutting)
                .filter(node -> isMadeByInteger(node.input(0)))
                .isPresent();
    }

    private boolean isCutForInteger(String value) {
        return consumers.getOrDefault(value, List.of()).stream()
                .anyMatch(next -> isLooselyCutting(next) && isReadByInteger(next.output(0)));
    }

    private boolean isLooselyCutting(Node node) {
        Range range = ranges.get(node.output(0));
        return OperatorKind.of(node, draft) == OperatorKind.CUTTING
                && range != null
                && range.low() < bound(node, 1, node.op().equals("Relu") ? 0 : Double.NEGATIVE_INFINITY);
    }

    /** Counts the nodes of a graph inside as well. */
    void adopt(Placement inner) {
        integer.putAll(inner.integer);
        tables.addAll(inner.tables);
    }

    boolean isInteger(Node node) {
        return integer.containsKey(node);
    }

    Optional<OperatorKind> kind(Node node) {
        return Optional.ofNullable(integer.get(node));
    }

    int integerNodes() {
        return integer.size();
    }

    long layers() {
        return integer.values().stream()
                .filter(kind -> kind == OperatorKind.LAYER)
                .count();
    }

    /**
     * Whether rows of a constant matrix are looked up, such as embeddings. They are kept as integers, and those that were
     * picked become floats: fewer bytes to keep and to move, while no arithmetic changes.
     */
    boolean isTable(Node node) {
        return tables.contains(node);
    }

    private boolean looksUpRows(Node node) {
        Tensor table = draft.initializers.get(node.input(0));
        return node.is("Gather")
                && !isInteger(node)
                && node.intAttribute("axis", 0) == 0
                && scope.ops().contains("MatMul")
                && !scope.keepsFloat(node)
                && table != null
                && table.type() == DataType.FLOAT
                && table.rank() == 2
                && table.elements() >= LEAST_TABLE
                && draft.consumers(table.name()).size() == 1
                && !draft.isOutput(table.name());
    }

    boolean isReadByInteger(String value) {
        return consumers.getOrDefault(value, List.of()).stream().anyMatch(this::isInteger);
    }

    /** Whether an integer node makes it, or the cutting node that an integer one absorbs. */
    @SuppressWarnings("ReferenceEquality")
    boolean isMadeByInteger(String value) {
        Node producer = producers.get(value);
        if (producer == null) {
            return false;
        }
        if (integer.containsKey(producer)) {
            return true;
        }
        Node before = producers.get(producer.input(0));
        return before != null
                && absorbed(before).filter(node -> node == producer).isPresent();
    }

    Optional<Node> producer(String value) {
        return Optional.ofNullable(producers.get(value));
    }

    /** The node after an integer one that the end of the output's range makes superfluous. */
    Optional<Node> absorbed(Node node) {
        OperatorKind kind = integer.get(node);
        if (kind != OperatorKind.LAYER && kind != OperatorKind.ARITHMETIC
                || node.op().equals("Concat")) {
            return Optional.empty();
        }
        return onlyConsumer(node.output(0))
                .filter(next -> OperatorKind.of(next, draft) == OperatorKind.CUTTING && cutsAtEnds(next))
                .filter(next -> scope.whole()
                        || node.op().equals("Conv")
                        || kind == OperatorKind.ARITHMETIC
                        || isReadByInteger(next.output(0)));
    }

    private Optional<Node> onlyConsumer(String value) {
        List<Node> readers = consumers.getOrDefault(value, List.of());
        // a subgraph that captures the value isn't in the list, so the slower search has the last word
        return readers.size() == 1 ? draft.onlyConsumer(value) : Optional.empty();
    }

    private boolean cutsAtEnds(Node cutting) {
        Range range = ranges.get(cutting.output(0));
        if (range == null) {
            return false;
        }
        double low = bound(cutting, 1, cutting.op().equals("Relu") ? 0 : Double.NEGATIVE_INFINITY);
        double high = bound(cutting, 2, Double.POSITIVE_INFINITY);
        // half a step is what rounding the zero point may move the ends by
        double slack = range.width() / 255 / 2;
        boolean zeroIsExact = low != 0 || range.low() == 0;
        return low <= 0 && high >= 0 && zeroIsExact && range.low() >= low - slack && range.high() <= high + slack;
    }

    private double bound(Node cutting, int input, double otherwise) {
        return draft.constant(cutting.input(input))
                .map(tensor -> tensor.valueAt(0))
                .orElse(otherwise);
    }

    /** What a node makes once the one after it is absorbed. */
    List<String> outputsOf(Node node) {
        return absorbed(node).map(Node::outputs).orElse(node.outputs());
    }

    /** Values that exist as integers: what integer nodes read, and what they make, unless only float nodes read a MatMul or Gemm. */
    Set<String> quantizedOutputs(Node node) {
        var quantized = new HashSet<String>();
        for (String output : outputsOf(node)) {
            boolean mayStayFloat =
                    !scope.whole() && (node.op().equals("MatMul") || node.op().equals("Gemm"));
            if (!mayStayFloat || isReadByInteger(output)) {
                quantized.add(output);
            }
        }
        return quantized;
    }
}
