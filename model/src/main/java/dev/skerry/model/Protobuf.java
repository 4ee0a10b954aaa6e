package dev.skerry.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Parses protobuf messages in place, and says what is wrong with bytes that are none. */
final class Protobuf {
    private Protobuf() {}

    /** A message, and the contents of the tensors in it by the numbers that stand in their place. */
    record Parsed<M extends Message>(M message, List<MemorySegment> pieces) {}

    /** The message in {@code content}; contents of tensors are views of it. */
    static <M extends Message> Parsed<M> parse(MemorySegment content, String source, String wanted, Parser<M> parser) {
        try {
            // an empty message parses always, and knows its type
            M empty = parser.parseFrom(new byte[0]);
            Skeleton skeleton = Skeleton.of(content, TensorPlaces.of(empty));
            CodedInputStream input = skeleton.bytes().newCodedInput();
            input.setRecursionLimit(Skeleton.DEEPEST);
            return new Parsed<>(parser.parseFrom(input), skeleton.pieces());
        } catch (IOException broken) {
            throw notProtobuf(content, source, wanted, String.valueOf(broken.getMessage()));
        }
    }

    static RuntimeException notProtobuf(MemorySegment content, String source, String wanted, String why) {
        Optional<FileKind.Guess> guess = FileKind.of(content.asByteBuffer());
        if (guess.isPresent()) {
            Problem problem = Problem.usage(
                            "model.not-onnx", "it looks like " + guess.get().what() + ", and " + wanted + " is wanted")
                    .at(source);
            String remedy = guess.get().remedy();
            return (remedy.isEmpty() ? problem : problem.attempt(remedy)).toException();
        }
        if (why.contains("ended unexpectedly")) {
            return Problem.usage("model.truncated", "it ends too early to be " + wanted)
                    .at(source)
                    .because("it has " + content.byteSize() + " bytes and the rest is missing, or it is something else")
                    .attempt("fetching or exporting it again")
                    .toException();
        }
        if (why.contains("too many levels of nesting")) {
            return Problem.usage("model.nesting", "it nests graphs or types deeper than any real model")
                    .at(source)
                    .toException();
        }
        return Problem.usage("model.not-onnx", "it isn't " + wanted + ", or it is damaged")
                .at(source)
                .because(why)
                .attempt("fetching or exporting it again")
                .toException();
    }
}
