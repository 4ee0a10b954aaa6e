package dev.skerry.runtime;

import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An interpreter whose own tensors are written and read, so that nothing is copied. */
final class TfliteBinding implements Binding {
    private final TfliteSession session;
    private final Map<String, MemorySegment> inputs = new LinkedHashMap<>();
    private final Map<String, MemorySegment> outputs = new LinkedHashMap<>();
    private final Map<String, long[]> outputDims = new LinkedHashMap<>();

    /** @param session with its sizes settled; closed with this */
    TfliteBinding(TfliteSession session) {
        this.session = session;
        List<ValueInfo> given = session.inputs();
        for (int i = 0; i < given.size(); i++) {
            inputs.put(given.get(i).name(), session.memory(session.input(i)));
        }
        List<ValueInfo> made = session.outputs();
        for (int i = 0; i < made.size(); i++) {
            outputs.put(made.get(i).name(), session.memory(session.output(i)));
            outputDims.put(made.get(i).name(), session.dims(session.output(i)));
        }
    }

    @Override
    public MemorySegment input(String name) {
        return segment(name, inputs);
    }

    @Override
    public MemorySegment output(String name) {
        return segment(name, outputs);
    }

    private static MemorySegment segment(String name, Map<String, MemorySegment> memory) {
        MemorySegment segment = memory.get(name);
        if (segment == null) {
            throw new IllegalArgumentException("no " + name + " here, but " + memory.keySet());
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
        session.run();
    }

    @Override
    public void close() {
        session.close();
    }
}
