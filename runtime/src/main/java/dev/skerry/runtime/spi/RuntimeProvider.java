package dev.skerry.runtime.spi;

import java.nio.file.Path;

/** One runtime: its name, whether it can work here, and sessions of it. */
public interface RuntimeProvider {
    /** Short and stable: {@code onnxruntime}. */
    String name();

    /** Whether it can work on this machine, and with what. Never throws. */
    Availability probe();

    /**
     * Loads an ONNX file.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code runtime.load} where the model can't be loaded
     */
    Session open(Path model, SessionOptions options);
}
