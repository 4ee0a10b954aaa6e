package dev.skerry.model;

import java.nio.file.Path;

/**
 * ONNX files in and out. What is read is checked ({@link ModelCheck}); weights stay in the mapped file, so that a large model
 * costs little heap. Fields and operators that Skerry doesn't know survive reading and writing.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ModelFile {
    private ModelFile() {}

    /**
     * The model in {@code file}, with the external data it refers to mapped; the files must not change while the model is in use.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing or isn't a valid ONNX model
     */
    public static Model read(Path file) {
        throw new UnsupportedOperationException("ModelFile.read " + file);
    }

    /**
     * The model in {@code bytes}, which are not copied and must not change. External data is refused, having no folder.
     *
     * @throws dev.skerry.problem.ProblemException where the bytes aren't a valid ONNX model
     */
    public static Model parse(byte[] bytes) {
        throw new UnsupportedOperationException("ModelFile.parse " + bytes.length);
    }

    /**
     * The model as one ONNX file with all weights inside; the same model gives the same bytes.
     *
     * @throws dev.skerry.problem.ProblemException where it would exceed the 2 GiB of the format
     */
    public static byte[] bytes(Model model) {
        throw new UnsupportedOperationException("ModelFile.bytes " + model.producer());
    }

    /**
     * Writes {@code file}, replacing it at once or not at all. Tensors that were read from external files stay there where
     * {@code file} lies in the same folder; otherwise, and where the model exceeds 2 GiB, weights go to {@code <file>.data} beside it.
     *
     * @throws dev.skerry.problem.ProblemException where the folder can't be written
     */
    public static void write(Model model, Path file) {
        throw new UnsupportedOperationException("ModelFile.write " + model.producer() + file);
    }
}
