package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/** Reads declarations of sources of video, text and bytes. */
final class MediaReader {
    private static final int MOST_PIXELS = 16_384;
    private static final double MOST_FPS = 1000;
    private static final int MOST_TOKENS = 1 << 20;
    private static final int MOST_BYTES = 1 << 24;

    private MediaReader() {}

    static SourceSpec video(Fields options, String path) {
        int[] size = size(options, false);
        var video = new SourceSpec.Video(
                path,
                channels(options),
                size[0],
                size[1],
                options.whole("every", 1, 1),
                fps(options),
                options.textOrNull("labels"),
                options.textOrNull("names"),
                word(options, "decoder"),
                word(options, "hardware"));
        if (video.every() > 1 && video.fps() > 0) {
            throw Fields.problem(options.at("every"), "both every and fps choose frames")
                    .attempt("one of them")
                    .toException();
        }
        boolean live = options.bool("live", false);
        if (!live) {
            return video;
        }
        return new LiveSpec.Replay(
                video, options.bool("loop", false), LiveSpecReader.freshness(options, LiveSpec.Take.LATEST));
    }

    static LiveSpec.Camera camera(Fields options, String path) {
        if (!path.startsWith("/dev/")) {
            throw Fields.problem(options.at("camera"), "expected a device such as /dev/video0, found '" + path + "'")
                    .toException();
        }
        int[] size = size(options, true);
        return new LiveSpec.Camera(
                path,
                channels(options),
                size[0],
                size[1],
                fps(options),
                options.whole("stuck", 0, 2),
                word(options, "format"),
                word(options, "decoder"),
                word(options, "hardware"),
                LiveSpecReader.freshness(options, LiveSpec.Take.LATEST));
    }

    static SourceSpec.Text text(Fields options, String path) {
        return new SourceSpec.Text(
                path,
                options.text("column", "text"),
                options.textOrNull("pair"),
                options.textOrNull("label"),
                options.textOrNull("names"));
    }

    static SourceSpec.Bytes bytes(Fields options, String path) {
        var bytes = new SourceSpec.Bytes(
                path,
                options.whole("first", 0, 0),
                options.whole("last", 0, 0),
                options.whole("pad", 0, Integer.MIN_VALUE),
                options.bool("strip", false),
                options.whole("block", 4096, 1),
                options.textOrNull("labels"),
                options.textOrNull("names"));
        if (bytes.first() + (long) bytes.last() < 1 || bytes.first() > MOST_BYTES || bytes.last() > MOST_BYTES) {
            throw Fields.problem(options.path(), "first and last are 1 to " + MOST_BYTES + " bytes together")
                    .attempt("first: 1024")
                    .toException();
        }
        if (bytes.block() > MOST_BYTES || bytes.block() < Math.max(bytes.first(), bytes.last())) {
            throw Fields.problem(options.at("block"), "expected as much as first and last, up to " + MOST_BYTES)
                    .toException();
        }
        return bytes;
    }

    static Step.Tokenize tokenize(Fields options) {
        int length = options.whole("maxLength", 2);
        if (length > MOST_TOKENS) {
            throw Fields.problem(options.at("maxLength"), "expected up to " + MOST_TOKENS + ", found " + length)
                    .toException();
        }
        return new Step.Tokenize(
                options.text("tokenizer"),
                length,
                options.bool("truncate", true),
                options.bool("special", true),
                options.textOrNull("pad"),
                options.textOrNull("ids"),
                options.textOrNull("mask"),
                options.textOrNull("types"));
    }

    static int channels(Fields options) {
        int channels = options.whole("channels", 3, 1);
        if (channels != 1 && channels != 3) {
            throw Fields.problem(options.at("channels"), "expected 1 or 3, found " + channels)
                    .toException();
        }
        return channels;
    }

    /** Width and height. */
    static int[] size(Fields options, boolean required) {
        int width = options.whole("width", 0, 1);
        int height = options.whole("height", 0, 1);
        if (width == 0 != (height == 0) || required && width == 0) {
            throw Fields.problem(
                            options.path(),
                            required ? "a live picture needs width and height" : "a size needs width and height")
                    .attempt("width: 640, height: 480")
                    .toException();
        }
        if (width > MOST_PIXELS || height > MOST_PIXELS) {
            throw Fields.problem(options.at("width"), "expected up to " + MOST_PIXELS + " pixels")
                    .toException();
        }
        return new int[] {width, height};
    }

    private static double fps(Fields options) {
        double fps = options.number("fps", 0);
        if (options.node("fps") != null && !(fps > 0 && fps <= MOST_FPS)) {
            throw Fields.problem(options.at("fps"), "expected frames of a second up to " + MOST_FPS + ", found " + fps)
                    .toException();
        }
        return fps;
    }

    /** A word that goes to ffmpeg: one that can't be anything else there. */
    static @Nullable String word(Fields options, String key) {
        String word = options.textOrNull(key);
        if (word != null && !word.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,60}")) {
            throw Fields.problem(options.at(key), "expected one word, found '" + word + "'")
                    .toException();
        }
        return word;
    }
}
