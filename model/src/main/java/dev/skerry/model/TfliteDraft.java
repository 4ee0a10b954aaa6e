package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.model.TfliteModel.TfliteTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A TensorFlow Lite graph in the making: tensors and operators in the order of their execution. */
final class TfliteDraft {
    /**
     * An operator.
     *
     * @param name as {@code BuiltinOperator} calls it
     * @param inputs tensors; -1 for one left out
     */
    record Operator(String name, TfliteOptions options, List<Integer> inputs, List<Integer> outputs) {
        Operator {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    private record Constant(Tensor content, List<Float> scales, List<Long> zeroPoints, int axis) {}

    private final List<TfliteTensor> tensors = new ArrayList<>();
    private final List<Operator> operators = new ArrayList<>();
    private final List<Integer> inputs = new ArrayList<>();
    private final List<Integer> outputs = new ArrayList<>();
    private final Map<Constant, Integer> constants = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    /** Keeps a name for the tensor that must have it. */
    void reserve(String name) {
        taken.add(name);
    }

    String unique(String wanted) {
        String name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }

    /** A value that an operator or the caller gives. */
    int tensor(String name, DataType type, long[] dims, @Nullable TfliteScales scales) {
        tensors.add(new TfliteTensor(tensors.size(), name, type, dims, null, scales, false, false));
        return tensors.size() - 1;
    }

    /** A constant; the same content with the same scales is there once. */
    int constant(Tensor content, @Nullable TfliteScales scales) {
        var key = new Constant(
                content.withName(""),
                scales == null ? List.of() : floats(scales.scales()),
                scales == null
                        ? List.of()
                        : java.util.Arrays.stream(scales.zeroPoints()).boxed().toList(),
                scales == null ? 0 : scales.axis());
        return constants.computeIfAbsent(key, _ -> {
            MemorySegment data = content.data();
            tensors.add(new TfliteTensor(
                    tensors.size(),
                    unique(content.name().isEmpty() ? "constant" : content.name()),
                    content.type(),
                    content.dims(),
                    data,
                    scales,
                    false,
                    false));
            return tensors.size() - 1;
        });
    }

    /** Integers that an operator takes as a tensor of 32 bits: a shape, axes, paddings. */
    int ints(String name, long[] dims, long... values) {
        int[] narrow = new int[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = Math.toIntExact(values[i]);
        }
        return constant(Tensor.ofInts(name, dims, narrow), null);
    }

    private static List<Float> floats(float[] values) {
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    void operator(String name, TfliteOptions options, List<Integer> inputs, List<Integer> outputs) {
        operators.add(new Operator(name, options, inputs, outputs));
    }

    /** Has {@code to} be the elements of {@code from} in its own dimensions. */
    void reshape(int from, int to) {
        long[] dims = tensors.get(to).dims();
        // of a scalar the list would be empty, which is as good as none
        List<Integer> read =
                dims.length == 0 ? List.of(from) : List.of(from, ints("shape", new long[] {dims.length}, dims));
        operator("RESHAPE", TfliteOptions.NONE, read, List.of(to));
    }

    void input(int tensor) {
        inputs.add(tensor);
    }

    void output(int tensor) {
        outputs.add(tensor);
    }

    /** Whether the tensor may take another name: an end has the one that it must have. */
    boolean isInner(int tensor) {
        return tensors.get(tensor).data() == null && !inputs.contains(tensor) && !outputs.contains(tensor);
    }

    void rename(int tensor, String name) {
        TfliteTensor old = tensors.get(tensor);
        tensors.set(
                tensor, new TfliteTensor(tensor, name, old.type(), old.dims(), old.data(), old.scales(), false, false));
    }

    TfliteTensor tensor(int index) {
        return tensors.get(index);
    }

    List<TfliteTensor> tensors() {
        return tensors;
    }

    List<Operator> operators() {
        return operators;
    }

    List<Integer> inputs() {
        return inputs;
    }

    List<Integer> outputs() {
        return outputs;
    }
}
