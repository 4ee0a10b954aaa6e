package dev.skerry.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.skerry.model.DataType;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Inputs and outputs of ONNX Runtime over memory of ours: inputs are made once, outputs are pinned, run options are reused. One
 * run still costs some 500 bytes of garbage inside the Java API.
 */
final class OnnxBinding implements Binding {
    private final OnnxSession owner;
    private final OrtSession session;
    private final OrtSession.RunOptions runOptions;
    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment> inputMemory = new LinkedHashMap<>();
    private final Map<String, MemorySegment> outputMemory = new LinkedHashMap<>();
    private final Map<String, OnnxTensorLike> inputs = new LinkedHashMap<>();
    private final Map<String, OnnxValue> outputs = new LinkedHashMap<>();
    private final Map<String, long[]> outputDims = new LinkedHashMap<>();

    private OnnxBinding(OnnxSession owner) {
        this.owner = owner;
        this.session = owner.session();
        this.runOptions = owner.runOptions();
    }

    static OnnxBinding of(OnnxSession owner, Map<String, long[]> inputDims) {
        var binding = new OnnxBinding(owner);
        boolean bound = false;
        try {
            binding.bindInputs(inputDims);
            binding.bindOutputs();
            bound = true;
            return binding;
        } catch (OrtException failure) {
            throw OnnxProblems.run(owner.model(), failure).toException();
        } finally {
            if (!bound) {
                binding.close();
            }
        }
    }

    private void bindInputs(Map<String, long[]> dims) throws OrtException {
        for (Map.Entry<String, long[]> input : dims.entrySet()) {
            String name = input.getKey();
            DataType type = owner.check().tensor(name).element();
            if (type == DataType.STRING) {
                throw owner.cannotCarry(name, type).toException();
            }
            MemorySegment segment = OnnxSession.memory(arena, type, input.getValue());
            inputs.put(name, owner.tensor(name, type, input.getValue(), segment));
            inputMemory.put(name, segment);
        }
    }

    /** The runtime says what the outputs are in a first run, on zeros; declared shapes of models in the wild aren't to be relied on. */
    private void bindOutputs() throws OrtException {
        try (OrtSession.Result trial = session.run(inputs, session.getOutputNames(), runOptions)) {
            for (Map.Entry<String, OnnxValue> output : trial) {
                String name = output.getKey();
                if (!(output.getValue() instanceof OnnxTensor tensor)) {
                    throw Problem.usage("runtime.type", "an output that is no tensor can't be bound")
                            .at(owner.model() + ", " + name)
                            .attempt("infer instead of a binding")
                            .toException();
                }
                TensorInfo info = tensor.getInfo();
                DataType type = OnnxTypes.element(info.onnxType)
                        .filter(element -> element != DataType.STRING)
                        .orElseThrow(() -> Problem.usage("runtime.type", "an output of this type can't be bound")
                                .at(owner.model() + ", " + name)
                                .attempt("a Cast node before this output")
                                .toException());
                MemorySegment segment = OnnxSession.memory(arena, type, info.getShape());
                outputs.put(name, owner.tensor(name, type, info.getShape(), segment));
                outputDims.put(name, info.getShape());
                outputMemory.put(name, segment);
            }
        }
    }

    @Override
    public MemorySegment input(String name) {
        return segment(name, inputMemory);
    }

    @Override
    public MemorySegment output(String name) {
        return segment(name, outputMemory);
    }

    private MemorySegment segment(String name, Map<String, MemorySegment> memory) {
        MemorySegment segment = memory.get(name);
        if (segment == null) {
            throw new IllegalArgumentException(owner.model() + " has no " + name + " here, but " + memory.keySet());
        }
        return segment;
    }

    @Override
    public Map<String, long[]> outputDims() {
        var copy = new LinkedHashMap<String, long[]>();
        outputDims.forEach((name, dims) -> copy.put(name, dims.clone()));
        return copy;
    }

    @Override
    public void run() {
        try (OrtSession.Result _ = session.run(inputs, Set.of(), outputs, runOptions)) {
            // the outputs are in place; the result holds nothing of its own
        } catch (OrtException failure) {
            throw OnnxProblems.run(owner.model(), failure).toException();
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            inputs.values().forEach(OnnxTensorLike::close);
            outputs.values().forEach(OnnxValue::close);
            arena.close();
        }
    }
}
