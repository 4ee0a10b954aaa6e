package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Videos that ffmpeg makes for tests. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Clips {
    private Clips() {}

    /** Gray pictures of 32×24 at 10 frames a second: the n-th is all of the value 8 n. Without loss. */
    static Path counted(Path file, int frames) {
        return counted(file, frames, 32, 24);
    }

    static Path counted(Path file, int frames, int width, int height) {
        make(
                "-f",
                "lavfi",
                "-i",
                "nullsrc=size=" + width + "x" + height + ":rate=10:duration=" + frames / 10.0
                        + ",format=gray,geq=lum='mod(N*8,256)'",
                "-c:v",
                "ffv1",
                file.toString());
        return file;
    }

    /** A test picture as H.264, 320×240 at 30 frames a second. */
    static Path filmed(Path file, double seconds) {
        make(
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=320x240:rate=30:duration=" + seconds,
                "-pix_fmt",
                "yuv420p",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                file.toString());
        return file;
    }

    static void make(String... words) {
        var command = new ArrayList<>(List.of("ffmpeg", "-y", "-nostdin", "-loglevel", "error"));
        command.addAll(List.of(words));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
