package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.List;
import java.util.Map;

/** Small graphs for tests, and how they run. */
final class Nets {
    static final OnnxRuntime RUNTIME = new OnnxRuntime();
    static final Sessions SESSIONS = new Sessions(RUNTIME, Map.of(), Map.of());

    /** Eight bits that don't saturate on the machine that tests. */
    static final ActivationScheme SCHEME =
            DeviceProbe.probe().saturatesInt8() ? ActivationScheme.U8S8_REDUCED : ActivationScheme.U8S8;

    private Nets() {}

    /** A graph from {@code x} to {@code y}, both float. */
    static Model net(long opset, long[] x, long[] y, List<Tensor> weights, Node... nodes) {
        Graph graph = Graph.of(
                "net",
                List.of(nodes),
                weights,
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(x))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(y))));
        return Model.of(graph, opset);
    }

    /** All outputs of a model for one sample. */
    static Map<String, Tensor> run(Model model, Sample sample) {
        try (Sessions.Open session = SESSIONS.open(model, "test")) {
            return session.infer(sample);
        }
    }

    /** The same with arithmetic as the model says, whatever this machine's kernels do. */
    static Map<String, Tensor> runLiterally(Model model, Sample sample) {
        try (Sessions.Open session = SESSIONS.literal().open(model, "test")) {
            return session.infer(sample);
        }
    }

    /** Operators of the optimized graph, as ONNX Runtime's profile names them. */
    static List<String> optimizedOps(Model model, Sample sample) {
        try (Session session = RUNTIME.open(
                dev.skerry.model.ModelFile.bytes(model), "test", SessionOptions.DEFAULT.withProfile(true))) {
            session.infer(sample.inputs());
            return session.placement().stream().map(placement -> placement.op()).toList();
        }
    }

    static Model prepared(Model model) {
        return switch (Passes.prepare(model)) {
            case Preparation.Ready(Model ready) -> ready;
            case Preparation.Obstacle(var problem) -> throw problem.toException();
        };
    }
}
