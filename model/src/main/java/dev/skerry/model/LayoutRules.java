package dev.skerry.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Operators that give the same elements another shape or order. */
final class LayoutRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Reshape", LayoutRules::reshape),
            Map.entry("Flatten", LayoutRules::flatten),
            Map.entry("Squeeze", LayoutRules::squeeze),
            Map.entry("Unsqueeze", LayoutRules::unsqueeze),
            Map.entry("Transpose", LayoutRules::transpose),
            Map.entry("Concat", op -> concat(op, 0, 1)),
            Map.entry("com.microsoft:QLinearConcat", op -> concat(op, 2, 3)),
            Map.entry("Expand", LayoutRules::expand),
            Map.entry("Tile", LayoutRules::tile),
            Map.entry("DepthToSpace", op -> blocks(op, true)),
            Map.entry("SpaceToDepth", op -> blocks(op, false)),
            Map.entry("ReverseSequence", ElementwiseRules::same));

    private LayoutRules() {}

    private static void reshape(Operation op) {
        List<Dim> x = op.dims(0);
        Elements target = op.node()
                .intsAttribute("shape")
                .map(shape ->
                        Elements.vector(LongStream.of(shape).mapToObj(Entry::of).toList()))
                .orElseGet(() -> op.elements(1));
        if (target == null) {
            List<Dim> length = op.dims(1);
            op.set(0, op.element(0), length != null && length.size() == 1 ? rankOf(length.getFirst()) : null);
            return;
        }
        boolean keepZero = op.attribute("allowzero", 0) != 0;
        List<Dim> y = new ArrayList<>(target.sizes());
        int rest = -1;
        for (int i = 0; i < y.size(); i++) {
            if (Dims.is(y.get(i), 0) && !keepZero) {
                y.set(i, x == null ? Dims.UNKNOWN : x.get(i));
            } else if (Dims.is(y.get(i), -1)) {
                rest = i;
            }
        }
        if (x != null && rest >= 0) {
            List<Dim> others = new ArrayList<>(y);
            others.remove(rest);
            y.set(rest, Dims.quotient(x, others));
            if (y.get(rest) instanceof Dim.Unknown
                    && Dims.product(x) instanceof Dim.Known
                    && Dims.product(others) instanceof Dim.Known(long size)
                    && size != 0) {
                throw new Mismatch(op.describe(0) + " does not divide into " + new Shape(target.sizes()));
            }
        } else if (rest >= 0) {
            y.set(rest, Dims.UNKNOWN);
        } else if (x != null) {
            if (Dims.differ(Dims.product(x), Dims.product(y))) {
                throw new Mismatch(op.describe(0) + " has not as many elements as " + new Shape(y));
            }
            int open = y.indexOf(Dims.UNKNOWN);
            if (open >= 0 && open == y.lastIndexOf(Dims.UNKNOWN)) {
                // a single open size follows from the others, as a −1 does
                List<Dim> others = new ArrayList<>(y);
                others.remove(open);
                y.set(open, Dims.quotient(x, others));
            }
        }
        op.set(0, op.element(0), y);
    }

    private static @Nullable List<Dim> rankOf(Dim length) {
        return length instanceof Dim.Known(long rank) ? Dims.unknown((int) rank) : null;
    }

    private static void flatten(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> y = Dims.unknown(2);
        if (x != null) {
            long axis = op.attribute("axis", 1);
            int at = axis == x.size() ? x.size() : op.axis(axis, x.size());
            y = List.of(Dims.product(x.subList(0, at)), Dims.product(x.subList(at, x.size())));
        }
        op.set(0, op.element(0), y);
    }

    private static void squeeze(Operation op) {
        List<Dim> x = op.dims(0);
        long[] axes = op.longs("axes", 1);
        List<Dim> y = null;
        if (x != null && axes != null) {
            Set<Integer> gone = new HashSet<>();
            for (long axis : axes) {
                int at = op.axis(axis, x.size());
                if (x.get(at) instanceof Dim.Known(long size) && size != 1) {
                    throw new Mismatch("axis " + axis + " of " + op.describe(0) + " is not 1");
                }
                gone.add(at);
            }
            y = new ArrayList<>();
            for (int i = 0; i < x.size(); i++) {
                if (!gone.contains(i)) {
                    y.add(x.get(i));
                }
            }
        } else if (x != null && !op.given("axes", 1) && x.stream().allMatch(Dim.Known.class::isInstance)) {
            y = x.stream().filter(dim -> !Dims.is(dim, 1)).toList();
        }
        op.set(0, op.element(0), y);
    }

    private static void unsqueeze(Operation op) {
        List<Dim> x = op.dims(0);
        long[] axes = op.longs("axes", 1);
        List<Dim> y = null;
        if (x != null && axes != null) {
            int rank = x.size() + axes.length;
            Set<Integer> added = new HashSet<>();
            for (long axis : axes) {
                added.add(op.axis(axis, rank));
            }
            var rest = x.iterator();
            y = new ArrayList<>();
            for (int i = 0; i < rank; i++) {
                y.add(added.contains(i) || !rest.hasNext() ? Dim.of(1) : rest.next());
            }
        }
        op.set(0, op.element(0), y);
    }

    private static void transpose(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            op.set(0, op.element(0), null);
            return;
        }
        List<Dim> y = new ArrayList<>();
        for (int axis : permutation(op, x.size())) {
            y.add(x.get(axis));
        }
        op.set(0, op.element(0), y);
    }

    static int[] permutation(Operation op, int rank) {
        long[] perm = op.node()
                .intsAttribute("perm")
                .orElseGet(
                        () -> LongStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        if (perm.length != rank) {
            throw new Mismatch("a permutation of " + perm.length + " axes does not fit " + op.describe(0));
        }
        return LongStream.of(perm).mapToInt(axis -> op.axis(axis, rank)).toArray();
    }

    /** Joins the inputs at {@code first}, {@code first + step}, … (quantized ones have scales between them). */
    private static void concat(Operation op, int first, int step) {
        List<Dim> y = null;
        int axis = 0;
        for (int i = first; i < op.inputs(); i += step) {
            List<Dim> x = op.dims(i);
            if (x == null) {
                op.set(0, op.element(first), null);
                return;
            }
            if (y == null) {
                y = new ArrayList<>(x);
                // opset 4 made the axis mandatory; before, it was 1
                axis = op.axis(op.attribute("axis", 1), x.size());
                continue;
            }
            if (x.size() != y.size()) {
                throw op.mismatch("inputs differ in rank", first, i);
            }
            for (int d = 0; d < x.size(); d++) {
                if (d == axis) {
                    y.set(d, Dims.plus(y.get(d), x.get(d)));
                } else if (Dims.differ(y.get(d), x.get(d))) {
                    throw op.mismatch("inputs differ outside of axis " + axis, first, i);
                } else {
                    y.set(d, Dims.better(y.get(d), x.get(d)));
                }
            }
        }
        op.set(0, op.element(first), y);
    }

    private static void expand(Operation op) {
        List<Dim> x = op.dims(0);
        Elements shape = op.elements(1);
        List<Dim> length = op.dims(1);
        List<Dim> y = null;
        if (x != null && shape != null) {
            y = Dims.broadcast(x, shape.sizes());
            if (y == null) {
                throw new Mismatch(op.describe(0) + " does not broadcast to " + new Shape(shape.sizes()));
            }
        } else if (x != null && length != null && length.size() == 1) {
            y = length.getFirst() instanceof Dim.Known(long rank) ? Dims.unknown((int) Math.max(rank, x.size())) : null;
        }
        op.set(0, op.element(0), y);
    }

    private static void tile(Operation op) {
        List<Dim> x = op.dims(0);
        Elements repeats = op.elements(1);
        List<Dim> y = null;
        if (x != null && op.opset() < 6) {
            y = Dims.unknown(x.size());
        } else if (x != null && repeats == null) {
            y = Dims.unknown(x.size());
        } else if (x != null && repeats != null) {
            if (repeats.size() != x.size()) {
                throw op.mismatch("there must be one repeat for each axis", 0, 1);
            }
            y = new ArrayList<>();
            for (int i = 0; i < x.size(); i++) {
                y.add(Dims.times(x.get(i), repeats.sizes().get(i)));
            }
        }
        op.set(0, op.element(0), y);
    }

    private static void blocks(Operation op, boolean toSpace) {
        List<Dim> x = op.dims(0, 4);
        Dim block = Dim.of(op.attribute("blocksize", 1));
        if (x == null) {
            op.set(0, op.element(0), Dims.unknown(4));
            return;
        }
        List<Dim> square = Collections.nCopies(2, block);
        op.set(
                0,
                op.element(0),
                toSpace
                        ? List.of(
                                x.get(0),
                                Dims.quotient(List.of(x.get(1)), square),
                                Dims.times(x.get(2), block),
                                Dims.times(x.get(3), block))
                        : List.of(
                                x.get(0),
                                Dims.product(List.of(x.get(1), block, block)),
                                Dims.quotient(List.of(x.get(2)), List.of(block)),
                                Dims.quotient(List.of(x.get(3)), List.of(block))));
    }
}
