package dev.skerry.model;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a model costs before it is run.
 *
 * <ul>
 *   <li>Multiply-accumulates: convolutions, matrix products, recurrent layers, Einsum and Attention; a bias adds none. Padding is
 *       counted as if it were data. Other operators have none, but {@code operations}: one for each element they compute (fold,
 *       cover by a window); moving elements is free.
 *   <li>Parameters: elements of the weights, without those of type int64, bool or string (shapes, axes, masks) and without the scales
 *       and zero points of quantization; the bytes are of all of them. What nodes make of weights alone counts as weight.
 *   <li>Activations: the values that nodes make; views, values overwritten in place and fused Q/DQ pairs take none ({@link Liveness}).
 *   <li>Of an If the costlier branch counts unless its condition is known, of a Loop or Scan the body times its trips, once where their number is not known.
 *       A branch that certainly isn't taken counts nothing.
 * </ul>
 */
public final class Cost {
    private final List<ModelCost.NodeCost> nodes = new ArrayList<>();
    private final Set<Tensor> seen = Weights.identitySet(List.of());
    private final Set<Tensor> scales = Weights.identitySet(List.of());
    private final Set<String> unknown = new LinkedHashSet<>();
    private final Set<String> functions = new LinkedHashSet<>();

    /** What one pass through a graph costs. */
    private record Sum(long macs, long operations, long activationBytes, long peakBytes) {
        static final Sum ZERO = new Sum(0, 0, 0, 0);

        Sum plus(Sum other) {
            return new Sum(
                    Math.addExact(macs, other.macs),
                    Math.addExact(operations, other.operations),
                    Math.addExact(activationBytes, other.activationBytes),
                    Math.max(peakBytes, other.peakBytes));
        }

        Sum or(Sum other) {
            return new Sum(
                    Math.max(macs, other.macs),
                    Math.max(operations, other.operations),
                    Math.max(activationBytes, other.activationBytes),
                    Math.max(peakBytes, other.peakBytes));
        }
    }

    private Cost(Model model) {
        model.functions().forEach(function -> functions.add(function.domain() + ":" + function.name()));
    }

    /** The cost of one inference with dimensions pinned as for {@link ShapeInference#infer}. */
    public static ModelCost of(Model model, Map<String, Long> pinnedDims) {
        return of(model, ShapeInference.infer(model, pinnedDims));
    }

    /** The cost of one inference with types that are known already. */
    public static ModelCost of(Model model, Types types) {
        var cost = new Cost(model);
        Sum total;
        try {
            total = cost.graph(model.graph(), types, null, "", 1);
        } catch (ArithmeticException overflow) {
            cost.unknown.add("a size beyond 64 bits");
            total = Sum.ZERO;
        }
        long parameters = 0;
        long bytes = 0;
        for (Tensor tensor : cost.seen) {
            parameters += cost.isParameter(tensor) ? tensor.elements() : 0;
            bytes += tensor.byteSize();
        }
        return new ModelCost(
                cost.nodes,
                total.macs,
                total.operations,
                parameters,
                bytes,
                total.activationBytes,
                total.peakBytes,
                cost.unknown.isEmpty(),
                List.copyOf(cost.unknown));
    }

    private boolean isParameter(Tensor tensor) {
        return switch (tensor.type()) {
            case INT64, BOOL, STRING -> false;
            default -> !scales.contains(tensor);
        };
    }

    private Sum graph(Graph graph, Types types, @Nullable Weights outer, String path, long trips) {
        var weights = new Weights(graph, outer);
        var liveness = new Liveness(graph, weights, value -> bytes(types, value));
        graph.initializers().values().forEach(seen::add);
        for (SparseTensor sparse : graph.sparseInitializers()) {
            seen.add(sparse.values());
            seen.add(sparse.indices());
        }
        for (Node node : graph.nodes()) {
            if (node.op().equals("DequantizeLinear") || node.op().equals("QuantizeLinear")) {
                node.inputs().stream().skip(1).forEach(input -> scales.addAll(weights.behind(input)));
            }
        }
        var innerPeaks = new IdentityHashMap<Node, Long>();
        Sum total = Sum.ZERO;
        for (Node node : graph.nodes()) {
            Sum sum = node(node, types, weights, liveness, path, trips);
            innerPeaks.merge(node, sum.peakBytes, Math::max);
            total = total.plus(sum);
        }
        return new Sum(
                total.macs,
                total.operations,
                total.activationBytes,
                liveness.peak(node -> innerPeaks.getOrDefault(node, 0L)));
    }

