package dev.skerry.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/** Tensors in files: NumPy's {@code .npy} and {@code .npz}, and the {@code .pb} of the ONNX backend tests. */
public final class TensorFile {
    private TensorFile() {}

    /**
     * The arrays of a {@code .npz} by name, in the order of the archive. They may take half of the heap together.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing, broken, or holds what no tensor can hold
     */
    public static Map<String, Tensor> readNpz(Path file) {
        WholeFile.start(file, "an .npz archive", ".npz", "PK");
        return new Npz(file, Runtime.getRuntime().maxMemory() / 2).read();
    }

    /**
     * The array of a {@code .npy}, named after the file without its extension. Its content is mapped where its layout allows.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing, broken, or holds what no tensor can hold
     */
    public static Tensor readNpy(Path file) {
        String name = String.valueOf(file.getFileName());
        MemorySegment content = WholeFile.start(file, "a .npy array", ".npy", "\u0093NUMPY");
        return Npy.read(name.endsWith(".npy") ? name.substring(0, name.length() - 4) : name, content, file.toString());
    }

    /**
     * Writes the arrays in their order, replacing {@code file} at once or not at all.
     *
     * @throws dev.skerry.problem.ProblemException where NumPy has no such type, or the folder can't be written
     */
    public static void writeNpz(Path file, Map<String, Tensor> arrays) {
        WholeFile.replace(file, out -> Npz.write(arrays, out));
    }

    /** The bytes of a {@code .npz}, not compressed; the same arrays give the same bytes. */
    public static byte[] npzBytes(Map<String, Tensor> arrays) {
        var out = new ByteArrayOutputStream();
        try {
            Npz.write(arrays, out);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory can't fail to be written", impossible);
        }
        return out.toByteArray();
    }

    /**
     * The {@code TensorProto} in {@code file}.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing or broken
     */
    public static Tensor readPb(Path file) {
        return reader(file).tensor(WholeFile.message(file, "a tensor", ".pb"));
    }

    /**
     * The value in {@code file}; its bytes don't say of what kind it is, so {@code type} must.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing or broken
     */
    public static Value readPb(Path file, ValueType type) {
        return reader(file).read(WholeFile.message(file, "a value", ".pb"), type);
    }

    private static ValueReader reader(Path file) {
        return new ValueReader(file.toString());
    }
}
