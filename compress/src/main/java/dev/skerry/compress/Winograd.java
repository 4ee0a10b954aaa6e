package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Convolutions along one axis with many channels become matrix products at a few points ({@link MinimalFilter}): for five taps
 * and tiles of four, 8 products instead of 20. In float it is the same up to rounding. The products are plain MatMuls, which a
 * later technique can quantize, each with a scale of its own; that costs more accuracy than the convolution itself in integers
 * would, and takes less time. Weights grow by (tile + taps − 1) ÷ taps.
 *
 * @param keepFloat nodes that stay as they are because the user wants it
 */
record Winograd(int tile, Set<String> keepFloat) implements Technique {
    /** Tiles that fit into the points for all of {@link AxisConvolution#MOST_TAPS}. */
    static final int TILE = 4;

    /** Names of the nodes that take values to points and back, which are to stay float. */
    private static final String TRANSFORM = "winograd/";

    Winograd {
        keepFloat = Set.copyOf(keepFloat);
    }

    /** Whether a node takes values to points or back. */
    static boolean isTransform(Node node) {
        return node.name().startsWith(TRANSFORM);
    }

    /** Whether there is anything to rewrite. */
    boolean applies(Model model) {
        Types types = ShapeInference.infer(model, Map.of());
        var draft = new Draft(model.graph());
        return draft.nodes.stream().anyMatch(node -> takes(node, draft, types));
    }

    @Override
    public String label() {
        return "winograd" + tile;
    }

    @Override
    public Rewritten apply(Studied studied) {
        Model model = studied.model();
        Types types = ShapeInference.infer(model, Map.of());
        var draft = new Draft(model.graph());
        Set<String> changed = new LinkedHashSet<>();
        for (Node node : model.graph().nodes()) {
            if (takes(node, draft, types)) {
                AxisConvolution convolution =
                        AxisConvolution.of(node, draft, types).orElseThrow();
                draft.replace(
                        node, new Writing(draft, convolution, tile).nodes().toArray(Node[]::new));
                changed.add(node.output(0));
            }
        }
        return new Rewritten(model.withGraph(DeadCode.remove(draft.toGraph())), changed, 0, List.of());
    }

    private boolean takes(Node node, Draft draft, Types types) {
        return !keepFloat.contains(node.label())
                && !keepFloat.contains(node.output(0))
                && AxisConvolution.of(node, draft, types).isPresent();
    }

    /** The nodes for one convolution. Values are [batch, 1 or points, tiles, channels] between the transforms. */
    private static final class Writing {
        private final Draft draft;
        private final AxisConvolution convolution;
        private final MinimalFilter filter;
        private final int tiles;
        private final String made;
        private final List<Node> nodes = new ArrayList<>();

        private Writing(Draft draft, AxisConvolution convolution, int tile) {
            this.draft = draft;
            this.convolution = convolution;
            filter = new MinimalFilter(tile, convolution.taps());
            tiles = (convolution.outputs() + tile - 1) / tile;
            made = convolution.node().output(0);
        }

        private List<Node> nodes() {
            back(products(toPoints()));
            return nodes;
        }

        private List<String> toPoints() {
            String rows =
                    add("Unsqueeze", List.of(add("Transpose", List.of(flat()), "turned", swap()), axis(1)), "rows");
            int points = filter.points();
            String weights = floats("to_points", filter.ofInputs(), points, 1, points, 1);
            // reads on into zeros, as far as the last tile needs it
            int after = filter.tile() * (tiles - 1) + points - convolution.inputs() - convolution.before();
            String all = transform(
                    "Conv",
                    List.of(rows, weights),
                    "points",
                    Map.of(
                            "kernel_shape",
                            Attribute.ofInts(points, 1),
                            "strides",
                            Attribute.ofInts(filter.tile(), 1),
                            "pads",
                            Attribute.ofInts(convolution.before(), 0, after, 0)));
            var each = new ArrayList<String>();
            for (int point = 0; point < points; point++) {
                each.add(draft.fresh(made + "_point" + point));
            }
            long[] ones = new long[points];
            Arrays.fill(ones, 1);
            nodes.add(Node.of("Split", List.of(all, longs("ones", ones)), each, Map.of("axis", Attribute.of(1))));
            return each;
        }

