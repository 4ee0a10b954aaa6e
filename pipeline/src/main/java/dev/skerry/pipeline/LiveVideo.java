package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Live pictures through ffmpeg. */
public final class LiveVideo {
    /** A camera that is asked to begin takes a moment; one that has begun doesn't. */
    private static final long FIRST_NANOS = 15_000_000_000L;

    private static final long STALL_NANOS = 5_000_000_000L;

    private LiveVideo() {}

    /**
     * A file at its own pace.
     *
     * @param base folder that paths are relative to
     * @throws dev.skerry.problem.ProblemException where there is no ffmpeg, or no video in the file
     */
    static RetryingSource.Attempt replay(LiveSpec.Replay spec, Path base, LongSupplier nanoTime) {
        SourceSpec.Video video = spec.video();
        Path file = base.resolve(video.path());
        var words = new ArrayList<>(List.of("-re"));
        if (spec.loop()) {
            words.addAll(List.of("-stream_loop", "-1"));
        }
        words.addAll(VideoSource.input(video, file));
        return stream(
                new VideoDecoding(words, VideoSource.filters(video), VideoSource.frame(video, base), false),
                new VideoStream.Manner(
                        false, false, FIRST_NANOS, STALL_NANOS, 0, ending -> VideoSource.broken(file, ending.reason())),
                nanoTime);
    }

    /** A camera of this machine. */
    static RetryingSource.Attempt camera(LiveSpec.Camera spec, LongSupplier nanoTime) {
        Ffmpeg ffmpeg = Ffmpeg.installed();
        return new VideoStream(
                ffmpeg,
                new VideoDecoding(
                        cameraInput(spec),
                        List.of(),
                        new FrameFormat.Image(spec.height(), spec.width(), spec.channels()),
                        false),
                new VideoStream.Manner(
                        true,
                        true,
                        FIRST_NANOS,
                        STALL_NANOS,
                        spec.stuck(),
                        ending -> Cameras.HERE.explain(spec.path(), ending, ffmpeg)),
                nanoTime);
    }

    /** What asks the camera; its frames keep the time that the kernel gives them. */
    static List<String> cameraInput(LiveSpec.Camera spec) {
        var words = new ArrayList<>(List.of("-copyts", "-f", "v4l2"));
        if (spec.format() != null) {
            words.addAll(List.of("-input_format", spec.format()));
        }
        if (spec.fps() > 0) {
            words.addAll(List.of("-framerate", String.valueOf(spec.fps())));
        }
        words.addAll(List.of("-video_size", spec.width() + "x" + spec.height()));
        words.addAll(unbuffered(spec.decoder(), spec.hardware()));
        words.addAll(List.of("-i", spec.path()));
        return words;
    }

    private static List<String> unbuffered(@Nullable String decoder, @Nullable String hardware) {
        // threads that decode a frame each would hold back as many frames as there are threads
        var words = new ArrayList<>(List.of("-fflags", "nobuffer", "-thread_type", "slice"));
        if (hardware != null) {
            words.addAll(List.of("-hwaccel", hardware));
        }
        if (decoder != null) {
            words.addAll(List.of("-c:v", decoder));
        }
        return words;
    }

    /**
     * A camera that another process than the runner's reaches over a network.
     *
     * @param protocol ffmpeg's options for its protocol
     * @param address what ffmpeg opens, with a password where one is needed
     * @throws dev.skerry.problem.ProblemException where there is no ffmpeg
     */
    public static RetryingSource.Attempt remote(
            RtspSpec spec, List<String> protocol, String address, LongSupplier nanoTime) {
        // the rate of frames isn't waited for
        var words = new ArrayList<>(List.of("-analyzeduration", "1000000", "-fpsprobesize", "0"));
        words.addAll(protocol);
        words.addAll(unbuffered(spec.decoder(), spec.hardware()));
        words.addAll(List.of("-i", address));
        return stream(
                new VideoDecoding(words, List.of(), spec.frame(), false),
                new VideoStream.Manner(
                        true,
                        false,
                        FIRST_NANOS,
                        Math.round(spec.timeoutSeconds() * 1e9),
                        spec.stuck(),
                        ending -> Problem.remote("network.rtsp", "the camera gives no pictures")
                                .at(spec.address())
                                .because(ending.reason())),
                nanoTime);
    }

    /**
     * The version of this machine's ffmpeg, on which the names of some options depend.
     *
     * @throws dev.skerry.problem.ProblemException where there is none
     */
    public static int ffmpegVersion() {
        return Ffmpeg.installed().major();
    }

    private static RetryingSource.Attempt stream(
            VideoDecoding decoding, VideoStream.Manner manner, LongSupplier nanoTime) {
        return new VideoStream(Ffmpeg.installed(), decoding, manner, nanoTime);
    }
}
