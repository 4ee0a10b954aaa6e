package dev.skerry.model;

import java.nio.file.Path;
import java.util.Map;

/** Tensors in files: NumPy's {@code .npy} and {@code .npz}, and the {@code .pb} of the ONNX backend tests. */
@SuppressWarnings("DoNotCallSuggester")
public final class TensorFile {
    private TensorFile() {}

    /**
     * The arrays of a {@code .npz} by name, in the order of the archive.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing, broken, or holds what no tensor can hold
     */
    public static Map<String, Tensor> readNpz(Path file) {
        throw new UnsupportedOperationException("TensorFile.readNpz " + file);
    }

    /** The array of a {@code .npy}, named after the file. Its content is mapped where its layout allows. */
    public static Tensor readNpy(Path file) {
        throw new UnsupportedOperationException("TensorFile.readNpy " + file);
    }

    /** Writes the arrays in their order, replacing {@code file} at once or not at all. */
    public static void writeNpz(Path file, Map<String, Tensor> arrays) {
        throw new UnsupportedOperationException("TensorFile.writeNpz " + file + arrays.size());
    }

    /** The bytes of a {@code .npz}, not compressed; the same arrays give the same bytes. */
    public static byte[] npzBytes(Map<String, Tensor> arrays) {
        throw new UnsupportedOperationException("TensorFile.npzBytes " + arrays.size());
    }

    /** The {@code TensorProto} in {@code file}. */
    public static Tensor readPb(Path file) {
        throw new UnsupportedOperationException("TensorFile.readPb " + file);
    }

    /** The value in {@code file}; its bytes don't say of what kind it is, so {@code type} must. */
    public static Value readPb(Path file, ValueType type) {
        throw new UnsupportedOperationException("TensorFile.readPb " + file + type);
    }
}
