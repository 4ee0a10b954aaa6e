package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The largest of many f(x) is the f of the largest x where f rises, and the larger of f(smallest x) and f(largest x) where f
 * falls first and rises then, as GELU and SiLU do. So a maximum over an activation needs the activation of two numbers instead
 * of all.
 */
final class ExtremeReductions {
    private static final long AXES_ARE_INPUT = 18;

    /** Below this a rise or fall is rounding, relative to the larger of 1 and the function's value. */
    private static final double ROUNDING = 1e-6;

    private enum Course {
        RISES,
        FALLS_THEN_RISES,
        OTHER
    }

    private ExtremeReductions() {}

    static Model before(Model model) {
        Types types = ShapeInference.infer(model, Map.of());
        var draft = new Draft(model.graph());
        List<String> inputs =
                model.graph().dataInputs().stream().map(ValueInfo::name).toList();
        for (Node maximum : model.graph().nodes()) {
            if (model.opset() < AXES_ARE_INPUT && (maximum.is("GlobalMaxPool") || maximum.is("ReduceMax"))) {
                rewrite(maximum, inputs, draft, types);
            }
        }
        return model.withGraph(draft.toGraph());
    }

    private static void rewrite(Node maximum, List<String> inputs, Draft draft, Types types) {
        Optional<Shape> shape = types.tensor(maximum.input(0)).flatMap(type -> Optional.ofNullable(type.shape()));
        if (shape.isEmpty()) {
            return;
        }
        int rank = shape.get().rank();
        // what comes after the reduction must not become of higher rank by a constant
        int rankAfter = rankAfter(maximum, rank);
        Optional<ElementwiseChain> longest = Stream.concat(
                        inputs.stream(), draft.nodes.stream().flatMap(node -> node.outputs().stream()))
                .filter(value -> isFloat(value, rank, types))
                .flatMap(value -> ElementwiseChain.between(
                        draft,
                        value,
                        maximum.input(0),
                        constant -> constant.type() == DataType.FLOAT
                                && constant.elements() == 1
                                && constant.rank() <= rankAfter)
                        .stream())
                .findFirst();
        // a single Relu is done on the way by the layer before it
        if (longest.isEmpty()
                || longest.get().nodes().size() < 2
                || draft.onlyConsumer(maximum.input(0)).isEmpty()) {
            return;
        }
        ElementwiseChain chain = longest.get();
        switch (course(chain, draft)) {
            case RISES -> {
                String top = draft.fresh(maximum.output(0) + "_top");
                var nodes = new ArrayList<Node>();
                nodes.add(maximum.withInputs(List.of(chain.from())).withOutputs(List.of(top)));
                nodes.addAll(chain.copy(top, maximum.output(0), draft));
                replace(draft, chain, maximum, nodes);
            }
            case FALLS_THEN_RISES -> {
                String top = draft.fresh(maximum.output(0) + "_top");
                String low = draft.fresh(maximum.output(0) + "_low");
                String fromTop = draft.fresh(top + "_f");
                String fromLow = draft.fresh(low + "_f");
                Map<String, Attribute> attributes = reduction(maximum, rank);
                var nodes = new ArrayList<Node>();
                nodes.add(Node.of("ReduceMax", List.of(chain.from()), List.of(top), attributes));
                nodes.add(Node.of("ReduceMin", List.of(chain.from()), List.of(low), attributes));
                nodes.addAll(chain.copy(top, fromTop, draft));
                nodes.addAll(chain.copy(low, fromLow, draft));
                nodes.add(Node.of("Max", List.of(fromTop, fromLow), List.of(maximum.output(0)))
                        .withName(maximum.name()));
                replace(draft, chain, maximum, nodes);
            }
            case OTHER -> {}
        }
    }

    private static boolean isFloat(String value, int rank, Types types) {
        return types.tensor(value)
                .filter(type -> type.element() == DataType.FLOAT
                        && type.shape() != null
                        && type.shape().rank() == rank)
                .isPresent();
    }

    private static int rankAfter(Node maximum, int rank) {
        return maximum.is("GlobalMaxPool") || maximum.intAttribute("keepdims", 1) != 0
                ? rank
                : rank - maximum.intsAttribute("axes").map(axes -> axes.length).orElse(rank);
    }

    private static Map<String, Attribute> reduction(Node maximum, int rank) {
        return maximum.is("ReduceMax")
                ? maximum.attributes()
                : Map.of("axes", Attribute.ofInts(LongStream.range(2, rank).toArray()), "keepdims", Attribute.of(1L));
    }

    private static void replace(Draft draft, ElementwiseChain chain, Node maximum, List<Node> nodes) {
        chain.nodes().forEach(draft::remove);
        draft.replace(maximum, nodes.toArray(Node[]::new));
    }

    /** Tries the function at all finite numbers of bfloat16, from the lowest to the highest: every magnitude, 128 steps each. */
    private static Course course(ElementwiseChain chain, Draft draft) {
        float[] points = new float[2 * 0x7F80];
        for (int i = 0; i < 0x7F80; i++) {
            points[0x7F80 + i] = Float.intBitsToFloat(i << 16);
            points[0x7F80 - 1 - i] = -points[0x7F80 + i];
        }
        float[] values = chain.apply(points, draft);
        int lowest = 0;
        for (int i = 0; i < values.length; i++) {
            if (Float.isNaN(values[i])) {
                return Course.OTHER;
            }
            if (values[i] < values[lowest]) {
                lowest = i;
            }
        }
        boolean falls = false;
        float extreme = values[0];
        for (int i = 1; i <= lowest; i++) {
            if (values[i] > extreme + slack(extreme)) {
                return Course.OTHER;
            }
            extreme = Math.min(extreme, values[i]);
            falls |= values[i] < values[0] - slack(values[0]);
        }
        for (int i = lowest + 1; i < values.length; i++) {
            if (values[i] < extreme - slack(extreme)) {
                return Course.OTHER;
            }
            extreme = Math.max(extreme, values[i]);
        }
        return falls ? Course.FALLS_THEN_RISES : Course.RISES;
    }

    private static double slack(float value) {
        return ROUNDING * Math.max(1, Math.abs(value));
    }
}
