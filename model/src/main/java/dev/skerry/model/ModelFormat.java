package dev.skerry.model;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The formats that models are written in. */
public enum ModelFormat {
    ONNX,
    /** TensorFlow Lite, schema version 3. */
    TFLITE;

    /** The format that the name of a file asks for: ONNX unless it ends in {@code .tflite}. */
    public static ModelFormat of(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".tflite") ? TFLITE : ONNX;
    }

    /** As people write it. */
    public String label() {
        return switch (this) {
            case ONNX -> "ONNX";
            case TFLITE -> "TensorFlow Lite";
        };
    }

    /**
     * The model as one file of this format.
     *
     * @param dims sizes of named dimensions, for formats whose tensors have fixed ones
     * @throws dev.skerry.problem.ProblemException where the format can't hold the model
     */
    public byte[] bytes(Model model, Map<String, Long> dims) {
        return switch (this) {
            case ONNX -> ModelFile.bytes(model);
            case TFLITE -> ModelFile.tfliteBytes(model, dims);
        };
    }

    /** Writes {@code file}, replacing it at once or not at all. */
    public void write(Model model, Map<String, Long> dims, Path file) {
        switch (this) {
            case ONNX -> ModelFile.write(model, file);
            case TFLITE -> ModelFile.writeTflite(model, dims, file);
        }
    }
}
