package dev.skerry.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows the content of small tensors through the operators that exporters compute sizes with, so that a Reshape or Slice finds
 * its target. Works on what rules have found: the output's type must be known.
 */
final class Evaluation {
    /** Computes an output of static shape {@code dims} from what is known of the inputs; null where it can't. */
    @FunctionalInterface
    private interface Evaluator {
        @Nullable
        Elements evaluate(Operation op, long[] dims);
    }

    private static final Map<String, Evaluator> EVALUATORS = Map.ofEntries(
            Map.entry("Identity", Evaluation::reshaped),
            Map.entry("Reshape", Evaluation::reshaped),
            Map.entry("Squeeze", Evaluation::reshaped),
            Map.entry("Unsqueeze", Evaluation::reshaped),
            Map.entry("Flatten", Evaluation::reshaped),
            Map.entry("Expand", Evaluation::expand),
            Map.entry("Concat", Evaluation::concat),
            Map.entry("Gather", Evaluation::gather),
            Map.entry("Slice", Evaluation::slice),
            Map.entry("Transpose", Evaluation::transpose),
            Map.entry("Size", Evaluation::size),
            Map.entry("ConstantOfShape", Evaluation::constantOfShape),
            Map.entry("Range", Evaluation::range),
            Map.entry("Where", Evaluation::where),
            Map.entry("NonZero", Evaluation::nonZero),
            Map.entry("ReduceProd", (op, dims) -> fold(op, dims, Arithmetic.MUL)),
            Map.entry("ReduceSum", (op, dims) -> fold(op, dims, Arithmetic.ADD)),
            Map.entry("ReduceMax", (op, dims) -> fold(op, dims, Arithmetic.MAX)),
            Map.entry("ReduceMin", (op, dims) -> fold(op, dims, Arithmetic.MIN)));

    private Evaluation() {}

    static void evaluate(Operation op) {
        if (op.node().is("Split")) {
            split(op);
            return;
        }
        if (!(op.result(0) instanceof ValueType.OfTensor(var element, var shape))
                || shape == null
                || !shape.isStatic()
                || shape.elements().orElse(Long.MAX_VALUE) > Elements.LIMIT
                || op.resultElements(0).isPresent()) {
            return;
        }
        long[] dims = shape.sizes();
        String operator = op.node().op();
        Evaluator evaluator = EVALUATORS.get(operator);
        Elements known = evaluator != null
                ? evaluator.evaluate(op, dims)
                : elementwise(op, Arithmetic.of(operator), element, dims);
        if (known != null && known.size() == shape.elements().orElse(-1)) {
            op.setElements(0, known);
        }
    }

    private static Elements of(long[] dims, List<Entry> entries) {
        return new Elements(java.util.Arrays.stream(dims).boxed().toList(), entries);
    }

    private static @Nullable Elements reshaped(Operation op, long[] dims) {
        Elements x = op.elements(0);
        return x == null ? null : of(dims, x.entries());
    }

    private static @Nullable Elements expand(Operation op, long[] dims) {
        Elements x = op.elements(0);
        return x == null ? null : of(dims, spread(x, dims));
    }

    private static @Nullable Elements elementwise(
            Operation op, @Nullable Arithmetic arithmetic, DataType element, long[] dims) {
        if (arithmetic == null || arithmetic == Arithmetic.MOD && op.attribute("fmod", 0) != 0) {
            return null;
        }
        List<List<Entry>> inputs = new ArrayList<>();
        for (int i = 0; i < op.inputs(); i++) {
            Elements known = op.elements(i);
            if (known == null) {
                return null;
            }
            inputs.add(spread(known, dims));
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < inputs.getFirst().size(); i++) {
            Entry entry = inputs.getFirst().get(i);
            if (inputs.size() == 1) {
                entry = arithmetic.apply(entry, Entry.UNKNOWN, element);
            }
            for (int k = 1; k < inputs.size(); k++) {
                entry = arithmetic.apply(entry, inputs.get(k).get(i), element);
            }
            entries.add(entry);
        }
        return of(dims, entries);
    }

