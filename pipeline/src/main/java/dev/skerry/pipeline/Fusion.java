package dev.skerry.pipeline;

import dev.skerry.model.Model;
import java.util.Map;

/**
 * Lowers the steps of a pipeline to ONNX nodes around a model, so that every runtime executes pre-processing, model and
 * post-processing as one graph. Nodes take the form that they have at the model's own opset, so the model's nodes keep their meaning.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Fusion {
    private Fusion() {}

    /**
     * The raw frame in, the decision out ({@link DecisionReader} reads it). Inputs that neither the frame nor a constant feeds
     * (state) and outputs that no post step uses stay as they are.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.fusion}, where a step doesn't fit what comes before it
     */
    public static Model fuse(Model model, PipelineSpec spec, FrameFormat frame) {
        return fuse(model, spec, frame, Map.of());
    }

    /** The same with sizes in the place of symbolic dimensions. */
    public static Model fuse(Model model, PipelineSpec spec, FrameFormat frame, Map<String, Long> dims) {
        throw new UnsupportedOperationException();
    }

    /** Only what comes before the model: outputs are named as the model's inputs (the one the frame feeds, and constants). */
    public static Model pre(Model model, PipelineSpec spec, FrameFormat frame) {
        return pre(model, spec, frame, Map.of());
    }

    /** The same with sizes in the place of symbolic dimensions. */
    public static Model pre(Model model, PipelineSpec spec, FrameFormat frame, Map<String, Long> dims) {
        throw new UnsupportedOperationException();
    }
}
