package dev.skerry.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Multiply-accumulates of one node, from the shapes of its values. */
final class Macs {
    /** The count for a node; empty where a shape isn't known. */
    @FunctionalInterface
    private interface Counter {
        OptionalLong count(Sizes sizes);
    }

    private static final Map<String, Counter> COUNTERS = Map.ofEntries(
            Map.entry("Conv", sizes -> convolution(sizes, 1)),
            Map.entry("com.microsoft:FusedConv", sizes -> convolution(sizes, 1)),
            Map.entry("ConvInteger", sizes -> convolution(sizes, 1)),
            Map.entry("QLinearConv", sizes -> convolution(sizes, 3)),
            Map.entry("DeformConv", sizes -> convolution(sizes, 1)),
            Map.entry("ConvTranspose", sizes -> times(sizes.elements(0), sizes.tail(1))),
            Map.entry("MatMul", Macs::product),
            Map.entry("MatMulInteger", Macs::product),
            Map.entry("QLinearMatMul", Macs::product),
            Map.entry("com.microsoft:FusedMatMul", sizes -> inner(sizes, "transA")),
            Map.entry("com.microsoft:MatMulIntegerToFloat", Macs::product),
            Map.entry("com.microsoft:DynamicQuantizeMatMul", Macs::product),
            Map.entry("com.microsoft:MatMulNBits", Macs::product),
            Map.entry("Gemm", sizes -> inner(sizes, "transA")),
            Map.entry("com.microsoft:FusedGemm", sizes -> inner(sizes, "transA")),
            Map.entry("com.microsoft:QGemm", sizes -> inner(sizes, "transA")),
            Map.entry("LSTM", Macs::recurrent),
            Map.entry("GRU", Macs::recurrent),
            Map.entry("RNN", Macs::recurrent),
            Map.entry("Einsum", Macs::einsum),
            Map.entry("Attention", Macs::attention));

    private Macs() {}

    static boolean counts(Node node) {
        return COUNTERS.containsKey(Rules.key(node));
    }

    static OptionalLong of(Node node, Types types) {
        Counter counter = COUNTERS.get(Rules.key(node));
        return counter == null ? OptionalLong.of(0) : counter.count(new Sizes(node, types));
    }

    /** The shapes of a node's values. */
    private record Sizes(Node node, Types types) {
        OptionalLong elements(int input) {
            return types.tensor(node.input(input))
                    .map(ValueType.OfTensor::shape)
                    .map(Shape::elements)
                    .orElse(OptionalLong.empty());
        }

        OptionalLong output() {
            return types.tensor(node.output(0))
                    .map(ValueType.OfTensor::shape)
                    .map(Shape::elements)
                    .orElse(OptionalLong.empty());
        }

        List<Dim> dims(int input) {
            return types.tensor(node.input(input))
                    .map(ValueType.OfTensor::shape)
                    .map(Shape::dims)
                    .orElse(List.of());
        }

        /** The product of all dimensions but the first. */
        OptionalLong tail(int input) {
            List<Dim> dims = dims(input);
            return dims.isEmpty() ? OptionalLong.empty() : size(Dims.product(dims.subList(1, dims.size())));
        }
    }

    private static OptionalLong size(Dim dim) {
        return dim instanceof Dim.Known(long size) ? OptionalLong.of(size) : OptionalLong.empty();
    }

    private static OptionalLong times(OptionalLong a, OptionalLong b) {
        return a.isPresent() && b.isPresent()
                ? OptionalLong.of(Math.multiplyExact(a.getAsLong(), b.getAsLong()))
                : OptionalLong.empty();
    }

    private static OptionalLong convolution(Sizes sizes, int weights) {
        return times(sizes.output(), sizes.tail(weights));
    }

    private static OptionalLong product(Sizes sizes) {
        List<Dim> a = sizes.dims(0);
        return a.isEmpty() ? OptionalLong.empty() : times(sizes.output(), size(a.getLast()));
    }

