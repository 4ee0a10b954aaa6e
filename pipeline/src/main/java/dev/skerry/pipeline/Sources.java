package dev.skerry.pipeline;

import dev.skerry.model.Model;
import java.nio.file.Path;

/** Opens declared sources. */
@SuppressWarnings("DoNotCallSuggester")
public final class Sources {
    private Sources() {}

    /**
     * The samples of a source, with raw frames as {@link FrameFormat#INPUT}, or the model's inputs for recorded tensors.
     *
     * @param base folder that paths are relative to
     * @param model the model as it was, before fusion
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.source}, naming file and line; iterating throws it as well
     */
    public static SampleSource open(SourceSpec spec, Path base, Model model) {
        throw new UnsupportedOperationException();
    }

    /** The declared source; class names come from the post steps' labels file where the source has no names of its own. */
    public static SampleSource open(PipelineSpec spec, Path base, Model model) {
        throw new UnsupportedOperationException();
    }

    /** What the frames of a source are; reads no more than headers. Images of several sizes give height and width 0. */
    public static FrameFormat frame(SourceSpec spec, Path base, Model model) {
        throw new UnsupportedOperationException();
    }
}
