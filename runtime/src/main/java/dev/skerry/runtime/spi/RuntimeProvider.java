package dev.skerry.runtime.spi;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.List;

/** One runtime: its name, whether it can work here, and sessions of it. */
public interface RuntimeProvider {
    /** Short and stable: {@code onnxruntime}, {@code tflite}, {@code compiled-c}. */
    String name();

    /** The format that it loads without conversion. */
    default ModelFormat format() {
        return ModelFormat.ONNX;
    }

    /** The most threads that it can use for an inference. */
    default int mostThreads() {
        return Integer.MAX_VALUE;
    }

    /** Whether it takes execution providers ({@link SessionOptions#plugins}). */
    default boolean takesPlugins() {
        return false;
    }

    /**
     * What an execution provider finds on this machine.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code runtime.plugin} where it can't be used
     */
    default List<ProviderDevice> devices(SessionOptions.Plugin plugin) {
        throw Problem.usage("runtime.plugin", name() + " takes no execution providers")
                .at(plugin.provider())
                .attempt("the runtime onnxruntime")
                .toException();
    }

    /** Whether it can work on this machine, and with what. Never throws. */
    Availability probe();

    /**
     * Loads an ONNX or TensorFlow Lite file. A runtime of one of the formats converts the other one first; inputs and outputs
     * keep their names, types and layouts.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code runtime.load} where the model can't be loaded,
     *     {@code runtime.plugin} where a plugin can't, or as the conversion says ({@code tflite.unsupported},
     *     {@code model.tflite-operator}), naming the node or operator
     */
    Session open(Path model, SessionOptions options);

    /**
     * Loads a model from the content of an ONNX or TensorFlow Lite file.
     *
     * @param name how messages call it
     * @throws dev.skerry.problem.ProblemException as {@link #open(Path, SessionOptions)}
     */
    Session open(byte[] content, String name, SessionOptions options);

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
