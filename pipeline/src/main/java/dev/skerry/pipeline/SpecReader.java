package dev.skerry.pipeline;

import tools.jackson.databind.JsonNode;

/** Reads declarations from JSON. */
@SuppressWarnings("DoNotCallSuggester")
final class SpecReader {
    private SpecReader() {}

    static PipelineSpec pipeline(JsonNode json) {
        throw new UnsupportedOperationException();
    }

    static FrameFormat frame(JsonNode json) {
        throw new UnsupportedOperationException();
    }
}
