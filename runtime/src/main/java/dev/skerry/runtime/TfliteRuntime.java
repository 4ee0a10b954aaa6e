package dev.skerry.runtime;

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
import java.util.Map;

/**
 * TensorFlow Lite by its C API, with the XNNPACK delegate; without it where the options ask for no optimization. A
 * {@code .tflite} file is loaded as it is; an ONNX model is written as one first, and refused where that can't be.
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
            return new Availability.Present(
                    TfliteLibrary.text(TfliteLibrary.pointer(TfliteLibrary.get().version)), List.of("XNNPACK"));
        } catch (ProblemException missing) {
            return new Availability.Missing(missing.problem());
        }
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        // reading checks every offset of a file before native code follows it
        Model read = ModelFile.read(model);
        try {
            byte[] content = Files.readAllBytes(model);
            return open(ModelFile.isTflite(content) ? content : tflite(read), model.toString(), options, read);
        } catch (IOException gone) {
            throw Problem.usage("runtime.load", "it can't be read")
                    .at(model.toString())
                    .because(String.valueOf(gone.getMessage()))
                    .toException();
        }
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        Model read = ModelFile.parse(content);
        return open(ModelFile.isTflite(content) ? content : tflite(read), name, options, read);
    }

    private static byte[] tflite(Model onnx) {
        return ModelFile.tfliteBytes(onnx, Map.of());
    }

    private static Session open(byte[] tflite, String name, SessionOptions options, Model declared) {
        if (!options.plugins().isEmpty()) {
            throw Problem.usage("runtime.plugin", "TensorFlow Lite takes no plugins of ONNX Runtime")
                    .at(name)
                    .toException();
        }
        return TfliteSession.open(TfliteLibrary.get(), tflite, name, options, declared.graph());
    }
}
