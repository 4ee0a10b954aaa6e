package dev.skerry.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.ProviderDevice;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
                model,
                (environment, settings) -> environment.createSession(model.toString(), settings));
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        byte[] onnx = ModelFile.isTflite(content) ? ModelFile.bytes(ModelFile.parse(content, name)) : content;
        return open(name, options, null, (environment, settings) -> environment.createSession(onnx, settings));
    }

    @Override
    public boolean takesPlugins() {
        return true;
    }

    @Override
    public List<ProviderDevice> devices(SessionOptions.Plugin plugin) {
        try {
            return OnnxProviders.devices(environment(), plugin).stream()
                    .map(OnnxProviders::described)
                    .toList();
        } catch (OrtException failure) {
            throw missing(failure).toException();
        } catch (LinkageError failure) {
            throw missing(failure).toException();
        }
    }

    interface Loader {
        OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions settings) throws OrtException;
    }

    /** @param onnx the model's file; null where it is in memory only, and nothing can be compiled ahead */
    private static Session open(String model, SessionOptions options, @Nullable Path onnx, Loader loader) {
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
                OnnxProviders.add(environment, settings, plugin);
            }
            if (!options.plugins().isEmpty() && !options.cpuFallback()) {
                settings.addConfigEntry(NO_CPU_FALLBACK, "1");
            }
            Loader compiled = options.contexts() == null || options.plugins().isEmpty()
                    ? loader
                    : OnnxContexts.in(options.contexts()).compiled(model, environment, settings, options, onnx);
            OnnxProfile profile = options.profile() ? OnnxProfile.inTemporaryFolder() : OnnxProfile.OFF;
            try {
                if (options.profile()) {
                    settings.enableProfiling(profile.prefix());
                }
                return new OnnxSession(model, environment, compiled.load(environment, settings), profile);
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
