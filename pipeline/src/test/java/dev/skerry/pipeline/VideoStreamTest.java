package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pictures of an ffmpeg that makes them itself, where a camera would be: there is none on a machine that runs tests. All but the
 * words that ask the camera is the same.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
@Timeout(60)
class VideoStreamTest {
    private static final FrameFormat.Image FRAME = new FrameFormat.Image(24, 32, 1);
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofShared();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        arena.close();
    }

    /** The n-th picture is all of the value n mod 256. */
    private static VideoDecoding pictures(double rate, List<String> filters) {
        return new VideoDecoding(
                List.of(
                        "-re",
                        "-f",
                        "lavfi",
                        "-i",
                        "nullsrc=size=32x24:rate=" + rate + ",format=gray,geq=lum='mod(N,256)'"),
                filters,
                FRAME,
                false);
    }

    private static VideoStream.Manner manner(boolean endless, long stallNanos, int stuck) {
        return new VideoStream.Manner(
                endless,
                false,
                stallNanos,
                stallNanos,
                stuck,
                ending -> Problem.environment("pipeline.camera", "no pictures").because(ending.reason()));
    }

    private SampleRing open(RetryingSource.Attempt attempt) {
        SampleRing ring = SampleRing.allocate(arena, SampleLayout.of(FRAME), 8);
        var source = new RetryingSource(
                "video", attempt, new Backoff(Duration.ofMillis(10), Duration.ofMillis(50), new Random(1)));
        opened.add(source);
        source.start(ring.writer());
        return ring;
    }

    private SampleRing open(double rate) {
        return open(new VideoStream(
                Ffmpeg.installed(), pictures(rate, List.of()), manner(true, 5_000_000_000L, 0), System::nanoTime));
    }

    private static void until(BooleanSupplier done) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
    }

    @Test
    void aSlowReaderGetsTheNewestPicture() throws InterruptedException {
        SampleRing ring = open(100);
        RingReader reader = ring.reader();
        MemorySegment[] to = {arena.allocate(24 * 32)};
        long taken = 0;
        for (int i = 0; i < 8; i++) {
            until(() -> !reader.drained());
            long newest = ring.published() - 1;
            assertThat(reader.newest(to)).isTrue();
            taken++;
            assertThat(reader.sample()).isGreaterThanOrEqualTo(newest);
            assertThat(to[0].get(ValueLayout.JAVA_BYTE, 5)).isEqualTo((byte) reader.sample());
            assertThat(to[0].get(ValueLayout.JAVA_BYTE, 24 * 32 - 1)).isEqualTo((byte) reader.sample());
            assertThat(reader.capturedNanos()).isLessThanOrEqualTo(System.nanoTime());
            Thread.sleep(60);
        }
        assertThat(reader.skipped()).isGreaterThan(taken);
    }

    @Test
    void anFfmpegThatIsKilledIsStartedAnew() throws InterruptedException {
        SampleRing ring = open(50);
        RingReader reader = ring.reader();
        MemorySegment[] to = {arena.allocate(24 * 32)};
        until(() -> ring.published() > 5);
        assertThat(reader.newest(to)).isTrue();
        for (int i = 1; i <= 3; i++) {
            children().forEach(ProcessHandle::destroyForcibly);
            long times = i;
            until(() -> ring.count(SampleRing.Counter.RECONNECTS) == times);
            assertThat(ring.trouble()).contains("no pictures · ffmpeg: ");
            long before = ring.published();
            until(() -> ring.published() > before + 5);
            assertThat(reader.newest(to)).isTrue();
            assertThat(reader.restarted()).isTrue();
            assertThat(ring.state()).isEqualTo(SampleRing.State.DELIVERING);
        }
    }

    @Test
    void oneThatGivesNothingIsEnded() throws IOException, InterruptedException {
        Path silent = folder.resolve("ffmpeg");
        Files.writeString(silent, "#!/bin/sh\nexec sleep 1000\n");
        Files.setPosixFilePermissions(silent, PosixFilePermissions.fromString("rwx------"));
        var ffmpeg = new Ffmpeg(List.of(), silent, 5);
        SampleRing ring =
                open(new VideoStream(ffmpeg, pictures(1, List.of()), manner(true, 300_000_000L, 0), System::nanoTime));
        until(() -> ring.state() == SampleRing.State.TROUBLED);
        assertThat(ring.trouble()).contains("no frame comes any more");
        assertThat(ring.published()).isZero();
    }

    @Test
    void closingEndsTheProcess() throws Exception {
        SampleRing ring = open(50);
        until(() -> ring.published() > 2);
        ProcessHandle ffmpeg = children().getFirst();
        opened.removeFirst().close();
        ffmpeg.onExit().get(5, TimeUnit.SECONDS);
        long published = ring.published();
        Thread.sleep(100);
        assertThat(ring.published()).isEqualTo(published);
    }

    @Test
    void aPictureThatStaysTheSameIsMarked() throws InterruptedException {
        var frozen = new VideoDecoding(
                List.of("-re", "-f", "lavfi", "-i", "color=size=32x24:rate=50"), List.of(), FRAME, false);
        SampleRing ring =
                open(new VideoStream(Ffmpeg.installed(), frozen, manner(true, 5_000_000_000L, 10), System::nanoTime));
        until(() -> ring.published() > 20);
        assertThat(ring.count(SampleRing.Counter.STUCK)).isBetween(ring.published() - 12, ring.published() - 8);
        SampleRing lively = open(new VideoStream(
                Ffmpeg.installed(), pictures(50, List.of()), manner(true, 5_000_000_000L, 2), System::nanoTime));
        until(() -> lively.published() > 20);
        assertThat(lively.count(SampleRing.Counter.STUCK)).isZero();
    }

    @Test
    void aFileIsReplayedOnceOrForEver() throws InterruptedException {
        Clips.counted(folder.resolve("a.mkv"), 8);
        var video = (LiveSpec.Replay) Ran.spec("{'source': {'video': 'a.mkv', 'channels': 1, 'live': true}}")
                .source();
        SampleRing once = open(LiveVideo.replay(video, folder, System::nanoTime));
        until(() -> once.state() == SampleRing.State.ENDED);
        assertThat(once.published()).isEqualTo(8);
        assertThat(once.trouble()).isNull();
        SampleRing again = open(LiveVideo.replay(
                new LiveSpec.Replay(video.video(), true, video.freshness()), folder, System::nanoTime));
        until(() -> again.published() > 20);
    }

    @Test
    void aFileThatBreaksOffEndsWithTheReason() throws IOException, InterruptedException {
        Path whole = Clips.filmed(folder.resolve("a.mp4"), 0.5);
        Files.write(folder.resolve("cut.mp4"), java.util.Arrays.copyOf(Files.readAllBytes(whole), 4000));
        var spec = new LiveSpec.Replay(
                ((LiveSpec.Replay) Ran.spec(
                                        "{'source': {'video': 'cut.mp4', 'width': 32, 'height': 24, 'channels': 1, 'live': true}}")
                                .source())
                        .video(),
                false,
                LiveSpec.Freshness.LATEST);
        SampleRing ring = open(LiveVideo.replay(spec, folder, System::nanoTime));
        until(() -> ring.state() == SampleRing.State.ENDED);
        assertThat(ring.trouble()).contains("cut.mp4: the video can't be read · ffmpeg: ");
    }

    /** As a camera's frames carry the kernel's clock; here the wall's stands for it. */
    @Test
    void theTimeOfCaptureIsTheCameras() throws Exception {
        LongSupplier wall = () -> TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        var stamped = pictures(50, List.of("settb=1/1000000", "setpts=RTCTIME-20000"));
        var kernel = new VideoStream.Manner(
                true,
                true,
                5_000_000_000L,
                5_000_000_000L,
                0,
                manner(true, 0, 0).failure());
        SampleRing ring = open(new VideoStream(Ffmpeg.installed(), stamped, kernel, wall));
        RingReader reader = ring.reader();
        MemorySegment[] to = {arena.allocate(24 * 32)};
        until(() -> ring.published() > 3);
        assertThat(reader.newest(to)).isTrue();
        assertThat(wall.getAsLong() - reader.capturedNanos()).isGreaterThanOrEqualTo(19_000_000L);
    }

    @Test
    void framesLeaveNoGarbage() throws Exception {
        var stream = new VideoStream(
                Ffmpeg.installed(),
                new VideoDecoding(
                        List.of("-f", "lavfi", "-i", "testsrc=size=320x240:rate=100:duration=8"),
                        List.of(),
                        new FrameFormat.Image(240, 320, 3),
                        false),
                manner(false, 5_000_000_000L, 0),
                System::nanoTime);
        var counted = new Counted(arena.allocate(240 * 320 * 3));
        stream.deliver(counted, new Open());
        assertThat(counted.frames).isEqualTo(800);
        // one frame has 230,400 bytes
        assertThat(counted.bytes).isLessThan(20_000);
    }

    private static final class Open implements RetryingSource.Closing {
        @Override
        public boolean closing() {
            return false;
        }

        @Override
        public void onClosing(Runnable release) {}

        @Override
        public boolean sleep(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
            return false;
        }
    }

    private static final class Counted implements SampleSink {
        private final MemorySegment frame;
        int frames;
        long bytes;

        Counted(MemorySegment frame) {
            this.frame = frame;
        }

        @Override
        public SampleLayout layout() {
            throw new AssertionError();
        }

        @Override
        public MemorySegment input(int index) {
            return frame;
        }

        @Override
        public void publish(long capturedNanos, int marks) {
            frames++;
            if (frames == 300 || frames == 700) {
                bytes = allocated() - bytes;
            }
        }

        @Override
        public void trouble(Problem problem) {
            throw problem.toException();
        }

        @Override
        public void recovered() {}

        @Override
        public void ended() {}
    }

    /** Bytes that this thread has allocated; by reflection, since the module has no need of java.management. */
    private static long allocated() {
        try {
            Object threads = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            return (long) Class.forName("com.sun.management.ThreadMXBean")
                    .getMethod("getCurrentThreadAllocatedBytes")
                    .invoke(threads);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    @Test
    void aCameraIsAskedInWordsOfFfmpeg() {
        var spec = (LiveSpec.Camera) Ran.spec("{'source': {'camera': '/dev/video2', 'width': 640, 'height': 480,"
                        + " 'fps': 30, 'format': 'mjpeg', 'decoder': 'mjpeg_v4l2m2m', 'hardware': 'drm'}}")
                .source();
        assertThat(LiveVideo.cameraInput(spec))
                .isEqualTo(List.of(("-copyts -f v4l2 -input_format mjpeg -framerate 30.0 -video_size 640x480"
                                + " -fflags nobuffer -thread_type slice -hwaccel drm -c:v mjpeg_v4l2m2m -i /dev/video2")
                        .split(" ")));
        var plain = (LiveSpec.Camera) Ran.spec("{'source': {'camera': '/dev/video0', 'width': 64, 'height': 48}}")
                .source();
        assertThat(LiveVideo.cameraInput(plain)).doesNotContain("-input_format", "-framerate", "-c:v", "-hwaccel");
    }

    @Test
    void aCameraThatIsNotThereIsToldWithThoseThatAre() throws Exception {
        Path device = Files.createDirectories(folder.resolve("video4linux/video3"));
        Files.writeString(device.resolve("name"), "Front camera\n");
        var cameras = new Cameras(folder.resolve("video4linux"));
        var missing = new FramePipe.Ending(1, List.of("/dev/video9: No such file or directory"), 0);
        assertThat(cameras.explain("/dev/video9", missing, Ffmpeg.installed()).toString())
                .isEqualTo("/dev/video9: the camera gives no pictures · ffmpeg: /dev/video9: No such file or directory"
                        + " · try one of /dev/video3 (Front camera)");
        assertThat(new Cameras(folder.resolve("none"))
                        .explain("/dev/video9", missing, Ffmpeg.installed())
                        .toString())
                .contains("connecting a camera");
        var denied = new FramePipe.Ending(1, List.of("/dev/video0: Permission denied"), 0);
        assertThat(cameras.explain("/dev/video0", denied, Ffmpeg.installed()).toString())
                .contains("group video");
        var busy = new FramePipe.Ending(1, List.of("ioctl(VIDIOC_STREAMON): Device or resource busy"), 0);
        assertThat(cameras.explain("/dev/video0", busy, Ffmpeg.installed()).toString())
                .contains("fuser -v /dev/video0");
        assertThat(Cameras.offered(List.of(
                        "[video4linux2,v4l2 @ 0x55] [info] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 320x240",
                        "[video4linux2,v4l2 @ 0x55] [info] Compressed:       mjpeg :          Motion-JPEG : 1280x720",
                        "/dev/video0: Immediate exit requested")))
                .containsExactly("yuyv422 640x480 320x240", "mjpeg 1280x720");
        // a real attempt, where no camera is
        if (!Files.exists(Path.of("/dev/video9"))) {
            var spec = (LiveSpec.Camera)
                    Ran.spec("{'source': {'camera': '/dev/video9', 'width': 32, 'height': 24, 'channels': 1}}")
                            .source();
            SampleRing ring = open(LiveVideo.camera(spec, System::nanoTime));
            until(() -> ring.state() == SampleRing.State.TROUBLED);
            assertThat(ring.trouble())
                    .contains("/dev/video9: the camera gives no pictures")
                    .contains("No such file");
        }
    }

    /** A program that is killed can't clean up; the system does it. */
    @Test
    void aKilledProgramLeavesNoFfmpegBehind() throws Exception {
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        VideoProgram.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        opened.add(program::destroyForcibly);
        assertThat(program.inputReader().readLine()).isEqualTo("started");
        until(() -> program.descendants().anyMatch(VideoStreamTest::isFfmpeg));
        ProcessHandle ffmpeg = program.descendants()
                .filter(VideoStreamTest::isFfmpeg)
                .findFirst()
                .orElseThrow();
        program.destroyForcibly();
        ffmpeg.onExit().get(10, TimeUnit.SECONDS);
    }

    private static boolean isFfmpeg(ProcessHandle process) {
        return process.info().command().orElse("").endsWith("ffmpeg");
    }
}
