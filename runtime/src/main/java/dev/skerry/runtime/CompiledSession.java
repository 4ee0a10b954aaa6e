package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model whose generated C was compiled for this machine, under the names, types and sizes of the model. */
final class CompiledSession implements Session {
    private final CompiledLibrary library;
    private final String name;
    private final List<ValueInfo> inputs;
    private final List<ValueInfo> outputs;
    private final Map<String, long[]> dims;
    private final InputCheck check;
    private final CompiledBinding own;

    private CompiledSession(
            CompiledLibrary library,
            String name,
            List<ValueInfo> inputs,
            List<ValueInfo> outputs,
            Map<String, long[]> dims) {
        this.library = library;
        this.name = name;
        this.inputs = inputs;
        this.outputs = outputs;
        this.dims = dims;
        check = new InputCheck(name, inputs);
        own = bound();
    }

    /**
     * @param digest of the model's file, which the code must have been made from
     * @param pinned sizes of its open dimensions
     */
    static CompiledSession open(
            CompiledLibrary library, String name, Model model, String digest, Map<String, Long> pinned) {
        try (CompiledCode code = CompiledCode.load(library, name)) {
            if (!code.model().equals(digest)) {
                throw Problem.gate("runtime.digest", "the compiled code was made from another model")
                        .at(name)
                        .because("it was made from " + code.model() + ", and this is " + digest)
                        .attempt("packing again")
                        .toException();
            }
        }
        Types types = ShapeInference.infer(model, pinned);
        var dims = new LinkedHashMap<String, long[]>();
        for (List<ValueInfo> ends :
                List.of(model.graph().dataInputs(), model.graph().outputs())) {
            ends.forEach(end -> dims.put(end.name(), sizes(types, end.name(), name)));
        }
        return new CompiledSession(
                library, name, model.graph().dataInputs(), model.graph().outputs(), dims);
    }

    private static long[] sizes(Types types, String value, String name) {
        return types.tensor(value)
                .flatMap(type -> Optional.ofNullable(type.shape()))
                .filter(shape -> shape.isStatic())
                .orElseThrow(() -> Problem.usage("runtime.load", "the size of a value isn't known")
                        .at(name + ", " + value)
                        .attempt("--dim NAME=SIZE for the dimensions that are open")
                        .toException())
                .sizes();
    }

    private CompiledBinding bound() {
        return CompiledBinding.of(CompiledCode.load(library, name), name, inputs, outputs, dims);
    }

    @Override
    public List<ValueInfo> inputs() {
        return inputs;
    }

    @Override
    public List<ValueInfo> outputs() {
        return outputs;
    }

    @Override
    public Map<String, Tensor> infer(Map<String, Tensor> given) {
        requireSizes(check.tensors(given));
        given.forEach((input, tensor) -> own.input(input).copyFrom(tensor.data()));
        own.run();
        var results = new LinkedHashMap<String, Tensor>();
        for (ValueInfo output : outputs) {
            results.put(
                    output.name(),
                    Tensor.of(
                            output.name(),
                            type(output),
                            dims.getOrDefault(output.name(), new long[0]),
                            MemorySegment.ofArray(own.output(output.name()).toArray(ValueLayout.JAVA_BYTE))));
        }
        return results;
    }

    static DataType type(ValueInfo end) {
        if (end.type() instanceof ValueType.OfTensor(DataType element, var _)) {
            return element;
        }
        throw new IllegalStateException(end.name() + " is no tensor");
    }

    @Override
    public Binding bind(Map<String, long[]> inputDims) {
        check.names(inputDims.keySet());
        requireSizes(inputDims);
        return bound();
    }

    private void requireSizes(Map<String, long[]> given) {
        check.dims(given);
        given.forEach((input, found) -> {
            long[] wanted = dims.getOrDefault(input, new long[0]);
            if (!Arrays.equals(found, wanted)) {
                throw Problem.usage("runtime.input", "the code was compiled for other sizes")
                        .at(name + ", input " + input)
                        .because("expected " + Arrays.toString(wanted) + ", found " + Arrays.toString(found))
                        .toException();
            }
        });
    }

    /** Empty: all is one function. */
    @Override
    public List<NodePlacement> placement() {
        return List.of();
    }

    @Override
    public void close() {
        own.close();
    }
}
