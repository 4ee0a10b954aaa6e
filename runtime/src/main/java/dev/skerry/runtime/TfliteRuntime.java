package dev.skerry.runtime;

import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * TensorFlow Lite by its C API, with the XNNPACK delegate; without it where the options ask for no optimization. A
 * TensorFlow Lite file is checked and loaded as it is, an ONNX model is written as one first. The system property
 * {@code skerry.tflite.library} names a native library to take instead of the one in the jar.
 */
public final class TfliteRuntime implements RuntimeProvider {
    /** Loads nothing yet; the native library is loaded on first use. */
    public TfliteRuntime() {}

    @Override
    public String name() {
        return "tflite";
    }

    @Override
    public ModelFormat format() {
        return ModelFormat.TFLITE;
    }

    @Override
    public Availability probe() {
        try {
            return new Availability.Present(TfliteLibrary.get().version(), List.of("XNNPACK"));
        } catch (ProblemException missing) {
            return new Availability.Missing(missing.problem());
        }
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        String name = model.toString();
        if (!ModelFile.isTflite(model)) {
            return converted(ModelFile.read(model), name, options);
        }
        try {
            return open(Files.readAllBytes(model), name, options);
        } catch (IOException gone) {
            throw Problem.usage("runtime.load", "can't be read")
                    .at(name)
                    .because(String.valueOf(gone.getMessage()))
                    .toException();
        }
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        Model model = ModelFile.parse(content, name);
        return ModelFile.isTflite(content) ? open(content, name, options, model) : converted(model, name, options);
    }

    private static Session converted(Model onnx, String name, SessionOptions options) {
        return open(ModelFile.tfliteBytes(onnx, options.dims()), name, options, onnx);
    }

    /**
     * A session of bytes that native code may follow.
     *
     * @param read what they hold: reading them has checked every offset, type and shape
     */
    private static Session open(byte[] tflite, String name, SessionOptions options, Model read) {
        if (!options.plugins().isEmpty()) {
            throw Problem.usage("runtime.plugin", "TensorFlow Lite takes no plugins of ONNX Runtime")
                    .at(name)
                    .attempt("the runtime onnxruntime for "
                            + options.plugins().getFirst().provider())
                    .toException();
        }
        requireMemory(read, name, options);
        return TfliteSession.open(TfliteLibrary.get(), tflite, name, options, read.graph());
    }

    /** Native code ends the process where it isn't given what it asks for. */
    private static void requireMemory(Model model, String name, SessionOptions options) {
        long needed = Cost.of(model, options.dims()).peakActivationBytes();
        long present = DeviceProbe.probe().memoryBytes();
        if (present > 0 && needed > present) {
            throw Problem.usage("runtime.load", "it is too large for this machine")
                    .at(name)
                    .because("its tensors take " + needed / 1_000_000 + " MB at once, and the machine has "
                            + present / 1_000_000 + " MB")
                    .toException();
        }
    }
}
