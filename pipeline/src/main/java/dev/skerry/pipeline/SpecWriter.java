package dev.skerry.pipeline;

import tools.jackson.databind.JsonNode;

/** Writes declarations as JSON, in the canonical form. */
@SuppressWarnings("DoNotCallSuggester")
final class SpecWriter {
    private SpecWriter() {}

    static JsonNode pipeline(PipelineSpec spec) {
        throw new UnsupportedOperationException();
    }

    static JsonNode frame(FrameFormat frame) {
        throw new UnsupportedOperationException();
    }
}
