package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What one raw frame is: the input of the fused graph, named {@value #INPUT}, and of the samples of a source. */
public sealed interface FrameFormat {
    /** The name of the raw frame among the inputs of a fused graph and in {@link Sample#inputs}. */
    String INPUT = "frame";

    /** A picture: uint8 [height, width, channels], RGB or gray. Height and width 0: pictures of any size. */
    record Image(int height, int width, int channels) implements FrameFormat {}

    /** A window over a signal: audio as float32 [samples], table rows as float32 [rows, columns]. */
    record Signal(DataType type, List<Long> dims) implements FrameFormat {
        public Signal {
            dims = List.copyOf(dims);
        }
    }

    /** No raw frame: samples hold the model's inputs by their own names and in its own types; pre steps start from there. */
    record ModelInputs() implements FrameFormat {}

    default JsonNode toJson() {
        return SpecWriter.frame(this);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.spec}
     */
    static FrameFormat parse(JsonNode frame) {
        return SpecReader.frame(frame);
    }
}
