package dev.skerry.pipeline;

import dev.skerry.model.Model;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the outputs of a fused graph from memory into a {@link Decision}, without allocating. */
@SuppressWarnings("DoNotCallSuggester")
public final class DecisionReader {
    private final List<String> outputs = List.of();

    private DecisionReader() {}

    /**
     * Knows the outputs by the names that fusion gave them.
     *
     * @param fused what {@link Fusion#fuse} made of the model and {@code spec}
     * @param base folder that label files are relative to
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.labels} where a label file can't be read
     */
    public static DecisionReader of(Model fused, PipelineSpec spec, Path base) {
        throw new UnsupportedOperationException();
    }

    /** Names of the outputs that {@link #read} wants, in its order; each has a fixed number of elements. */
    public List<String> outputs() {
        return outputs;
    }

    /** A decision of the right capacity, to be used again and again. */
    public Decision newDecision() {
        return new Decision(Decision.Kind.VALUES, outputs.size());
    }

    /** The decision that leaves where the model's is late: the declared fallback, or an empty one. */
    public Decision fallback() {
        return newDecision();
    }

    /** Reads the segments of {@link #outputs}, in that order, into {@code into}. */
    public void read(MemorySegment[] segments, Decision into) {
        into.clear();
    }

    /** The same from tensors by output name; for evaluation, allocates. */
    public Decision read(Map<String, dev.skerry.model.Tensor> tensors) {
        return newDecision();
    }
}
