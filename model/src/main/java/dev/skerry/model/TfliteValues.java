package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.model.TfliteModel.TfliteTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ONNX values that stand for the tensors of a TensorFlow Lite graph while it is converted. A tensor may be asked for in
 * either layout, and, where it is quantized, as it is stored or as the real numbers it means; what isn't there yet is made by a
 * Transpose or a DequantizeLinear, once. So transpositions stand only where an operator of one layout meets one of the other.
 */
final class TfliteValues {
    /** Names of one tensor in one layout, as far as they are made. */
    private static final class Forms {
        private final Map<TfliteLayout, String> stored = new EnumMap<>(TfliteLayout.class);
        private final Map<TfliteLayout, String> real = new EnumMap<>(TfliteLayout.class);
    }

    private final String source;
    private final TfliteGraph graph;
    private final String[] names;
    private final Set<String> taken = new HashSet<>();
    private final Set<Integer> ends = new HashSet<>();
    private final Map<Integer, Forms> forms = new HashMap<>();
    private final Map<Integer, Tensor> constants = new HashMap<>();
    private final Set<Integer> plain = new HashSet<>();
    private final Map<Integer, String> scaleNames = new HashMap<>();
    private final Map<Integer, String> zeroPointNames = new HashMap<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    TfliteValues(TfliteGraph graph, String source) {
        this.source = source;
        this.graph = graph;
        this.names = new String[graph.tensors().size()];
        // the model's ends keep their names; inner names are lists of all the layers that were merged, of which the
        // first will do
        for (int end : graph.inputs()) {
            name(end, graph.tensors().get(end).name());
            ends.add(end);
        }
        for (int end : graph.outputs()) {
            name(end, graph.tensors().get(end).name());
            ends.add(end);
        }
        for (TfliteTensor tensor : graph.tensors()) {
            int semicolon = tensor.name().indexOf(';');
            name(tensor.index(), semicolon > 0 ? tensor.name().substring(0, semicolon) : tensor.name());
            MemorySegment data = tensor.data();
            if (data != null && tensor.type() != null && tensor.type() != DataType.STRING && !tensor.sparse()) {
                Tensor content = Tensor.of(names[tensor.index()], tensor.type(), tensor.dims(), data);
                constants.put(tensor.index(), tensor.type() == DataType.INT4 ? widened(content) : content);
            }
        }
    }

    /** 4-bit weights as bytes, so that their axes can be moved; the values are the same. */
    private static Tensor widened(Tensor packed) {
        return Numbers.of(packed.name(), DataType.INT8, packed.dims(), packed.toLongs());
    }

    /** The type of the ONNX value; null for what has no elements. */
    @Nullable
    DataType type(int tensor) {
        DataType type = tensor(tensor).type();
        return type == DataType.INT4 ? DataType.INT8 : type;
    }

    private void name(int tensor, String wanted) {
        if (names[tensor] == null) {
            names[tensor] = unique(wanted.isEmpty() ? "tensor" : wanted);
        }
    }

    /** A name that nothing else has. */
    String unique(String wanted) {
        String name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }

    String source() {
        return source;
    }

    TfliteTensor tensor(int index) {
        return graph.tensors().get(index);
    }

    String name(int tensor) {
        return names[tensor];
    }

    /** Whether the tensor holds integers that stand for real numbers. */
    boolean isQuantized(int tensor) {
        return tensor(tensor).scales() != null
                && switch (tensor(tensor).type()) {
                    case INT8, UINT8, INT16, INT32, INT4 -> true;
                    case null, default -> false;
                };
    }

    TfliteScales scales(int tensor) {
        TfliteScales scales = tensor(tensor).scales();
        if (scales == null) {
            throw new TfliteTable.Damaged("tensor " + names[tensor] + " has no scale");
        }
        return scales;
    }

    /** The content of a constant; null for what is known at run time only. */
    @Nullable
    Tensor constant(int tensor) {
        return constants.get(tensor);
    }

    /** Makes the tensor a constant, as an operator on constants alone does. */
    void constant(int tensor, Tensor content) {
        constants.put(tensor, content.withName(names[tensor]));
    }

    void emit(Node node) {
        nodes.add(node);
    }

    /** Adds a weight, under its own name if that is free. */
    String initializer(Tensor tensor) {
        String name = unique(tensor.name());
        initializers.put(name, tensor.withName(name));
        return name;
    }

    /** A list of integers as ONNX's shape operators take it. */
    String longs(String name, long... values) {
        return initializer(Tensor.ofLongs(name, new long[] {values.length}, values));
    }

    /** Whether the tensor lies in {@code layout} already, or is a constant, which lies in any. */
    boolean lies(int tensor, TfliteLayout layout) {
        return constants.containsKey(tensor)
                || forms.containsKey(tensor) && forms(tensor).stored.containsKey(layout);
    }

    boolean isMade(int tensor) {
        return constants.containsKey(tensor) || forms.containsKey(tensor);
    }

    private Forms forms(int tensor) {
        return forms.computeIfAbsent(tensor, _ -> new Forms());
    }