    /** The entries of {@code x} broadcast to {@code dims}. */
    private static List<Entry> spread(Elements x, long[] dims) {
        int count = count(dims);
        if (x.size() == 1) {
            return Collections.nCopies(count, x.entries().getFirst());
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int rest = i;
            int from = 0;
            int stride = 1;
            for (int d = dims.length - 1, e = x.dims().size() - 1; e >= 0; d--, e--) {
                int size = Math.toIntExact(x.dims().get(e));
                from += size == 1 ? 0 : (int) (rest % dims[d]) * stride;
                stride *= size;
                rest /= (int) dims[d];
            }
            entries.add(x.entries().get(from));
        }
        return entries;
    }

    private static int count(long[] dims) {
        long count = 1;
        for (long dim : dims) {
            count = Math.multiplyExact(count, dim);
        }
        return Math.toIntExact(count);
    }

    /** How many elements lie below one step along {@code axis}. */
    private static int below(List<Long> dims, int axis) {
        return count(
                dims.subList(axis + 1, dims.size()).stream().mapToLong(d -> d).toArray());
    }

    private static @Nullable Elements concat(Operation op, long[] dims) {
        int axis = op.axis(op.attribute("axis", 1), dims.length);
        int outer = count(java.util.Arrays.copyOf(dims, axis));
        List<Elements> parts = new ArrayList<>();
        for (int i = 0; i < op.inputs(); i++) {
            Elements part = op.elements(i);
            List<Dim> shape = op.dims(i);
            if (part == null && shape != null && shape.stream().allMatch(Dim.Known.class::isInstance)) {
                // one part that only the run knows leaves the others known
                part = Elements.unknown(new Shape(shape));
            }
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        List<Entry> entries = new ArrayList<>();
        for (int o = 0; o < outer; o++) {
            for (Elements part : parts) {
                int run = part.size() / outer;
                entries.addAll(part.entries().subList(o * run, (o + 1) * run));
            }
        }
        return of(dims, entries);
    }

    private static @Nullable Elements gather(Operation op, long[] dims) {
        Elements x = op.elements(0);
        long[] indices = op.longs(1);
        if (x == null || indices == null) {
            return null;
        }
        int axis = op.axis(op.attribute("axis", 0), x.dims().size());
        long size = x.dims().get(axis);
        int run = below(x.dims(), axis);
        int outer = x.size() == 0 ? 0 : x.size() / Math.toIntExact(size * run);
        List<Entry> entries = new ArrayList<>();
        for (int o = 0; o < outer; o++) {
            for (long index : indices) {
                if (index < -size || index >= size) {
                    throw new Mismatch("index " + index + " lies outside of " + op.describe(0));
                }
                int from = (int) (o * size + (index < 0 ? index + size : index)) * run;
                entries.addAll(x.entries().subList(from, from + run));
            }
        }
        return of(dims, entries);
    }

    private static @Nullable Elements slice(Operation op, long[] dims) {
        Elements x = op.elements(0);
        List<SliceRules.Range> ranges =
                x == null ? null : SliceRules.ranges(op, x.dims().size());
        if (x == null || ranges == null) {
            return null;
        }
        Elements result = x;
        for (SliceRules.Range range : ranges) {
            long[] cut = range.within(result.dims().get(range.axis()));
            result = along(result, range.axis(), cut[0], cut[1], range.step());
        }
        return of(dims, result.entries());
    }

    /** {@code count} steps along an axis. */
    private static Elements along(Elements x, int axis, long first, long count, long step) {
        long size = x.dims().get(axis);
        int run = below(x.dims(), axis);
        int outer = x.size() == 0 ? 0 : x.size() / Math.toIntExact(size * run);
        List<Entry> entries = new ArrayList<>();
        for (int o = 0; o < outer; o++) {
            for (long i = 0; i < count; i++) {
                int from = Math.toIntExact(o * size + first + i * step) * run;
                entries.addAll(x.entries().subList(from, from + run));
            }
        }
        List<Long> dims = new ArrayList<>(x.dims());
        dims.set(axis, count);
        return new Elements(dims, entries);
    }

    private static void split(Operation op) {
        Elements x = op.elements(0);
        if (x == null || x.dims().isEmpty()) {
            return;
        }
        int axis = op.axis(op.attribute("axis", 0), x.dims().size());
        long[] parts = SliceRules.parts(op, Dim.of(x.dims().get(axis)));
        long first = 0;
        for (int i = 0; parts != null && i < parts.length; i++) {
            op.setElements(i, along(x, axis, first, parts[i], 1));
            first += parts[i];
        }
    }

    private static @Nullable Elements transpose(Operation op, long[] dims) {
        Elements x = op.elements(0);
        if (x == null) {
            return null;
        }
        int[] permutation = LayoutRules.permutation(op, dims.length);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < x.size(); i++) {
            int rest = i;
            int from = 0;
            for (int d = dims.length - 1; d >= 0; d--) {
                from += (int) (rest % dims[d]) * below(x.dims(), permutation[d]);
                rest /= (int) dims[d];
            }
            entries.add(x.entries().get(from));
        }
        return of(dims, entries);
    }

