package dev.skerry.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic with sizes that may be names. A result that is no plain number gets a name that spells the calculation, such as
 * {@code 4*N} or {@code N+2}; equal names are equal sizes, different names say nothing.
 */
final class Dims {
    static final Dim UNKNOWN = new Dim.Unknown();

    private Dims() {}

    static boolean is(Dim dim, long size) {
        return dim instanceof Dim.Known(long value) && value == size;
    }

    /** Whether both are known and not the same. */
    static boolean differ(Dim a, Dim b) {
        return a instanceof Dim.Known && b instanceof Dim.Known && !a.equals(b);
    }

    /** Whether both certainly are the same size. */
    static boolean same(Dim a, Dim b) {
        return !(a instanceof Dim.Unknown) && a.equals(b);
    }

    /** Of two descriptions of one size the one that says more. */
    static Dim better(Dim a, Dim b) {
        return a instanceof Dim.Known || b instanceof Dim.Unknown
                ? a
                : b instanceof Dim.Known ? b : unlessUnknown(a, b);
    }

    private static Dim unlessUnknown(Dim a, Dim b) {
        return a instanceof Dim.Unknown ? b : a;
    }

    /** What holds for both sizes. */
    static Dim join(Dim a, Dim b) {
        return same(a, b) ? a : UNKNOWN;
    }

    /** The size two sizes broadcast to; null where they don't. */
    static @Nullable Dim broadcast(Dim a, Dim b) {
        if (is(a, 1)) {
            return b;
        }
        if (is(b, 1) || same(a, b)) {
            return a;
        }
        if (a instanceof Dim.Known) {
            return b instanceof Dim.Known ? null : a;
        }
        return b instanceof Dim.Known ? b : UNKNOWN;
    }

    /** The shape that both broadcast to (numpy's rule); null where they don't. */
    static @Nullable List<Dim> broadcast(List<Dim> a, List<Dim> b) {
        int rank = Math.max(a.size(), b.size());
        List<Dim> result = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            int fromA = i - rank + a.size();
            int fromB = i - rank + b.size();
            Dim dim = fromA < 0 ? b.get(fromB) : fromB < 0 ? a.get(fromA) : broadcast(a.get(fromA), b.get(fromB));
            if (dim == null) {
                return null;
            }
            result.add(dim);
        }
        return result;
    }

    static Dim plus(Dim a, Dim b) {
        if (a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y)) {
            return Dim.of(Math.addExact(x, y));
        }
        if (is(a, 0)) {
            return b;
        }
        return is(b, 0) ? a : named(a, "+", b);
    }

    static Dim minus(Dim a, Dim b) {
        if (a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y)) {
            return Dim.of(Math.subtractExact(x, y));
        }
        if (same(a, b)) {
            return Dim.of(0);
        }
        return is(b, 0) ? a : named(a, "-", b);
    }

    static Dim times(Dim a, Dim b) {
        return product(List.of(a, b));
    }

    /** The quotient rounded toward zero, as ONNX divides integers. */
    static Dim over(Dim a, Dim b) {
        if (is(b, 0)) {
            return UNKNOWN;
        }
        if (a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y)) {
            return Dim.of(x / y);
        }
        if (is(b, 1)) {
            return a;
        }
        Dim exact = quotient(List.of(a), List.of(b));
        return exact instanceof Dim.Unknown ? named(a, "/", b) : exact;
    }

    private static Dim named(Dim a, String operator, Dim b) {
        if (a instanceof Dim.Unknown || b instanceof Dim.Unknown) {
            return UNKNOWN;
        }
        String name = bracketed(a) + operator + bracketed(b);
        // past that length a name explains nothing, and a chain of nodes would let it grow without end
        return name.length() > 60 ? UNKNOWN : new Dim.Symbolic(name);
    }

    private static String bracketed(Dim dim) {
        String name = dim.toString();
        boolean plain = name.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_.*".indexOf(c) >= 0);
        return plain ? name : "(" + name + ")";
    }

    static Dim product(List<Dim> dims) {
        Term term = Term.of(dims);
        return term == null ? UNKNOWN : term.dim();
    }

    /** The exact quotient of two products, for instance the −1 of a Reshape; unknown where it can't be told. */
    static Dim quotient(List<Dim> dividend, List<Dim> divisor) {
        List<Dim> above = new ArrayList<>(dividend);
        List<Dim> below = new ArrayList<>();
        for (Dim dim : divisor) {
            if (!(dim instanceof Dim.Symbolic && above.remove(dim))) {
                below.add(dim);
            }
        }
        Term a = Term.of(above);
        Term b = Term.of(below);
        if (a == null || b == null || b.factor == 0 || a.factor % b.factor != 0) {
            return UNKNOWN;
        }
        List<String> names = new ArrayList<>(a.names);
        return b.names.stream().allMatch(names::remove) ? new Term(a.factor / b.factor, names).dim() : UNKNOWN;
    }

    /** A number times names. */
    private record Term(long factor, List<String> names) {
        static @Nullable Term of(List<Dim> dims) {
            long factor = 1;
            List<String> names = new ArrayList<>();
            for (Dim dim : dims) {
                switch (dim) {
                    case Dim.Known(long size) -> factor = Math.multiplyExact(factor, size);
                    case Dim.Symbolic symbol -> {
                        for (String part : bracketed(symbol).startsWith("(")
                                ? new String[] {bracketed(symbol)}
                                : symbol.name().split("\\*", -1)) {
                            if (part.chars().allMatch(Character::isDigit) && !part.isEmpty() && part.length() < 18) {
                                factor = Math.multiplyExact(factor, Long.parseLong(part));
                            } else {
                                names.add(part);
                            }
                        }
                    }
                    case Dim.Unknown _ -> {
                        // nothing times zero is anything else, but one unknown spoils the rest
                        return dims.stream().anyMatch(other -> is(other, 0)) ? new Term(0, List.of()) : null;
                    }
                }
            }
            return new Term(factor, names);
        }

        Dim dim() {
            if (names.isEmpty() || factor == 0) {
                return Dim.of(factor);
            }
            String joined = names.stream().sorted().collect(Collectors.joining("*"));
            if (joined.length() > 60) {
                return UNKNOWN;
            }
            boolean lone = names.size() == 1 && joined.startsWith("(") && factor == 1;
            return new Dim.Symbolic(
                    lone ? joined.substring(1, joined.length() - 1) : factor == 1 ? joined : factor + "*" + joined);
        }
    }

    static List<Dim> of(long... sizes) {
        return Arrays.stream(sizes).mapToObj(Dim::of).toList();
    }

    static List<Dim> unknown(int rank) {
        // a rank may be what a broken file says; ONNX Runtime and numpy stop far below
        if (rank < 0 || rank > 1024) {
            throw new Mismatch("a tensor of " + rank + " dimensions");
        }
        return java.util.Collections.nCopies(rank, UNKNOWN);
    }
}