    /** The tensor as it is stored, in {@code layout}. */
    String stored(int tensor, TfliteLayout layout) {
        Forms made = forms(tensor);
        String there = made.stored.get(layout);
        if (there != null) {
            return there;
        }
        Tensor constant = constants.get(tensor);
        String name;
        if (constant != null) {
            Tensor content =
                    layout == TfliteLayout.DECLARED ? constant : Transposition.of(constant, layout.permutation());
            name = storedName(tensor, layout);
            initializers.put(name, content.withName(name));
        } else {
            TfliteLayout other = layout == TfliteLayout.DECLARED ? TfliteLayout.CHANNELS_FIRST : TfliteLayout.DECLARED;
            String from = made.stored.get(other);
            if (from == null) {
                throw new IllegalStateException(names[tensor] + " isn't made yet");
            }
            name = storedName(tensor, layout);
            nodes.add(Node.of("Transpose", List.of(from), List.of(name), Map.of("perm", ints(layout.permutation()))));
        }
        made.stored.put(layout, name);
        return name;
    }

    private static Attribute ints(int[] values) {
        return Attribute.ofInts(java.util.Arrays.stream(values).asLongStream().toArray());
    }

    /** A value with the tensor's elements in their declared order, whichever layout it lies in. */
    String flat(int tensor) {
        Forms made = forms(tensor);
        boolean first = !made.stored.containsKey(TfliteLayout.DECLARED)
                && made.stored.containsKey(TfliteLayout.CHANNELS_FIRST)
                && TfliteLayout.sameOrder(tensor(tensor).dims());
        return stored(tensor, first ? TfliteLayout.CHANNELS_FIRST : TfliteLayout.DECLARED);
    }

    /** The real numbers that the tensor means. */
    String real(int tensor, TfliteLayout layout) {
        if (!isQuantized(tensor)) {
            return stored(tensor, layout);
        }
        Forms made = forms(tensor);
        String there = made.real.get(layout);
        if (there != null) {
            return there;
        }
        String from = stored(tensor, layout);
        String name = unique(from + "/dequantized");
        TfliteScales scales = scales(tensor);
        int axis = scales.perChannel() && tensor(tensor).rank() == 4 ? layout.axis(scales.axis()) : scales.axis();
        dequantize(from, name, tensor, axis);
        made.real.put(layout, name);
        return name;
    }

    /** DequantizeLinear of {@code from}, with the tensor's scales along {@code axis}. */
    void dequantize(String from, String to, int tensor, int axis) {
        TfliteScales scales = scales(tensor);
        nodes.add(Node.of(
                "DequantizeLinear",
                List.of(from, scale(tensor), zeroPoint(tensor)),
                List.of(to),
                scales.perChannel() ? Map.of("axis", Attribute.of(axis)) : Map.of()));
    }

    private String scale(int tensor) {
        return scaleNames.computeIfAbsent(tensor, _ -> {
            float[] values = scales(tensor).scales();
            long[] dims = values.length > 1 ? new long[] {values.length} : new long[0];
            return initializer(Tensor.ofFloats(names[tensor] + "/scale", dims, values));
        });
    }

    private String zeroPoint(int tensor) {
        return zeroPointNames.computeIfAbsent(tensor, _ -> {
            long[] values = scales(tensor).zeroPoints();
            long[] dims = values.length > 1 ? new long[] {values.length} : new long[0];
            return initializer(Numbers.of(
                    names[tensor] + "/zero_point", java.util.Objects.requireNonNull(type(tensor)), dims, values));
        });
    }

    /** Has {@code node} make the tensor as it is stored. */
    void storedFrom(int tensor, TfliteLayout layout, Function<String, Node> node) {
        String name = storedName(tensor, layout);
        nodes.add(node.apply(name));
        forms(tensor).stored.put(layout, name);
    }

    /** Has {@code node} make the real numbers that the tensor means; they are quantized where the tensor is. */
    void realFrom(int tensor, TfliteLayout layout, Function<String, Node> node) {
        if (!isQuantized(tensor)) {
            storedFrom(tensor, layout, node);
            return;
        }
        String stored = storedName(tensor, layout);
        String real = unique(stored + "/real");
        nodes.add(node.apply(real));
        quantize(tensor, real, stored);
        forms(tensor).stored.put(layout, stored);
    }

    /** Quantizes real numbers that are there already. */
    void quantized(int tensor, TfliteLayout layout, String real) {
        String stored = storedName(tensor, layout);
        quantize(tensor, real, stored);
        forms(tensor).stored.put(layout, stored);
    }

    /** Makes a tensor of real numbers out of another that is stored quantized. */
    void dequantizeTo(int tensor, String stored, int from, TfliteLayout layout) {
        String name = storedName(tensor, layout);
        dequantize(stored, name, from, 0);
        forms(tensor).stored.put(layout, name);
    }

    private void quantize(int tensor, String real, String stored) {
        nodes.add(Node.of("QuantizeLinear", List.of(real, scale(tensor), zeroPoint(tensor)), List.of(stored)));
    }

    private String storedName(int tensor, TfliteLayout layout) {
        boolean first = !plain.contains(tensor);
        boolean own = ends.contains(tensor) ? layout == TfliteLayout.DECLARED : first;
        if (own) {
            plain.add(tensor);
            return names[tensor];
        }
        return unique(names[tensor] + (layout == TfliteLayout.DECLARED ? "/channels_last" : "/channels_first"));
    }

    /** The tensor is an input of the graph under its own name. */
    void given(int tensor) {
        plain.add(tensor);
        forms(tensor).stored.put(TfliteLayout.DECLARED, names[tensor]);
    }

    /** The tensor is what another value is. */
    void sameAs(int tensor, String stored, TfliteLayout layout) {
        forms(tensor).stored.put(layout, stored);
    }

    List<Node> nodes() {
        return nodes;
    }

    List<Tensor> initializers() {
        return List.copyOf(initializers.values());
    }
}
