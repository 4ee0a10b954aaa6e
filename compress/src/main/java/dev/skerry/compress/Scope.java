package dev.skerry.compress;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which nodes may be quantized.
 *
 * @param name as it stands in a variant's name
 * @param ops operators with integer kernels that take part; passing and cutting ones always may
 * @param keptFloat names (or first outputs, where nodes have no name) of nodes that stay float
 */
record Scope(String name, Set<String> ops, Set<String> keptFloat) {
    static final Set<String> LAYERS = Set.of("Conv", "MatMul", "Gemm");
    private static final Set<String> ARITHMETIC =
            Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax");

    Scope {
        ops = Set.copyOf(ops);
        keptFloat = Set.copyOf(keptFloat);
    }

    /** All operators that have integer kernels. */
    static Scope all(Set<String> keptFloat) {
        var ops = new HashSet<>(LAYERS);
        ops.addAll(ARITHMETIC);
        return new Scope("all", ops, keptFloat);
    }

    /** Layers with weights; what is between them stays float unless it passes values through. */
    static Scope layers(Set<String> keptFloat) {
        return new Scope("layers", LAYERS, keptFloat);
    }

    /** Convolutions only. */
    static Scope convolutions(Set<String> keptFloat) {
        return new Scope("conv", Set.of("Conv"), keptFloat);
    }

    Scope named(String name) {
        return new Scope(name, ops, keptFloat);
    }

    Scope without(String node) {
        var more = new TreeSet<>(keptFloat);
        more.add(node);
        return new Scope(name, ops, more);
    }

    Scope withoutOp(String op) {
        var fewer = new HashSet<>(ops);
        fewer.remove(op);
        return new Scope(name, fewer, keptFloat);
    }
}
