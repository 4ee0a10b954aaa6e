package dev.skerry.agent;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.runner.BundleModel;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A target's sessions, and what they take and give.
 *
 * @param version as its makers count; 1 for a bare model
 * @param platform in the words of the protocol, such as {@code onnx_onnxv1}
 * @param runtime that executes it
 * @param sessions one for each instance
 */
record OpenModel(
        String version,
        String platform,
        String runtime,
        List<TensorForm> inputs,
        List<TensorForm> outputs,
        List<Session> sessions) {

    /**
     * Opens as many sessions as there are instances; a bundle's has to reproduce its golden vectors.
     *
     * @throws dev.skerry.problem.ProblemException where it can't be served
     */
    static OpenModel of(Target target, int instances, int threads) {
        return switch (target) {
            case Target.Bare bare -> bare(bare, instances, threads);
            case Target.Packed packed -> packed(packed, instances);
        };
    }

    private static OpenModel bare(Target.Bare bare, int instances, int threads) {
        ModelFormat format = ModelFile.isTflite(bare.file()) ? ModelFormat.TFLITE : ModelFormat.ONNX;
        RuntimeProvider runtime = runtime(format, bare.file());
        var sessions = new ArrayList<Session>();
        return opened(sessions, () -> {
            for (int i = 0; i < instances; i++) {
                sessions.add(runtime.open(bare.file(), SessionOptions.DEFAULT.withThreads(threads)));
            }
            return described(bare.name(), "1", platform(format), runtime.name(), sessions, Set.of(), Map.of());
        });
    }

    /** The one whose own format it is; ONNX Runtime reads the other one too. */
    private static RuntimeProvider runtime(ModelFormat format, Path file) {
        return Runtimes.all().stream()
                .filter(runtime -> runtime.format() == format || isOnnxRuntime(runtime))
                .filter(runtime -> runtime.probe() instanceof Availability.Present)
                .min(Comparator.comparing((RuntimeProvider runtime) -> runtime.format() != format)
                        .thenComparing(runtime -> !isOnnxRuntime(runtime)))
                .orElseThrow(() -> Problem.environment("serve.runtime", "no runtime here takes this model")
                        .at(file.toString())
                        .attempt("skerry doctor, which says what is missing")
                        .toException());
    }

    private static boolean isOnnxRuntime(RuntimeProvider runtime) {
        return runtime.name().equals("onnxruntime");
    }

    private static OpenModel packed(Target.Packed packed, int instances) {
        BundleManifest manifest = packed.bundle().manifest();
        var sessions = new ArrayList<Session>();
        return opened(sessions, () -> {
            for (int i = 0; i < instances; i++) {
                Session session = BundleModel.open(packed.folder(), manifest);
                sessions.add(session);
                BundleModel.checkGolden(session, packed.folder(), manifest);
            }
            return described(
                    packed.name(),
                    manifest.version(),
                    platform(ModelFormat.ONNX),
                    manifest.runtime().runtime(),
                    sessions,
                    Set.copyOf(manifest.state().values()),
                    manifest.dims());
        });
    }

    private interface Opening {
        OpenModel open();
    }

    private static OpenModel opened(List<Session> sessions, Opening opening) {
        boolean open = false;
        try {
            OpenModel model = opening.open();
            open = true;
            return model;
        } finally {
            if (!open) {
                sessions.forEach(Session::close);
            }
        }
    }

    private static OpenModel described(
            String name,
            String version,
            String platform,
            String runtime,
            List<Session> sessions,
            Set<String> state,
            Map<String, Long> dims) {
        Session first = sessions.getFirst();
        return new OpenModel(
                version,
                platform,
                runtime,
                first.inputs().stream()
                        .map(input -> TensorForm.of(pinned(input, dims), state.contains(input.name()), name))
                        .toList(),
                first.outputs().stream()
                        .map(output -> TensorForm.of(pinned(output, dims), false, name))
                        .toList(),
                List.copyOf(sessions));
    }

    private static ValueInfo pinned(ValueInfo value, Map<String, Long> dims) {
        return value.type() instanceof ValueType.OfTensor(var element, var shape) && shape != null
                ? value.withType(new ValueType.OfTensor(element, shape.pin(dims)))
                : value;
    }

    private static String platform(ModelFormat format) {
        return switch (format) {
            case ONNX -> "onnx_onnxv1";
            case TFLITE -> "tensorflow_tflite";
        };
    }
}
