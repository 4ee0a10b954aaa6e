package dev.skerry.runtime.spi;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import java.nio.file.Path;

/** One runtime: its name, whether it can work here, and sessions of it. */
public interface RuntimeProvider {
    /** Short and stable: {@code onnxruntime}. */
    String name();

    /** The format that it loads without conversion. */
    default ModelFormat format() {
        return ModelFormat.ONNX;
    }

    /** Whether it can work on this machine, and with what. Never throws. */
    Availability probe();

    /**
     * Loads an ONNX file.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code runtime.load} where the model can't be loaded, or
     *     {@code runtime.plugin} where a plugin can't
     */
    Session open(Path model, SessionOptions options);

    /**
     * Loads an ONNX model from the content of its file.
     *
     * @param name how messages call it
     * @throws dev.skerry.problem.ProblemException as {@link #open(Path, SessionOptions)}
     */
    Session open(byte[] onnx, String name, SessionOptions options);

    /**
     * Loads a model that was made or changed in memory.
     *
     * @throws dev.skerry.problem.ProblemException as {@link #open(Path, SessionOptions)}
     */
    default Session open(Model model, SessionOptions options) {
        String name = model.graph().name();
        return open(ModelFile.bytes(model), name.isEmpty() ? "model" : name, options);
    }
}