    /** One node and the graphs in it; the peak is that of the graphs in it alone. */
    private Sum node(Node node, Types types, Weights weights, Liveness liveness, String path, long trips) {
        String here = path + node.label();
        Set<Tensor> own = Weights.identitySet(List.of());
        boolean constant = weights.isConstant(node);
        if (node.is("Constant")) {
            seen.addAll(weights.behind(node.output(0)));
        }
        long macs = 0;
        long operations = 0;
        long activations = 0;
        if (!constant) {
            node.inputs().forEach(input -> own.addAll(weights.behind(input)));
            OptionalLong counted = Macs.of(node, types);
            if (counted.isEmpty()) {
                unknown.add("multiply-accumulates of " + here + " (" + node.op() + ")");
            } else if (functions.contains(node.domain() + ":" + node.op())) {
                unknown.add("the body of the function " + node.op() + " called by " + here);
            }
            macs = Math.multiplyExact(counted.orElse(0), trips);
            operations = Math.multiplyExact(Macs.operations(node, types), trips);
            activations = node.outputs().stream().mapToLong(liveness::ownBytes).sum() * trips;
        }
        nodes.add(new ModelCost.NodeCost(
                node,
                here,
                macs,
                operations,
                own.stream()
                        .filter(this::isParameter)
                        .mapToLong(Tensor::elements)
                        .sum(),
                own.stream().mapToLong(Tensor::byteSize).sum(),
                activations));
        Sum inner = Sum.ZERO;
        for (Graph subgraph : entered(node, types)) {
            long rounds = Math.multiplyExact(trips, node.is("If") ? 1 : trips(node, types, here));
            Sum sum = graph(subgraph, types.within(subgraph), weights, here + "/", rounds);
            inner = node.is("If") ? inner.or(sum) : inner.plus(sum);
        }
        return inner.plus(new Sum(macs, operations, activations, 0));
    }

    /** The graphs of a node that may run: of an If whose condition is known, one. */
    private static List<Graph> entered(Node node, Types types) {
        OptionalLong condition = node.is("If") ? types.integer(node.input(0)) : OptionalLong.empty();
        String taken = condition.isPresent() && condition.getAsLong() != 0 ? "then_branch" : "else_branch";
        return condition.isPresent() && node.attributes().get(taken) instanceof Attribute.GraphValue(Graph branch)
                ? List.of(branch)
                : node.subgraphs();
    }

    /** How often the body of a Loop or Scan runs; once where only the run can tell. */
    private long trips(Node node, Types types, String here) {
        OptionalLong trips = OptionalLong.empty();
        if (node.is("Loop") && node.hasInput(0)) {
            trips = types.integer(node.input(0));
        } else if (node.is("Scan")) {
            int scanned = (int) node.intAttribute("num_scan_inputs", 1);
            String first = node.input(node.inputs().size() - scanned);
            long axis =
                    node.intsAttribute("scan_input_axes").map(axes -> axes[0]).orElse(0L);
            Shape shape = types.tensor(first).map(ValueType.OfTensor::shape).orElse(null);
            if (shape != null
                    && axis >= -shape.rank()
                    && axis < shape.rank()
                    && shape.dim((int) axis) instanceof Dim.Known(long size)) {
                trips = OptionalLong.of(size);
            }
        }
        if (trips.isEmpty() || trips.getAsLong() < 0) {
            unknown.add("the number of rounds of " + here);
            return 1;
        }
        return trips.getAsLong();
    }

    private long bytes(Types types, String value) {
        ValueType type = types.of(value).orElse(null);
        if (type == null || type instanceof ValueType.OfTensor tensor && !ValueTypes.isFull(tensor)) {
            unknown.add("the size of " + value);
        }
        return types.bytes(value).orElse(0);
    }
}