        private List<String> products(List<String> points) {
            double[][] ofWeights = filter.ofWeights();
            var products = new ArrayList<String>();
            for (int point = 0; point < points.size(); point++) {
                String name = draft.fresh(convolution.node().input(1) + "_point" + point);
                draft.initializers.put(name, convolution.weightsAt(ofWeights[point], name));
                products.add(add("MatMul", List.of(points.get(point), name), "product" + point));
            }
            return products;
        }

        private void back(List<String> products) {
            int channels = convolution.channelsOut();
            int tile = filter.tile();
            String joined = add("Concat", products, "products", Map.of("axis", Attribute.of(1)));
            String flat =
                    add("Reshape", List.of(joined, longs("flat", 0, filter.points(), (long) tiles * channels)), "flat");
            String weights = floats("from_points", filter.ofOutputs(), tile, filter.points());
            String places = transform("MatMul", List.of(weights, flat), "places", Map.of());
            String apart = add("Reshape", List.of(places, longs("apart", 0, tile, tiles, channels)), "apart");
            String ordered = add("Transpose", List.of(apart), "ordered", Map.of("perm", Attribute.ofInts(0, 2, 1, 3)));
            String rows = add("Reshape", List.of(ordered, longs("rows", 0, (long) tiles * tile, channels)), "long");
            if (tiles * tile != convolution.outputs()) {
                rows = add(
                        "Slice", List.of(rows, longs("from", 0), longs("to", convolution.outputs()), axis(1)), "cut");
            }
            // not sooner: ONNX Runtime would join it with a product into a Gemm, which it then runs in float
            if (convolution.node().hasInput(2)) {
                rows = add("Add", List.of(rows, convolution.node().input(2)), "biased");
            }
            if (convolution.unitAxis() < 0) {
                nodes.add(Node.of("Transpose", List.of(rows), List.of(made), swap()));
            } else {
                String turned = add("Transpose", List.of(rows), "channels", swap());
                nodes.add(Node.of("Unsqueeze", List.of(turned, axis(convolution.unitAxis())), List.of(made)));
            }
        }

        /** The input as [batch, channels, length]. */
        private String flat() {
            String input = convolution.node().input(0);
            return convolution.unitAxis() < 0
                    ? input
                    : add("Squeeze", List.of(input, axis(convolution.unitAxis())), "line");
        }

        private static Map<String, Attribute> swap() {
            return Map.of("perm", Attribute.ofInts(0, 2, 1));
        }

        private String axis(int axis) {
            return longs("axis", axis);
        }

        private String add(String op, List<String> inputs, String hint) {
            return add(op, inputs, hint, Map.of());
        }

        private String add(String op, List<String> inputs, String hint, Map<String, Attribute> attributes) {
            String name = unused(hint);
            nodes.add(Node.of(op, inputs, List.of(name), attributes));
            return name;
        }

        private String transform(String op, List<String> inputs, String hint, Map<String, Attribute> attributes) {
            String name = unused(hint);
            nodes.add(Node.of(op, inputs, List.of(name), attributes).withName(TRANSFORM + name));
            return name;
        }

        /** Names of the nodes that aren't in the draft yet are taken, too. */
        private String unused(String hint) {
            String name = draft.fresh(made + "_" + hint);
            boolean isTaken = nodes.stream().anyMatch(node -> node.outputs().contains(name));
            return isTaken ? unused(hint + "_") : name;
        }

        private String longs(String hint, long... values) {
            String name = draft.fresh(made + "_" + hint + "_n");
            draft.initializers.put(name, Tensor.ofLongs(name, new long[] {values.length}, values));
            return name;
        }

        private String floats(String hint, double[][] rows, long... dims) {
            String name = draft.fresh(made + "_" + hint);
            float[] values = new float[rows.length * rows[0].length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) rows[i / rows[0].length][i % rows[0].length];
            }
            draft.initializers.put(name, Tensor.ofFloats(name, dims, values));
            return name;
        }
    }
}
