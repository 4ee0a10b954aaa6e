package dev.skerry.project;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.FileContent;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Step;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Makes a project's fallback model ready for its bundle: behind the same pre steps and before the same post steps as the model, with
 * golden vectors of its own, and measured, since a fallback that is late itself is none.
 */
final class FallbackPacking {
    static final String FILE = "fallback.onnx";
    static final String GOLDEN = "fallback-golden.npz";
    private static final int ROUNDS = 20;
    private static final int RUNS = 30;
    /** Of the deadline it may take half: it begins when the model can no longer be waited for. */
    private static final double SHARE = 0.5;

    private final Workbench bench;
    private final LongSupplier nanoTime;

    /**
     * What goes into the bundle.
     *
     * @param content of the fused model
     * @param micros what an inference of it takes here at most, while the machine does nothing else
     */
    record Ready(BundleManifest.FallbackModel entry, FileContent content, FileContent golden, long micros) {}

    FallbackPacking(Workbench bench, LongSupplier nanoTime) {
        this.bench = bench;
        this.nanoTime = nanoTime;
    }

    /**
     * Reads, fuses, checks and measures it; none where the project declares none.
     *
     * @throws dev.skerry.problem.ProblemException {@code fallback.late} where it takes too long, {@code fallback.output} where its
     *     decisions have another form than the model's, or what is wrong with the model
     */
    Optional<Ready> pack(Model fused) {
        Fallback fallback = bench.pipeline().fallback();
        String name = fallback == null ? null : fallback.model();
        if (name == null) {
            return Optional.empty();
        }
        Path file = bench.config().folder().root().resolve(name);
        Model core = ModelFile.read(file);
        ModelCheck.check(core);
        Model second = bench.fuse(core);
        requireSameForm(fused, second, name);
        Map<String, String> state = state(core, name);
        SessionOptions options = SessionOptions.DEFAULT;
        Session meant =
                session("fallback-meant", second, options.withOptimization(SessionOptions.Optimization.NONE), state);
        Session actual = session("fallback-actual", second, options, state);
        boolean detections = bench.pipeline().post().stream().anyMatch(Step.Nms.class::isInstance);
        GoldenMaker.Golden golden = state.isEmpty()
                ? GoldenMaker.make(bench.frames(), meant, actual, core, detections)
                : GoldenMaker.make(
                        bench.frames(),
                        new FreshState((StatefulSession) meant),
                        new FreshState((StatefulSession) actual),
                        core,
                        detections);
        long micros = micros(actual);
        requireFit(name, micros);
        var entry = new BundleManifest.FallbackModel(
                FILE,
                new BundleManifest.Golden(GOLDEN, golden.tolerance()),
                new BundleManifest.RuntimeChoice(bench.runtime().name(), "cpu", 1, "as given"),
                new TreeMap<>(state));
        return Optional.of(new Ready(
                entry,
                FileContent.of(ModelFile.bytes(second)),
                FileContent.of(golden.vectors().toBytes()),
                micros));
    }

    private Session session(String name, Model model, SessionOptions options, Map<String, String> state) {
        Session session =
                bench.open(name, model, options.withDims(bench.config().dims()));
        return state.isEmpty()
                ? session
                : StatefulSession.of(session, state, bench.config().dims());
    }

    /** Those of the project's states that this model has too. */
    private Map<String, String> state(Model core, String name) {
        List<String> outputs =
                core.graph().outputs().stream().map(ValueInfo::name).toList();
        List<String> inputs =
                core.graph().dataInputs().stream().map(ValueInfo::name).toList();
        var state = new LinkedHashMap<String, String>();
        bench.config().stateOutputToInput().forEach((output, input) -> {
            boolean half = outputs.contains(output) != inputs.contains(input);
            if (half) {
                throw Problem.usage("fallback.state", "the fallback model has one end of a state and not the other")
                        .at(name)
                        .because("the project's state goes from " + output + " to " + input)
                        .attempt("both of these names in the fallback model, or none")
                        .toException();
            }
            if (outputs.contains(output)) {
                state.put(output, input);
            }
        });
        return state;
    }

    /** Who acts on decisions must not find another kind of them once the fallback model answers. */
    private static void requireSameForm(Model fused, Model second, String name) {
        List<String> wanted = names(fused);
        List<String> found = names(second);
        if (!found.equals(wanted)) {
            throw Problem.usage("fallback.output", "the fallback model's decisions have another form than the model's")
                    .at(name)
                    .because("its outputs are " + found + ", the model's " + wanted)
                    .attempt("a fallback model with the same outputs")
                    .toException();
        }
    }

    private static List<String> names(Model model) {
        return model.graph().outputs().stream().map(ValueInfo::name).sorted().toList();
    }

    /** The longest of some inferences in a row, in the best of some rounds: the others tell of the machine's other work. */
    private long micros(Session session) {
        Map<String, Tensor> inputs = bench.frames().iterator().next().inputs();
        var dims = new LinkedHashMap<String, long[]>();
        inputs.forEach((name, tensor) -> dims.put(name, tensor.dims()));
        long best = Long.MAX_VALUE;
        try (Binding binding = session.bind(dims)) {
            inputs.forEach(
                    (name, tensor) -> MemorySegment.copy(tensor.data(), 0, binding.input(name), 0, tensor.byteSize()));
            for (int round = 0; round < ROUNDS; round++) {
                long longest = 0;
                for (int i = 0; i < RUNS; i++) {
                    long begin = nanoTime.getAsLong();
                    binding.run();
                    longest = Math.max(longest, nanoTime.getAsLong() - begin);
                }
                best = Math.min(best, longest);
            }
        }
        return Math.round(best / 1e3);
    }

    private void requireFit(String name, long micros) {
        double allowed = SHARE * bench.config().budget().latencyNanos() / 1e3;
        if (micros > allowed) {
            throw Problem.gate("fallback.late", "the fallback model takes too long to stand in for the model")
                    .at(name)
                    .because("it takes " + micros / 1e3 + " ms, and may take half of the "
                            + bench.config().budget().latencyNanos() / 1e6 + " ms that a decision has")
                    .attempt("a smaller fallback model")
                    .attempt("a longer budget.latency")
                    .attempt("fallback.last-good instead of a model")
                    .toException();
        }
    }
}
