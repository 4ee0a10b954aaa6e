package dev.skerry.agent;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for one inference, whichever way it came.
 *
 * @param id that the client gave, empty where it gave none; it is returned
 * @param inputs in the order of the request
 * @param outputs that are wanted, in this order; empty for all
 * @param binary whether outputs that aren't named are to follow the JSON as bytes
 * @param timeoutMicros from its arrival until the answer is of no use any more; 0 where it always is
 */
record InferenceRequest(
        String id, List<GivenTensor> inputs, List<WantedOutput> outputs, boolean binary, long timeoutMicros) {
    InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** The same with another timeout, where that is the shorter one. */
    InferenceRequest within(long micros) {
        return timeoutMicros > 0 && timeoutMicros <= micros
                ? this
                : new InferenceRequest(id, inputs, outputs, binary, Math.max(1, micros));
    }

    /** An input: what the client says of it, and its content. */
    record GivenTensor(String name, Datatype type, long[] dims, Content content) {}

    /** Where the content of a tensor is. */
    sealed interface Content {
        /** Elements packed row-major, little endian. */
        record Packed(MemorySegment bytes) implements Content {}

        /** Elements of a {@link Datatype#BYTES} tensor. */
        record Strings(List<String> elements) implements Content {}

        /** In a region of memory that the client shares, in the same form as in a binary body. */
        record Shared(SharedPlace place) implements Content {}
    }

    /**
     * An output that the client asks for.
     *
     * @param binary whether it is to follow the JSON as bytes; gRPC always does so
     * @param place in shared memory where it is to be put; null for the answer itself
     */
    record WantedOutput(
            String name, boolean binary, @Nullable SharedPlace place) {}

    /** A part of a region of shared memory. */
    record SharedPlace(String region, long offset, long bytes) {}
}