    private static OptionalLong inner(Sizes sizes, String transposed) {
        List<Dim> a = sizes.dims(0);
        if (a.size() < 2) {
            return OptionalLong.empty();
        }
        boolean turned = sizes.node().intAttribute(transposed, 0) != 0;
        return times(sizes.output(), size(a.get(a.size() - (turned ? 2 : 1))));
    }

    /** Each step multiplies the input by W and the state by R, once for each sample. */
    private static OptionalLong recurrent(Sizes sizes) {
        List<Dim> x = sizes.dims(0);
        OptionalLong w = sizes.elements(1);
        OptionalLong r = sizes.elements(2);
        if (x.size() != 3 || w.isEmpty() || r.isEmpty()) {
            return OptionalLong.empty();
        }
        return times(size(Dims.times(x.get(0), x.get(1))), OptionalLong.of(w.getAsLong() + r.getAsLong()));
    }

    /** All indices together, as one loop nest; a chain of several products may do with less. */
    private static OptionalLong einsum(Sizes sizes) {
        if (sizes.node().inputs().size() < 2) {
            return OptionalLong.of(0);
        }
        String left =
                sizes.node().stringAttribute("equation", "").replace(" ", "").split("->", -1)[0];
        Map<String, Dim> all = new HashMap<>();
        List<String> terms = Arrays.asList(left.split(",", -1));
        for (int i = 0; i < terms.size(); i++) {
            List<String> labels = MatrixRules.labels(terms.get(i));
            List<Dim> dims = sizes.dims(i);
            if (labels.contains("...") || labels.size() != dims.size()) {
                return OptionalLong.empty();
            }
            for (int k = 0; k < labels.size(); k++) {
                all.merge(labels.get(k), dims.get(k), (a, b) -> Dims.is(a, 1) ? b : a);
            }
        }
        return size(Dims.product(List.copyOf(all.values())));
    }

    /** Queries by keys, and the scores by values. */
    private static OptionalLong attention(Sizes sizes) {
        List<Dim> q = sizes.dims(0);
        List<Dim> k = sizes.dims(1);
        if (q.size() < 3 || k.size() != q.size()) {
            return OptionalLong.empty();
        }
        int place = q.size() - 2;
        List<Dim> past = sizes.dims(4);
        Dim keys = past.isEmpty() ? k.get(place) : Dims.plus(past.get(2), k.get(place));
        OptionalLong scores = times(sizes.elements(0), size(keys));
        OptionalLong values = times(sizes.output(), size(keys));
        return scores.isPresent() && values.isPresent()
                ? OptionalLong.of(scores.getAsLong() + values.getAsLong())
                : OptionalLong.empty();
    }

    private static final Set<String> FREE = new HashSet<>(List.of(
            "Constant",
            "Identity",
            "Shape",
            "Size",
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Transpose",
            "Concat",
            "Split",
            "Slice",
            "Gather",
            "GatherElements",
            "GatherND",
            "Expand",
            "Tile",
            "Pad",
            "DepthToSpace",
            "SpaceToDepth",
            "ConstantOfShape",
            "Dropout",
            "If",
            "Loop",
            "Scan",
            "SequenceMap"));

    /** Element operations of a node without multiply-accumulates: what it computes, or folds; moving is free. */
    static long operations(Node node, Types types) {
        if (counts(node) || FREE.contains(node.op()) || node.op().startsWith("Sequence")) {
            return 0;
        }
        var sizes = new Sizes(node, types);
        long output = sizes.output().orElse(0);
        if (node.op().startsWith("Reduce")
                || node.op().startsWith("Arg")
                || node.op().startsWith("Global")) {
            return sizes.elements(0).orElse(0);
        }
        long window = node.intsAttribute("kernel_shape")
                .map(kernel -> Arrays.stream(kernel).reduce(1, Math::multiplyExact))
                .orElse(1L);
        return Math.multiplyExact(output, window);
    }
}
