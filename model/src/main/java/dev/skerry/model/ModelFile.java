package dev.skerry.model;

import dev.skerry.model.onnx.ModelProto;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Model files: ONNX and TensorFlow Lite, in and out. What is read is checked ({@link ModelCheck}); weights stay in the mapped file, so that a large model
 * costs little heap. Fields and operators that Skerry doesn't know survive reading and writing.
 */
public final class ModelFile {
    private static final String WANTED = "an ONNX model";

    private ModelFile() {}

    /**
     * The model in {@code file}, with the external data it refers to mapped; the files must not change while the model is in use.
     * A TensorFlow Lite file, which its first bytes tell, becomes the ONNX model that computes the same.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing or isn't a valid model
     */
    public static Model read(Path file) {
        MemorySegment content = WholeFile.message(file, WANTED, ".onnx");
        try {
            return parse(content, file.toString(), new ExternalFiles(file));
        } catch (IOException gone) {
            throw Problem.usage("model.unreadable", "it can't be read")
                    .at(file.toString())
                    .because(gone.toString())
                    .toException();
        }
    }

    /**
     * The model in {@code bytes}, which are not copied and must not change. External data is refused, having no folder.
     *
     * @throws dev.skerry.problem.ProblemException where the bytes aren't a valid model
     */
    public static Model parse(byte[] bytes) {
        return parse(bytes, "model");
    }

    /**
     * As {@link #parse(byte[])}.
     *
     * @param source how messages call it
     */
    public static Model parse(byte[] bytes, String source) {
        return parse(MemorySegment.ofArray(bytes), source, null);
    }

    /** Whether the content of a file is TensorFlow Lite's. */
    public static boolean isTflite(byte[] content) {
        return TfliteReader.isTflite(MemorySegment.ofArray(content));
    }

    /** Whether a file's first bytes are TensorFlow Lite's; false where it can't be read. */
    public static boolean isTflite(Path file) {
        try (InputStream content = Files.newInputStream(file)) {
            return isTflite(content.readNBytes(TfliteReader.HEADER_BYTES));
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static Model parse(MemorySegment content, String source, @Nullable ExternalFiles files) {
        if (TfliteReader.isTflite(content)) {
            Model model = TfliteImport.read(content, source);
            ModelCheck.check(model, source);
            return model;
        }
        Protobuf.Parsed<ModelProto> parsed = Protobuf.parse(content, source, WANTED, ModelProto.parser());
        ModelProto proto = parsed.message();
        if (!proto.hasGraph()) {
            if (FileKind.of(content.asByteBuffer()).isEmpty()) {
                new Parts(source).with(proto); // tells where the graph is there, and is no message
            }
            throw Protobuf.notProtobuf(content, source, WANTED, "it holds no graph");
        }
        Model model = new GraphReader(source, new TensorReader(files, parsed.pieces())).model(proto);
        Model sorted = TopologicalOrder.sort(model);
        ModelCheck.check(sorted, source);
        return sorted;
    }

    /**
     * The model as one ONNX file with all weights inside; the same model gives the same bytes.
     *
     * @throws dev.skerry.problem.ProblemException where it would exceed the 2 GiB of the format
     */
    public static byte[] bytes(Model model) {
        return ModelOutput.bytes(model);
    }

    /**
     * Writes {@code file}, replacing it at once or not at all. Tensors that were read from external files stay there where
     * {@code file} lies in the same folder; otherwise, and where the model exceeds 2 GiB, weights go to {@code <file>.data} beside it.
     *
     * @throws dev.skerry.problem.ProblemException where the folder can't be written
     */
    public static void write(Model model, Path file) {
        new ModelOutput(file, ModelOutput.LARGEST_INLINE).write(model);
    }

    /**
     * The model as a TensorFlow Lite file, with quantized layers as operators on integers; the same model gives the same bytes.
     *
     * @param dims sizes of named dimensions, since a file has fixed ones; a batch that is left open becomes 1
     * @throws dev.skerry.problem.ProblemException {@code tflite.unsupported}, naming the node that can't be written, and why;
     *     {@code tflite.shape} where a size is known at run time only
     */
    public static byte[] tfliteBytes(Model model, Map<String, Long> dims) {
        return TfliteExport.bytes(model, dims);
    }

    /**
     * The operators of a TensorFlow Lite file that read or make real numbers, as {@code SOFTMAX, which makes "scores"}; none where
     * it is integers throughout.
     *
     * @throws dev.skerry.problem.ProblemException where the bytes aren't a valid file
     */
    public static List<String> realOperators(byte[] tflite) {
        return TfliteReals.operators(TfliteReader.read(MemorySegment.ofArray(tflite), "model"));
    }

    /** Writes {@link #tfliteBytes} to {@code file}, replacing it at once or not at all. */
    public static void writeTflite(Model model, Map<String, Long> dims, Path file) {
        byte[] bytes = tfliteBytes(model, dims);
        WholeFile.replace(file, out -> out.write(bytes));
    }
}
