package dev.skerry.runtime;

import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtUtil;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Copies outputs of ONNX Runtime into tensors of ours. */
final class OnnxValues {
    private OnnxValues() {}

    static Tensor tensor(String name, OnnxTensor value, OnnxSession session) throws OrtException {
        DataType type = OnnxTypes.element(value.getInfo().onnxType)
                .orElseThrow(() -> Problem.usage(
                                "runtime.type", "ONNX Runtime's Java interface can't read the type of this output")
                        .at(session.model() + ", " + name)
                        .because("it has no 4-bit and no newer types")
                        .attempt("a Cast node before this output, to a type such as float32, int8 or uint8")
                        .toException());
        long[] dims = value.getInfo().getShape();
        if (type == DataType.STRING) {
            return Tensor.ofStrings(name, dims, strings(value.getValue()));
        }
        long bytes = type.bytes(dev.skerry.model.Shape.of(dims).elements().orElseThrow());
        // a tensor without elements may have no memory to ask for
        MemorySegment content = bytes == 0
                ? MemorySegment.ofArray(new byte[0])
                : MemorySegment.ofArray(value.getByteBuffer().array());
        return Tensor.of(name, type, dims, content);
    }

    private static List<String> strings(Object value) {
        return value instanceof String scalar ? List.of(scalar) : List.of(OrtUtil.flattenString(value));
    }

    /** A map becomes two vectors, {@code name.keys} and {@code name.values}, in the order of the runtime. */
    static void map(String name, OnnxMap value, Map<String, Tensor> into) throws OrtException {
        Map<?, ?> entries = value.getValue();
        into.put(name + ".keys", vector(name + ".keys", new ArrayList<>(entries.keySet())));
        into.put(name + ".values", vector(name + ".values", new ArrayList<>(entries.values())));
    }

    private static Tensor vector(String name, List<?> elements) {
        long[] dims = {elements.size()};
        if (!elements.isEmpty() && elements.getFirst() instanceof String) {
            return Tensor.ofStrings(
                    name, dims, elements.stream().map(String::valueOf).toList());
        }
        if (!elements.isEmpty() && elements.getFirst() instanceof Long) {
            return Tensor.ofLongs(
                    name, dims, elements.stream().mapToLong(e -> (Long) e).toArray());
        }
        float[] values = new float[elements.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((Number) elements.get(i)).floatValue();
        }
        return Tensor.ofFloats(name, dims, values);
    }
}