    private static @Nullable Elements size(Operation op, long[] dims) {
        List<Dim> x = op.dims(0);
        return x == null ? null : Elements.scalar(new Entry.Whole(Dims.product(x)));
    }

    private static @Nullable Elements constantOfShape(Operation op, long[] dims) {
        Elements value = op.node().attributes().get("value") instanceof Attribute.TensorValue(Tensor tensor)
                ? Elements.of(tensor)
                : Elements.scalar(new Entry.Real(0));
        return value == null || value.size() != 1
                ? null
                : of(dims, Collections.nCopies(count(dims), value.entries().getFirst()));
    }

    private static @Nullable Elements range(Operation op, long[] dims) {
        long[] start = op.longs(0);
        long[] delta = op.longs(2);
        if (start == null || delta == null) {
            return null;
        }
        List<Entry> entries = new ArrayList<>();
        for (long i = 0; i < dims[0]; i++) {
            entries.add(Entry.of(start[0] + i * delta[0]));
        }
        return of(dims, entries);
    }

    private static @Nullable Elements where(Operation op, long[] dims) {
        Elements condition = op.elements(0);
        Elements yes = op.elements(1);
        Elements no = op.elements(2);
        if (condition == null || yes == null || no == null) {
            return null;
        }
        List<Entry> entries = new ArrayList<>();
        List<Entry> conditions = spread(condition, dims);
        List<Entry> left = spread(yes, dims);
        List<Entry> right = spread(no, dims);
        for (int i = 0; i < conditions.size(); i++) {
            if (conditions.get(i) instanceof Entry.Whole(Dim.Known(long taken))) {
                entries.add((taken != 0 ? left : right).get(i));
            } else {
                entries.add(left.get(i).equals(right.get(i)) ? left.get(i) : Entry.UNKNOWN);
            }
        }
        return of(dims, entries);
    }

    private static @Nullable Elements nonZero(Operation op, long[] dims) {
        double[] values = op.reals(0);
        List<Dim> x = op.dims(0);
        if (values == null || x == null || x.size() != 1) {
            return null;
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0) {
                entries.add(Entry.of(i));
            }
        }
        return of(dims, entries);
    }

    /** Folds all of a vector. */
    private static @Nullable Elements fold(Operation op, long[] dims, Arithmetic arithmetic) {
        Elements x = op.elements(0);
        DataType element = op.element(0);
        if (x == null || element == null || count(dims) != 1 || x.size() == 0) {
            return null;
        }
        Entry entry = x.entries().getFirst();
        for (Entry next : x.entries().subList(1, x.size())) {
            entry = arithmetic.apply(entry, next, element);
        }
        return of(dims, List.of(entry));
    }
}
