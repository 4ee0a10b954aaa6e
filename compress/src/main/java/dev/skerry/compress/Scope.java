package dev.skerry.compress;

import dev.skerry.model.Node;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which nodes may be quantized.
 *
 * @param name as it stands in a variant's name
 * @param ops operators with integer kernels that take part; passing and cutting ones always may
 * @param asked names (or first outputs, where nodes have no name) of nodes that stay float because the user wants it
 * @param sensitive the same, of nodes whose quantization costs too much accuracy
 * @param fast the same, of nodes that are expected to be faster in float
 * @param whole whether all of the model is to be integer, also where that gains nothing by itself: the ends, and what stands alone
 */
record Scope(String name, Set<String> ops, Set<String> asked, Set<String> sensitive, Set<String> fast, boolean whole) {
    static final Set<String> LAYERS = Set.of("Conv", "MatMul", "Gemm");
    private static final Set<String> ARITHMETIC =
            Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax");

    Scope {
        ops = Set.copyOf(ops);
        asked = Set.copyOf(asked);
        sensitive = Set.copyOf(sensitive);
        fast = Set.copyOf(fast);
    }

    /** All operators that have integer kernels. */
    static Scope all(Set<String> asked) {
        var ops = new HashSet<>(LAYERS);
        ops.addAll(ARITHMETIC);
        return new Scope("all", ops, asked, Set.of(), Set.of(), false);
    }

    /** Everything from input to output, without exception. */
    static Scope full() {
        return new Scope("full", all(Set.of()).ops(), Set.of(), Set.of(), Set.of(), true);
    }

    /** What a request lets take part at most. */
    static Scope widest(CompressionRequest request) {
        return request.layout().integerOnly() ? full() : all(request.keepFloat());
    }

    /** Layers with weights; what is between them stays float unless it passes values through. */
    static Scope layers(Set<String> asked) {
        return new Scope("layers", LAYERS, asked, Set.of(), Set.of(), false);
    }

    /** Convolutions only. */
    static Scope convolutions(Set<String> asked) {
        return new Scope("conv", Set.of("Conv"), asked, Set.of(), Set.of(), false);
    }

    /** Leaves more nodes float; {@code name} tells it from the scope without them. */
    Scope without(String name, Set<String> nodes) {
        var more = new TreeSet<>(sensitive);
        more.addAll(nodes);
        return new Scope(name, ops, asked, more, fast, whole);
    }

    /** Leaves nodes float for their speed. */
    Scope withFast(String name, Set<String> nodes) {
        return new Scope(name, ops, asked, sensitive, nodes, whole);
    }

    boolean keepsFloat(Node node) {
        return isNamed(node, asked) || isNamed(node, sensitive) || isFast(node);
    }

    boolean isAsked(Node node) {
        return isNamed(node, asked);
    }

    boolean isFast(Node node) {
        return isNamed(node, fast);
    }

    private static boolean isNamed(Node node, Set<String> names) {
        return names.contains(node.label()) || names.contains(node.output(0));
    }
}
