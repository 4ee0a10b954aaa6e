package dev.skerry.project;

import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import java.util.List;
import java.util.Map;

/** A session with state whose every inference begins a recording, so that each input stands for itself. */
record FreshState(StatefulSession session) implements Session {
    @Override
    public List<ValueInfo> inputs() {
        return session.inputs();
    }

    @Override
    public List<ValueInfo> outputs() {
        return session.outputs();
    }

    @Override
    public Map<String, Tensor> infer(Map<String, Tensor> inputs) {
        session.reset();
        return session.infer(inputs);
    }

    @Override
    public Binding bind(Map<String, long[]> inputDims) {
        return session.bind(inputDims);
    }

    @Override
    public List<NodePlacement> placement() {
        return session.placement();
    }

    @Override
    public void close() {
        session.close();
    }
}
