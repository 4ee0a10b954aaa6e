package dev.skerry.pipeline;

import java.util.List;

/** Starts an ffmpeg that says nothing for an hour, and waits to be killed. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class VideoProgram {
    private VideoProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        var decoding = new VideoDecoding(
                List.of("-re", "-f", "lavfi", "-i", "testsrc=size=32x24:rate=1/3600"),
                List.of(),
                new FrameFormat.Image(24, 32, 1),
                false);
        FramePipe.open(Ffmpeg.installed(), decoding, System::nanoTime);
        System.out.println("started");
        Thread.sleep(600_000);
    }
}
