package dev.skerry.pipeline;

import java.nio.file.Path;

/** Opens live sources of this machine. */
public final class LiveSources {
    private LiveSources() {}

    /**
     * The source, not started.
     *
     * @param base folder that paths are relative to
     */
    public static LiveSource open(LiveSpec.Local spec, Path base, SourceContext context) {
        return switch (spec) {
            case LiveSpec.Audio audio -> retrying("audio", new AudioSource(audio, base, context), context);
            case LiveSpec.Imu imu -> retrying("imu", new ImuSource(imu, base, context), context);
            case LiveSpec.Replay replay ->
                retrying("video", LiveVideo.replay(replay, base, context.nanoTime()), context);
            case LiveSpec.Camera camera -> retrying("camera", LiveVideo.camera(camera, context.nanoTime()), context);
            case LiveSpec.Lines lines -> retrying("lines", new LineSource(lines, base, context), context);
        };
    }

    private static LiveSource retrying(String name, RetryingSource.Attempt attempt, SourceContext context) {
        return new RetryingSource(name, attempt, Backoff.usual(context.random()));
    }

    /**
     * What one sample of it is.
     *
     * @param base folder that paths are relative to
     */
    public static SampleLayout layout(LiveSpec.Local spec, Path base) {
        return SampleLayout.of(frame(spec, base));
    }

    /** What its raw frames are. */
    static FrameFormat frame(LiveSpec.Local spec, Path base) {
        return switch (spec) {
            case LiveSpec.Audio audio -> signal((long) audio.context() + audio.frame());
            case LiveSpec.Imu imu -> signal(imu.window(), imu.axes().size());
            case LiveSpec.Replay replay -> VideoSource.frame(replay.video(), base);
            case LiveSpec.Camera camera -> new FrameFormat.Image(camera.height(), camera.width(), camera.channels());
            case LiveSpec.Lines lines -> signal(lines.window(), lines.columns().size());
        };
    }

    private static FrameFormat signal(long... dims) {
        return new FrameFormat.Signal(
                dev.skerry.model.DataType.FLOAT,
                java.util.Arrays.stream(dims).boxed().toList());
    }
}
