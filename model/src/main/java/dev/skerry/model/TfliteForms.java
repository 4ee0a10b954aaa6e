package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that stand for the values of an ONNX graph while it is written as a TensorFlow Lite graph. A value may be asked for
 * in any order of its axes, and, where it is quantized, as stored or as the real numbers it means; what isn't there yet is made
 * by a TRANSPOSE, a RESHAPE or a DEQUANTIZE, once. A Transpose of ONNX makes nothing: its result is another view of the same
 * tensors. So transpositions stand only where layouts meet.
 */
final class TfliteForms {
    /** A constant as the model stores it; {@code scales} is null where the content is what it means. */
    record Stored(Tensor content, @Nullable TfliteScales scales) {}

    /** A value that is another one with its axes in another order: axis {@code i} is axis {@code permutation[i]} of {@code of}. */
    private record View(String of, List<Integer> permutation) {
        int[] order() {
            return permutation.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private final TfliteDraft draft;
    private final Map<String, long[]> dims = new HashMap<>();
    private final Map<String, DataType> types = new HashMap<>();
    private final Map<String, Stored> constants = new HashMap<>();
    private final Map<String, View> views = new HashMap<>();
    /** The stored integers behind a value of real numbers. */
    private final Map<String, String> reals = new HashMap<>();

    private final Map<String, TfliteScales> scales = new HashMap<>();
    private final Map<String, Map<TfliteAxes, Integer>> forms = new HashMap<>();
    private final Set<String> outputs = new HashSet<>();

    TfliteForms(TfliteDraft draft) {
        this.draft = draft;
    }

    TfliteDraft draft() {
        return draft;
    }

    /** Says what a value is, before anything else is done with it. */
    void declare(String value, DataType type, long[] dims) {
        types.put(value, type);
        this.dims.put(value, dims);
    }

    boolean isDeclared(String value) {
        return dims.containsKey(value);
    }

    /** An output keeps its name for the tensor that lies as the model says. */
    void output(String value) {
        outputs.add(value);
    }

    long[] dims(String value) {
        long[] known = dims.get(value);
        if (known == null) {
            throw new IllegalStateException(value + " isn't declared");
        }
        return known;
    }

    int rank(String value) {
        return dims(value).length;
    }

    DataType type(String value) {
        DataType known = types.get(value);
        if (known == null) {
            throw new IllegalStateException(value + " isn't declared");
        }
        return known;
    }

    void constant(String value, Stored stored) {
        constants.put(value, stored);
        Tensor content = stored.content();
        declare(
                value,
                stored.scales() == null && content.type() != DataType.FLOAT16 ? content.type() : DataType.FLOAT,
                content.dims());
    }

    /** Stored content of a constant; null for what is known at run time only. */
    @Nullable
    Stored constant(String value) {
        return constants.get(value);
    }

    void scales(String stored, TfliteScales known) {
        scales.put(stored, known);
    }

    /** The scales of a stored value; null where its numbers mean themselves. */
    @Nullable
    TfliteScales scalesOf(String stored) {
        View view = views.get(stored);
        return view == null ? scales.get(stored) : scalesOf(view.of());
    }

    /** {@code real} is what the stored {@code integers} mean. */
    void means(String real, String integers) {
        reals.put(real, integers);
    }

    /** The stored value behind a real one; the value itself where it isn't quantized. */
    String storedOf(String value) {
        return reals.getOrDefault(value, value);
    }

    /** Whether a value is known by its quantized integers, of a run or of a constant. */
    boolean isQuantized(String value) {
        Stored constant = constants.get(value);
        return constant != null ? constant.scales() != null : reals.containsKey(value);
    }

    /** The scales behind a quantized value. */
    TfliteScales scalesBehind(String value) {
        Stored constant = constants.get(value);
        TfliteScales known = constant != null ? constant.scales() : scalesOf(storedOf(value));
        if (known == null) {
            throw new IllegalStateException(value + " isn't quantized");
        }
        return known;
    }

    /** {@code value} has the elements of {@code of}, axis {@code i} from axis {@code permutation[i]}. */
    void view(String value, String of, int[] permutation) {
        views.put(value, new View(of, IntStream.of(permutation).boxed().toList()));
    }

    /** The orders in which tensors of the value lie already, the oldest first. */
    List<TfliteAxes> lying(String stored) {
        View view = views.get(stored);
        if (view == null) {
            return List.copyOf(forms.getOrDefault(stored, Map.of()).keySet());
        }
        int[] inverse = inverse(view.order());
        return lying(view.of()).stream().map(axes -> axes.through(inverse)).toList();
    }

    private static int[] inverse(int[] permutation) {
        int[] inverse = new int[permutation.length];
        for (int i = 0; i < inverse.length; i++) {
            inverse[permutation[i]] = i;
        }
        return inverse;
    }

    boolean isMade(String value) {
        return constants.containsKey(value) || !lying(storedOf(value)).isEmpty();
    }

    /** Adds the tensor that an operator will make of the value, lying in the order of {@code axes}. */
    int make(String stored, TfliteAxes axes) {
        int tensor = draft.tensor(name(stored, axes), type(stored), axes.dims(dims(stored)), scales.get(stored));
        forms.computeIfAbsent(stored, _ -> new LinkedHashMap<>()).put(axes, tensor);
        return tensor;
    }

    /** The tensor holds the value, in the order of {@code axes}. */
    void holds(String stored, TfliteAxes axes, int tensor) {
        forms.computeIfAbsent(stored, _ -> new LinkedHashMap<>()).put(axes, tensor);
    }

    private String name(String stored, TfliteAxes axes) {
        if (outputs.contains(stored)) {
            return axes.isSame() ? stored : draft.unique(stored + "/channels_last");
        }
        boolean first = forms.getOrDefault(stored, Map.of()).isEmpty();
        return draft.unique(first ? stored : stored + (axes.isSame() ? "/channels_first" : "/channels_last"));
    }

    /** The tensor of a value as it is stored, in the order of {@code axes}. */
    int stored(String value, TfliteAxes axes) {
        Stored constant = constants.get(value);
        if (constant != null) {
            return constantIn(constant, axes, value);
        }
        View view = views.get(value);
        if (view != null) {
            return stored(view.of(), axes.through(view.order()));
        }
        Map<TfliteAxes, Integer> made = forms.getOrDefault(value, Map.of());
        Integer there = made.get(axes);
        if (there != null) {
            return there;
        }
        for (Map.Entry<TfliteAxes, Integer> form : made.entrySet()) {
            if (form.getKey().sameOrder(axes, dims(value))) {
                return reshaped(value, form.getValue(), axes);
            }
        }
        for (Map.Entry<TfliteAxes, Integer> form : made.entrySet()) {
            if (form.getKey().rank() == rank(value)) {
                return transposed(value, form.getKey(), form.getValue(), axes);
            }
        }
        // a signal that lies as an image only
        Map.Entry<TfliteAxes, Integer> any = made.entrySet().iterator().next();
        var squeezed = new TfliteAxes(any.getKey().order().stream()
                .filter(axis -> axis != TfliteAxes.ADDED)
                .toList());
        return transposed(value, squeezed, reshaped(value, any.getValue(), squeezed), axes);
    }

    private int reshaped(String value, int from, TfliteAxes axes) {
        int to = make(value, axes);
        draft.reshape(from, to);
        return to;
    }

    private int transposed(String value, TfliteAxes lying, int from, TfliteAxes axes) {
        List<Integer> wanted =
                axes.order().stream().filter(axis -> axis != TfliteAxes.ADDED).toList();
        var turned = new TfliteAxes(wanted);
        long[] order = wanted.stream().mapToLong(lying::of).toArray();
        int to = turned.equals(axes)
                ? make(value, axes)
                : draft.tensor(
                        draft.unique(value + "/turned"), type(value), turned.dims(dims(value)), scales.get(value));
        draft.operator(
                "TRANSPOSE",
                TfliteOptions.NONE,
                List.of(from, draft.ints("order", new long[] {order.length}, order)),
                List.of(to));
        return turned.equals(axes) ? to : reshaped(value, to, axes);
    }

    private int constantIn(Stored constant, TfliteAxes axes, String name) {
        return draft.constant(
                turned(constant, axes).content().withName(name),
                turned(constant, axes).scales());
    }

    /** A constant with its axes in another order. */
    static Stored turned(Stored constant, TfliteAxes axes) {
        Tensor content = constant.content();
        TfliteScales scales = constant.scales();
        if (axes.isSame()) {
            return constant;
        }
        int[] order = axes.order().stream()
                .filter(axis -> axis != TfliteAxes.ADDED)
                .mapToInt(Integer::intValue)
                .toArray();
        Tensor turned = Transposition.of(content, order).reshape(axes.dims(content.dims()));
        return new Stored(
                turned,
                scales == null || !scales.perChannel()
                        ? scales
                        : new TfliteScales(scales.scales(), scales.zeroPoints(), axes.of(scales.axis())));
    }

    /** The tensor of the real numbers that a value means. */
    int real(String value, TfliteAxes axes) {
        Stored constant = constants.get(value);
        if (constant != null) {
            return real(turned(constant, axes), value);
        }
        String integers = reals.get(value);
        if (integers == null) {
            return stored(value, axes);
        }
        Map<TfliteAxes, Integer> made = forms.getOrDefault(value, Map.of());
        Integer there = made.get(axes);
        if (there != null) {
            return there;
        }
        int from = stored(integers, axes);
        int to = make(value, axes);
        draft.operator("DEQUANTIZE", TfliteOptions.NONE, List.of(from), List.of(to));
        return to;
    }

    /** The tensor of what a constant means; one that is stored in fewer bits is widened once, when the model is loaded. */
    int real(Stored constant, String name) {
        Tensor content = constant.content();
        if (constant.scales() != null && content.type() == DataType.INT32) {
            // a bias, which no kernel widens, and which is as large in real numbers
            Tensor real = TfliteElementwise.dequantized(content, constant.scales());
            return draft.constant(real.withName(name), null);
        }
        int stored = draft.constant(content.withName(name), constant.scales());
        if (constant.scales() == null && content.type() != DataType.FLOAT16) {
            return stored;
        }
        int to = draft.tensor(draft.unique(name + "/dequantized"), DataType.FLOAT, content.dims(), null);
        draft.operator("DEQUANTIZE", TfliteOptions.NONE, List.of(stored), List.of(to));
        return to;
    }

    /** A tensor with the value's elements in their order, whatever its dimensions are. */
    int flat(String stored) {
        TfliteAxes same = TfliteAxes.same(rank(stored));
        for (TfliteAxes axes : lying(stored)) {
            if (axes.sameOrder(same, dims(stored))) {
                return stored(stored, axes);
            }
        }
        return stored(stored, same);
    }

    /** The order in which most of the values lie, each of which has the same dimensions. */
    TfliteAxes meeting(List<String> stored) {
        List<TfliteAxes> all = new ArrayList<>();
        stored.forEach(value -> all.addAll(lying(value)));
        TfliteAxes best = null;
        long most = 0;
        for (TfliteAxes axes : all) {
            long count = all.stream().filter(axes::equals).count();
            if (count > most) {
                best = axes;
                most = count;
            }
        }
        return best == null ? TfliteAxes.same(stored.isEmpty() ? 0 : rank(stored.getFirst())) : best;
    }
}
