package dev.skerry.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.skerry.model.DataType;
import dev.skerry.model.Extras;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A session of ONNX Runtime. */
final class OnnxSession implements Session {
    private final String model;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final OrtSession.RunOptions runOptions;
    private final OnnxProfile profile;
    private final List<ValueInfo> inputs;
    private final List<ValueInfo> outputs;
    private final InputCheck check;
    private List<NodePlacement> placement = List.of();
    private boolean profiling;

    OnnxSession(String model, OrtEnvironment environment, OrtSession session, OnnxProfile profile) throws OrtException {
        this.model = model;
        this.environment = environment;
        this.session = session;
        this.profile = profile;
        this.profiling = profile.isOn();
        this.runOptions = new OrtSession.RunOptions();
        runOptions.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        this.inputs = values(session.getInputNames(), session::getInputInfo);
        this.outputs = values(session.getOutputNames(), session::getOutputInfo);
        this.check = new InputCheck(model, inputs);
    }

    private interface Infos {
        Map<String, NodeInfo> get() throws OrtException;
    }

    /** Where one value has a type that the API can't describe, it describes none; then only the names are known. */
    private static List<ValueInfo> values(Set<String> names, Infos infos) {
        try {
            return infos.get().values().stream().map(OnnxTypes::value).toList();
        } catch (OrtException undescribed) {
            return names.stream()
                    .map(name -> new ValueInfo(name, null, "", Map.of(), Extras.NONE))
                    .toList();
        }
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
        check.dims(check.tensors(given));
        var values = new LinkedHashMap<String, OnnxTensor>();
        try (Arena arena = Arena.ofConfined()) {
            for (Map.Entry<String, Tensor> input : given.entrySet()) {
                values.put(input.getKey(), value(input.getKey(), input.getValue(), arena));
            }
            try (OrtSession.Result result = session.run(values, session.getOutputNames(), runOptions)) {
                return read(result);
            }
        } catch (OrtException failure) {
            throw OnnxProblems.run(model, failure).toException();
        } finally {
            OnnxValue.close(values);
        }
    }

    private OnnxTensor value(String name, Tensor tensor, Arena arena) throws OrtException {
        if (tensor.type() == DataType.STRING) {
            return OnnxTensor.createTensor(environment, tensor.strings().toArray(String[]::new), tensor.dims());
        }
        MemorySegment memory = memory(arena, tensor.type(), tensor.dims());
        memory.copyFrom(tensor.data());
        return tensor(name, tensor.type(), tensor.dims(), memory);
    }

    /** Direct memory for a tensor, zero at first; never at address null, even without elements. */
    static MemorySegment memory(Arena arena, DataType type, long[] dims) {
        long bytes = type.bytes(dev.skerry.model.Shape.of(dims).elements().orElseThrow());
        return arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
    }

    /** A tensor over direct memory, which must outlive it. */
    OnnxTensor tensor(String name, DataType type, long[] dims, MemorySegment memory) throws OrtException {
        OnnxJavaType carrier = OnnxTypes.carrier(type)
                .filter(carried -> carried != OnnxJavaType.STRING)
                .orElseThrow(() -> cannotCarry(name, type).toException());
        return OnnxTensor.createTensor(environment, memory.asByteBuffer(), dims, carrier);
    }

    Problem cannotCarry(String name, DataType type) {
        return Problem.usage("runtime.type", "ONNX Runtime's Java interface can't carry " + type.label())
                .at(model + ", " + name)
                .attempt("a Cast node beside this input or output, to a type such as float32, int8, uint8 or int32");
    }

    private Map<String, Tensor> read(OrtSession.Result result) throws OrtException {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (Map.Entry<String, OnnxValue> output : result) {
            read(output.getKey(), output.getValue(), tensors);
        }
        return tensors;
    }

    private void read(String name, OnnxValue value, Map<String, Tensor> into) throws OrtException {
        switch (value) {
            case OnnxTensor tensor -> into.put(name, OnnxValues.tensor(name, tensor, this));
            case OnnxSequence sequence -> {
                List<? extends OnnxValue> elements = sequence.getValue();
                try {
                    for (int i = 0; i < elements.size(); i++) {
                        read(name + "[" + i + "]", elements.get(i), into);
                    }
                } finally {
                    OnnxValue.close(elements);
                }
            }
            case OnnxMap map -> OnnxValues.map(name, map, into);
            default ->
                throw Problem.usage("runtime.type", "an output of a kind that can't be read: " + value.getType())
                        .at(model + ", " + name)
                        .attempt("a model whose outputs are dense tensors")
                        .toException();
        }
    }

    @Override
    public Binding bind(Map<String, long[]> inputDims) {
        check.names(inputDims.keySet());
        check.dims(inputDims);
        return OnnxBinding.of(this, inputDims);
    }

    InputCheck check() {
        return check;
    }

    String model() {
        return model;
    }

    OrtSession session() {
        return session;
    }

    OrtSession.RunOptions runOptions() {
        return runOptions;
    }

    @Override
    public List<NodePlacement> placement() {
        if (profiling) {
            profiling = false;
            try {
                placement = OnnxProfile.parse(Files.readAllBytes(Path.of(session.endProfiling())));
            } catch (OrtException failure) {
                throw OnnxProblems.run(model, failure).toException();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
        return placement;
    }

    @Override
    public void close() {
        runOptions.close();
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(model + ": ONNX Runtime fails to close", failure);
        } finally {
            profile.delete();
        }
    }
}
