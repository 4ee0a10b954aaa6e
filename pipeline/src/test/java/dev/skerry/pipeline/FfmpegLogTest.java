package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class FfmpegLogTest {
    private static FfmpegLog read(String text) {
        var log = new FfmpegLog();
        log.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        return log;
    }

    private static String frame(int number, String ticks) {
        return "[Parsed_showinfo_1 @ 0x5639deb23f00] [info] n:" + String.format("%4d", number) + " pts:"
                + String.format("%7s", ticks) + " pts_time:0.333333 pos: 5458 fmt:yuv420p\n";
    }

    @Test
    void presentationTimesAreExact() {
        FfmpegLog log = read("[Parsed_showinfo_1 @ 0x1] [info] config in time_base: 1/15360, frame_rate: 30/1\n"
                + "[Parsed_showinfo_1 @ 0x1] [info] config out time_base: 0/0, frame_rate: 0/0\n"
                + frame(0, "0") + frame(1, "5120") + frame(2, "-512") + frame(3, "NOPTS"));
        assertThat(log.next()).isZero();
        assertThat(log.next()).isEqualTo(333_333_333);
        assertThat(log.next()).isEqualTo(-33_333_334);
        assertThat(log.next()).isEqualTo(FfmpegLog.UNKNOWN);
        assertThat(log.awaitNext()).isFalse();
        // a camera's clock: microseconds since the machine was started
        FfmpegLog camera = read("[Parsed_showinfo_0 @ 0x1] [info] config in time_base: 1/1000000, frame_rate: 30/1\n"
                + frame(0, "8640012345678"));
        assertThat(camera.next()).isEqualTo(8_640_012_345_678_000L);
        FfmpegLog ntsc =
                read("[Parsed_showinfo_0 @ 0x1] [info] config in time_base: 1001/30000, frame_rate: 30000/1001\n"
                        + frame(0, "3"));
        assertThat(ntsc.next()).isEqualTo(100_100_000);
    }

    @Test
    void theLastComplaintsAreKept() {
        var text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            text.append("[h264 @ 0x1] [error] bad ").append(i).append("\n[info] fine\n");
        }
        text.append("[fatal] no ü\r[warning] no ü\n[error] cut off");
        assertThat(read(text.toString()).complaints())
                .containsExactly("bad 16", "bad 17", "bad 18", "bad 19", "no ü", "cut off");
    }

    @Test
    void anythingMayComeAndNothingBreaks() {
        var random = new SplittableRandom(5);
        String[] parts = {
            "[Parsed_showinfo_",
            " n:",
            " pts:",
            "config in time_base: ",
            "1/0",
            "-",
            "99999999999999999999",
            "/",
            "[error] ",
            "\n",
            "\r",
            " ",
            "x".repeat(5000),
            "\u0000",
            "é"
        };
        for (int i = 0; i < 3000; i++) {
            var text = new StringBuilder();
            for (int k = random.nextInt(30); k > 0; k--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            FfmpegLog log = read(text.toString());
            while (log.awaitNext()) {
                log.next();
            }
            assertThat(log.complaints().size()).isLessThanOrEqualTo(6);
        }
    }
}
