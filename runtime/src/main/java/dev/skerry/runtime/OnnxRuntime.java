package dev.skerry.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * ONNX Runtime by its official Java API. On the CPU provider, or on execution providers that are loaded as plugin libraries by
 * their paths; a node runs on the CPU beside plugins only where the options allow it. A TensorFlow Lite file is converted to
 * ONNX first. The system property
 * {@code onnxruntime.native.path} names a folder with the native libraries, which else are unpacked at each start.
 */
public final class OnnxRuntime implements RuntimeProvider {
    private static final String SPINNING = "session.intra_op.allow_spinning";
    private static final String NO_CPU_FALLBACK = "session.disable_cpu_ep_fallback";

    /** Loads nothing yet; the native library is loaded on first use. */
    public OnnxRuntime() {}

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public Availability probe() {
        try {
            OrtEnvironment environment = environment();
            List<String> providers = environment.getEpDevices().stream()
                    .map(OrtEpDevice::getEpName)
                    .distinct()
                    .toList();
            return new Availability.Present(environment.getVersion(), providers);
        } catch (OrtException failure) {
            return new Availability.Missing(missing(failure));
        } catch (LinkageError failure) {
            return new Availability.Missing(missing(failure));
        }
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        if (!Files.isReadable(model)) {
            throw Problem.usage("runtime.load", Files.exists(model) ? "can't be read" : "no such model file")
                    .at(model.toString())
                    .toException();
        }
        if (ModelFile.isTflite(model)) {
            return open(ModelFile.bytes(ModelFile.read(model)), model.toString(), options);
        }
        return open(
                model.toString(),
                options,
                (environment, settings) -> environment.createSession(model.toString(), settings));
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        byte[] onnx = ModelFile.isTflite(content) ? ModelFile.bytes(ModelFile.parse(content, name)) : content;
        return open(name, options, (environment, settings) -> environment.createSession(onnx, settings));
    }

    private interface Loader {
        OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions settings) throws OrtException;
    }

    private static Session open(String model, SessionOptions options, Loader loader) {
        OrtEnvironment environment;
        try {
            environment = environment();
        } catch (LinkageError failure) {
            throw missing(failure).toException();
        }
        try (var settings = new OrtSession.SessionOptions()) {
            settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            settings.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            settings.setIntraOpNumThreads(options.threads());
            settings.setInterOpNumThreads(1);
            settings.addConfigEntry(SPINNING, "0");
            settings.setOptimizationLevel(
                    switch (options.optimization()) {
                        case NONE -> OrtSession.SessionOptions.OptLevel.NO_OPT;
                        case BASIC -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
                        case EXTENDED -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
                        case ALL -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
                    });
            for (SessionOptions.Plugin plugin : options.plugins()) {
                settings.addExecutionProvider(devices(environment, plugin), plugin.options());
            }
            if (!options.plugins().isEmpty() && !options.cpuFallback()) {
                settings.addConfigEntry(NO_CPU_FALLBACK, "1");
            }
            OnnxProfile profile = options.profile() ? OnnxProfile.inTemporaryFolder() : OnnxProfile.OFF;
            try {
                if (options.profile()) {
                    settings.enableProfiling(profile.prefix());
                }
                return new OnnxSession(model, environment, loader.load(environment, settings), profile);
            } catch (OrtException failure) {
                profile.delete();
                throw failure;
            }
        } catch (OrtException failure) {
            throw OnnxProblems.load(model, failure).toException();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** One per process, by ONNX Runtime's design; what it would log reaches the caller as a problem instead. */
    private static OrtEnvironment environment() {
        OnnxTelemetry.optOut();
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "skerry");
    }

    private static List<OrtEpDevice> devices(OrtEnvironment environment, SessionOptions.Plugin plugin)
            throws OrtException {
        Path library = plugin.library().toAbsolutePath().normalize();
        var problem = Problem.environment("runtime.plugin", "can't use the execution provider " + plugin.provider())
                .at(library.toString());
        if (!Files.isReadable(library)) {
            throw problem.because("no such library").toException();
        }
        List<OrtEpDevice> known = environment.getEpDevices();
        try {
            environment.registerExecutionProviderLibrary(library.toString(), library.toString());
        } catch (OrtException failure) {
            String cause = OnnxProblems.essential(OnnxProblems.text(failure));
            // the environment outlives sessions, so a second session finds the library in it
            if (!cause.contains("already registered")) {
                throw problem.because(cause)
                        .attempt("a plugin library built for ONNX Runtime " + environment.getVersion())
                        .toException();
            }
        }
        List<OrtEpDevice> devices = environment.getEpDevices();
        List<OrtEpDevice> wanted = devices.stream()
                .filter(device -> device.getEpName().equals(plugin.provider()))
                .toList();
        if (wanted.isEmpty()) {
            List<String> names =
                    devices.stream().map(OrtEpDevice::getEpName).distinct().toList();
            var none = problem.because(
                    devices.size() == known.size()
                            ? "the library found no device for it; known are " + String.join(", ", names)
                            : "known are " + String.join(", ", names));
            throw Suggestion.nearest(plugin.provider(), names)
                    .map(near -> none.attempt("the provider " + near))
                    .orElse(none)
                    .toException();
        }
        return wanted;
    }

    private static Problem missing(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return Problem.environment("runtime.missing", "ONNX Runtime's native library doesn't load")
                .at(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .because(OnnxProblems.text(root))
                .attempt("a system with glibc 2.28 or newer on x86-64 or arm64")
                .attempt(
                        "-Donnxruntime.native.path with a folder that holds libonnxruntime.so and libonnxruntime4j_jni.so");
    }
}
