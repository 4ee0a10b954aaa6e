package dev.skerry.agent;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a model gave: the outputs that were asked for, in memory of their own. */
record InferenceResult(List<Output> outputs) {
    InferenceResult {
        outputs = List.copyOf(outputs);
    }

    /**
     * One output.
     *
     * @param bytes elements packed row-major, little endian; empty for strings
     * @param strings elements of a {@link Datatype#BYTES} tensor
     */
    record Output(String name, Datatype type, long[] dims, MemorySegment bytes, List<String> strings) {}
}
