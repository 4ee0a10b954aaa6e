package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * A source that delivers while it measures. Local ones are opened where the model runs; what needs a network is opened by
 * another process, and comes to the model as a {@link Ring}.
 */
public sealed interface LiveSpec extends SourceSpec permits LiveSpec.Ring, LiveSpec.Replay, LiveSpec.Camera, NetworkSpec {
    /** Seconds after which a sample is too old to decide on, where nothing else is declared. */
    double USUAL_MAX_AGE = 1;

    /** Which sample a decision is made on, and for how long. */
    Freshness freshness();

    /** What a cycle takes where several samples wait. */
    enum Take {
        /** The newest: for frames, of which each says all. Older ones are skipped. */
        LATEST,
        /** The one after the last one taken: for windows and events, none of which may be left out. */
        IN_ORDER
    }

    /**
     * Which sample a decision is made on.
     *
     * @param maxAgeSeconds of a sample since it was captured; an older one is stale
     */
    record Freshness(Take take, double maxAgeSeconds) {
        public static final Freshness LATEST = new Freshness(Take.LATEST, USUAL_MAX_AGE);
    }

    /** A {@link RingFile} that another process of this machine writes. */
    record Ring(String path, Freshness freshness) implements LiveSpec {
        @Override
        public String word() {
            return "ring";
        }
    }

    /** Frames of a video file at the pace at which they were taken, as if it were a camera. */
    record Replay(SourceSpec.Video video, boolean loop, Freshness freshness) implements LiveSpec {
        @Override
        public String word() {
            return video.word();
        }

        @Override
        public String path() {
            return video.path();
        }
    }

    /**
     * A camera of this machine (Video4Linux), through ffmpeg.
     *
     * @param path its device, such as {@code /dev/video0}
     * @param channels 3 for RGB, 1 for gray
     * @param width that the camera is asked for, with height; another size is scaled
     * @param fps frames of a second that the camera is asked for; 0 leaves it as it is
     * @param format ffmpeg's word for what the camera sends, such as {@code mjpeg} or {@code yuyv422}; null lets it choose
     * @param decoder as for videos
     * @param hardware as for videos
     */
    record Camera(
            String path,
            int channels,
            int width,
            int height,
            double fps,
            @Nullable String format,
            @Nullable String decoder,
            @Nullable String hardware,
            Freshness freshness)
            implements LiveSpec {
        @Override
        public String word() {
            return "camera";
        }
    }
}
