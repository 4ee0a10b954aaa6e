package dev.skerry.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * ONNX files in and out. What is read is checked ({@link ModelCheck}); weights stay in the mapped file, so that a large model
 * costs little heap. Fields and operators that Skerry doesn't know survive reading and writing.
 */
public final class ModelFile {
    /** Messages within messages. A subgraph takes three, so this allows 66 of them one in the other; protobuf's own limit is 100. */
    private static final int DEEPEST = 200;

    private ModelFile() {}

    /**
     * The model in {@code file}, with the external data it refers to mapped; the files must not change while the model is in use.
     *
     * @throws dev.skerry.problem.ProblemException where the file is missing or isn't a valid ONNX model
     */
    public static Model read(Path file) {
        MemorySegment content = WholeFile.map(file, "an ONNX model", ".onnx");
        if (content.byteSize() > Integer.MAX_VALUE) {
            throw Problem.usage("model.not-onnx", "it has more than the 2 GiB that an ONNX file can have")
                    .at(file.toString())
                    .because("larger models keep their weights as external data beside the .onnx file")
                    .toException();
        }
        try {
            return parse(content.asByteBuffer(), file.toString(), new TensorReader(new ExternalFiles(file)));
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
     * @throws dev.skerry.problem.ProblemException where the bytes aren't a valid ONNX model
     */
    public static Model parse(byte[] bytes) {
        return parse(ByteBuffer.wrap(bytes), "model", new TensorReader(null));
    }

    private static Model parse(ByteBuffer content, String source, TensorReader tensors) {
        ModelProto proto;
        try {
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(content).newCodedInput();
            input.enableAliasing(true);
            input.setRecursionLimit(DEEPEST);
            proto = ModelProto.parseFrom(input);
        } catch (InvalidProtocolBufferException broken) {
            throw notOnnx(content, source, String.valueOf(broken.getMessage()));
        } catch (IOException impossible) {
            throw new IllegalStateException("memory can't fail to be read", impossible);
        }
        if (!proto.hasGraph()) {
            throw notOnnx(content, source, "it holds no graph");
        }
        Model model = new GraphReader(source, tensors).model(proto);
        Model sorted = TopologicalOrder.sort(model);
        ModelCheck.check(sorted, source);
        return sorted;
    }

    private static RuntimeException notOnnx(ByteBuffer content, String source, String why) {
        Optional<FileKind.Guess> guess = FileKind.of(content);
        if (guess.isPresent()) {
            Problem problem = Problem.usage(
                            "model.not-onnx", "it looks like " + guess.get().what() + ", and an ONNX model is wanted")
                    .at(source);
            String remedy = guess.get().remedy();
            return (remedy.isEmpty() ? problem : problem.attempt(remedy)).toException();
        }
        if (why.contains("ended unexpectedly")) {
            return Problem.usage("model.truncated", "it ends in the middle of the model")
                    .at(source)
                    .because("it has " + content.remaining() + " bytes; the rest is missing, or it isn't an ONNX model")
                    .attempt("fetching or exporting it again")
                    .toException();
        }
        if (why.contains("too many levels of nesting")) {
            return Problem.usage("model.nesting", "it nests graphs or types deeper than any real model")
                    .at(source)
                    .toException();
        }
        return Problem.usage("model.not-onnx", "it is not an ONNX model, or it is damaged")
                .at(source)
                .because(why)
                .attempt("fetching or exporting it again")
                .toException();
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
}
