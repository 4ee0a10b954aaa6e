package dev.skerry.pipeline;

import tools.jackson.databind.node.ObjectNode;

/** Writes declarations of sources of video, text and bytes. */
final class MediaWriter {
    private MediaWriter() {}

    static void video(ObjectNode json, SourceSpec.Video video) {
        json.put("channels", video.channels());
        if (video.width() > 0) {
            json.put("width", video.width()).put("height", video.height());
        }
        json.put("every", video.every());
        fps(json, video.fps());
        SpecWriter.text(json, "labels", video.labels());
        SpecWriter.text(json, "names", video.names());
        SpecWriter.text(json, "decoder", video.decoder());
        SpecWriter.text(json, "hardware", video.hardware());
    }

    static void camera(ObjectNode json, LiveSpec.Camera camera) {
        json.put("channels", camera.channels()).put("width", camera.width()).put("height", camera.height());
        fps(json, camera.fps());
        stuck(json, camera.stuck());
        SpecWriter.text(json, "format", camera.format());
        SpecWriter.text(json, "decoder", camera.decoder());
        SpecWriter.text(json, "hardware", camera.hardware());
    }

    static void stuck(ObjectNode json, int stuck) {
        if (stuck > 0) {
            json.put("stuck", stuck);
        }
    }

    private static void fps(ObjectNode json, double fps) {
        if (fps > 0) {
            json.put("fps", fps);
        }
    }

    static void text(ObjectNode json, SourceSpec.Text text) {
        json.put("column", text.column());
        SpecWriter.text(json, "pair", text.pair());
        SpecWriter.text(json, "label", text.label());
        SpecWriter.text(json, "names", text.names());
    }

    static void bytes(ObjectNode json, SourceSpec.Bytes bytes) {
        json.put("first", bytes.first())
                .put("last", bytes.last())
                .put("pad", bytes.pad())
                .put("strip", bytes.strip())
                .put("block", bytes.block());
        SpecWriter.text(json, "labels", bytes.labels());
        SpecWriter.text(json, "names", bytes.names());
    }

    static void tokenize(ObjectNode json, Step.Tokenize step) {
        json.put("tokenizer", step.tokenizer())
                .put("maxLength", step.maxLength())
                .put("truncate", step.truncate())
                .put("special", step.special());
        SpecWriter.text(json, "pad", step.pad());
        SpecWriter.text(json, "ids", step.ids());
        SpecWriter.text(json, "mask", step.mask());
        SpecWriter.text(json, "types", step.types());
    }
}
