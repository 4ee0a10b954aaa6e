package dev.skerry.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.skerry.problem.Problem;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Parses protobuf messages in place, and says what is wrong with bytes that are none. */
final class Protobuf {
    /** Messages within messages. A subgraph takes three, so this allows 66 of them one in the other; protobuf's own limit is 100. */
    private static final int DEEPEST = 200;

    private Protobuf() {}

    /** The message in {@code content}, whose bytes fields are views of it. */
    static <M extends Message> M parse(ByteBuffer content, String source, String wanted, Parser<M> parser) {
        try {
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(content).newCodedInput();
            input.enableAliasing(true);
            input.setRecursionLimit(DEEPEST);
            return parser.parseFrom(input);
        } catch (InvalidProtocolBufferException broken) {
            throw notProtobuf(content, source, wanted, String.valueOf(broken.getMessage()));
        }
    }

    static RuntimeException notProtobuf(ByteBuffer content, String source, String wanted, String why) {
        Optional<FileKind.Guess> guess = FileKind.of(content);
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
                    .because(
                            "it has " + content.remaining() + " bytes and the rest is missing, or it is something else")
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
