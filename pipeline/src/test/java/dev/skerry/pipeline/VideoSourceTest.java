package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // a missing input fails the test by itself
@SuppressWarnings("NullAway") // a null fails the test, as it should
class VideoSourceTest {
    private static final Model MODEL = FusionPreTest.echo(13, DataType.FLOAT, Dim.of("N"), Dim.of(2));

    @TempDir
    Path folder;

    private List<Sample> read(String source) {
        var samples = new ArrayList<Sample>();
        SampleSource opened = Sources.open(spec("{'source': " + source + "}"), folder, MODEL);
        opened.forEach(samples::add);
        assertThat(opened.size()).isEqualTo(samples.size());
        return samples;
    }

    private FrameFormat frame(String source) {
        return Sources.frame(spec("{'source': " + source + "}").source(), folder, MODEL);
    }

    private static List<Long> values(List<Sample> samples) {
        return samples.stream()
                .map(sample -> sample.inputs().get(FrameFormat.INPUT).longAt(0))
                .toList();
    }

    @Test
    void everyFrameInOrderWithItsTime() {
        Clips.counted(folder.resolve("a.mkv"), 25);
        assertThat(frame("{'video': 'a.mkv'}")).isEqualTo(new FrameFormat.Image(24, 32, 3));
        List<Sample> samples = read("{'video': 'a.mkv', 'channels': 1}");
        assertThat(samples).hasSize(25);
        for (int i = 0; i < 25; i++) {
            Tensor picture = samples.get(i).inputs().get(FrameFormat.INPUT);
            assertThat(picture.dims()).containsExactly(24, 32, 1);
            assertThat(picture.toLongs()).containsOnly(8L * i);
        }
        assertThat(samples.get(12).id()).isEqualTo("a.mkv@1.200s");
        assertThat(samples).filteredOn(Sample::restart).containsExactly(samples.getFirst());
        // the same again, and in colour: gray has all three alike
        assertThat(read("{'video': 'a.mkv', 'channels': 1}")).isEqualTo(samples);
        assertThat(read("{'video': 'a.mkv'}")
                        .get(9)
                        .inputs()
                        .get(FrameFormat.INPUT)
                        .toLongs())
                .containsOnly(72L);
    }

    @Test
    void someOfTheFrames() {
        Clips.counted(folder.resolve("a.mkv"), 20);
        assertThat(values(read("{'video': 'a.mkv', 'every': 7}"))).containsExactly(0L, 56L, 112L);
        assertThat(read("{'video': 'a.mkv', 'every': 7}").get(2).id()).isEqualTo("a.mkv@1.400s");
        assertThat(values(read("{'video': 'a.mkv', 'fps': 2}"))).hasSize(4).isSorted();
        assertThatThrownBy(() -> read("{'video': 'a.mkv', 'fps': 2, 'every': 2}"))
                .hasMessageContaining("both every and fps choose frames");
    }

    @Test
    void scaledToOneSize() {
        Clips.counted(folder.resolve("a.mkv"), 3);
        List<Sample> samples = read("{'video': 'a.mkv', 'width': 16, 'height': 8}");
        assertThat(samples.get(1).inputs().get(FrameFormat.INPUT).dims()).containsExactly(8, 16, 3);
        assertThat(samples.get(1).inputs().get(FrameFormat.INPUT).toLongs()).containsOnly(8L);
        assertThatThrownBy(() -> read("{'video': 'a.mkv', 'width': 16}"))
                .hasMessageContaining("a size needs width and height");
    }

    @Test
    void aVideoThatIsTurnedIsSeenUpright() {
        Clips.counted(folder.resolve("a.mkv"), 3);
        Path straight = folder.resolve("straight.mp4");
        Clips.make("-i", folder.resolve("a.mkv").toString(), "-c:v", "mpeg4", straight.toString());
        Clips.make(
                "-i",
                straight.toString(),
                "-c",
                "copy",
                "-metadata:s:v:0",
                "rotate=90",
                folder.resolve("turned.mp4").toString());
        assertThat(frame("{'video': 'turned.mp4'}")).isEqualTo(new FrameFormat.Image(32, 24, 3));
        assertThat(read("{'video': 'turned.mp4'}")).hasSize(3);
    }

    @Test
    void aFolderPerClass() throws IOException {
        Files.createDirectories(folder.resolve("set/idle"));
        Files.createDirectories(folder.resolve("set/moving"));
        Clips.counted(folder.resolve("set/moving/a.mkv"), 2);
        Clips.counted(folder.resolve("set/idle/b.mkv"), 3);
        List<Sample> samples = read("{'video': 'set'}");
        assertThat(samples)
                .extracting(Sample::id)
                .startsWith("idle/b.mkv@0.000s")
                .endsWith("moving/a.mkv@0.100s");
        assertThat(samples).extracting(sample -> sample.label().orElse(-1)).containsExactly(0, 0, 0, 1, 1);
        assertThat(samples).extracting(Sample::restart).containsExactly(true, false, false, true, false);
        Clips.counted(folder.resolve("set/moving/c.mkv"), 2, 64, 24);
        assertThatThrownBy(() -> read("{'video': 'set'}"))
                .hasMessageContaining("c.mkv: expected 32×24 pixels as the videos before, found 64×24")
                .hasMessageContaining("width and height");
        assertThat(read("{'video': 'set', 'width': 8, 'height': 8}")).hasSize(7);
    }

    @Test
    void classesOfPartsByTimeAndByFrame() throws IOException {
        Clips.counted(folder.resolve("a.mkv"), 30);
        Files.writeString(folder.resolve("l.csv"), "from,to,label\n0.5,1,dented\n0:00:01.4,1.6,good\n");
        List<Sample> samples = read("{'video': 'a.mkv', 'labels': 'l.csv'}");
        assertThat(values(samples)).containsExactly(40L, 48L, 56L, 64L, 72L, 112L, 120L);
        assertThat(samples).extracting(sample -> sample.label().orElse(-1)).containsExactly(0, 0, 0, 0, 0, 1, 1);
        assertThat(samples).filteredOn(Sample::restart).containsExactly(samples.get(0), samples.get(5));
        Files.writeString(folder.resolve("l.csv"), "first,last,label\n2,4,1\n9,9,0\n");
        assertThat(values(read("{'video': 'a.mkv', 'labels': 'l.csv'}"))).containsExactly(16L, 24L, 32L, 72L);
        assertThat(values(read("{'video': 'a.mkv', 'labels': 'l.csv', 'every': 3}")))
                .containsExactly(24L, 72L);
        Files.writeString(folder.resolve("l.csv"), "frame,label\n7,1\n3,0\n");
        assertThat(values(read("{'video': 'a.mkv', 'labels': 'l.csv'}"))).containsExactly(24L, 56L);
        assertThatThrownBy(() -> read("{'video': 'a.mkv', 'labels': 'l.csv', 'fps': 5}"))
                .hasMessageContaining("frames have no numbers");
    }

    @Test
    void aTableThatIsWrongIsNamedWithItsLine() throws IOException {
        Clips.counted(folder.resolve("a.mkv"), 3);
        wrong("from,label\n0,1\n", "l.csv:1: no column 'to'");
        wrong("from,to,label\n0,1,a\n0.5,2,b\n", "l.csv:3: the part overlaps that of line 2");
        wrong("from,to,label\n2,1,a\n", "l.csv:2: the part ends before it begins");
        wrong("from,to,label\nsoon,1,a\n", "l.csv:2: expected seconds or h:mm:ss, found 'soon'");
        wrong("first,last,label\n1.5,2,a\n", "l.csv:2: expected the number of a frame, found '1.5'");
        wrong("from,to,label\n0,1\n", "l.csv:2: expected from,to,label");
        wrong("from,to,label\n", "the table has no rows");
    }

    private void wrong(String table, String message) throws IOException {
        Files.writeString(folder.resolve("l.csv"), table);
        assertThatThrownBy(() -> read("{'video': 'a.mkv', 'labels': 'l.csv'}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatIsNoVideoIsNamedWithTheReasonOfFfmpeg() throws IOException {
        assertThatThrownBy(() -> read("{'video': 'none.mp4'}")).hasMessageContaining("no such file");
        Files.write(folder.resolve("junk.mp4"), new byte[5000]);
        assertThatThrownBy(() -> read("{'video': 'junk.mp4'}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("junk.mp4: the video can't be read · ffmpeg: ");
        Clips.make(
                "-f",
                "lavfi",
                "-i",
                "sine=duration=1",
                folder.resolve("sound.m4a").toString());
        assertThatThrownBy(() -> read("{'video': 'sound.m4a'}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("matches no streams");
        Files.writeString(
                folder.resolve("list.m3u8"), "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n");
        assertThatThrownBy(() -> read("{'video': 'list.m3u8'}")).isInstanceOf(ProblemException.class);
    }

    @Test
    void aDamagedVideoIsRefusedAndNeverReadAsIfItWereWhole() throws IOException {
        Path whole = Clips.filmed(folder.resolve("a.mp4"), 1);
        assertThat(read("{'video': 'a.mp4'}")).hasSize(30);
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(folder.resolve("cut.mp4"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> read("{'video': 'cut.mp4'}")).isInstanceOf(ProblemException.class);
        var random = new SplittableRandom(3);
        for (int i = 48 + 2000; i < bytes.length / 2; i += 97) {
            bytes[i] = (byte) random.nextInt();
        }
        Files.write(folder.resolve("torn.mp4"), bytes);
        assertThatThrownBy(() -> read("{'video': 'torn.mp4'}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("torn.mp4: the video can't be read")
                .hasMessageContaining("ffmpeg -i torn.mp4 repaired.mp4");
    }

    @Test
    void anIteratorThatIsLeftEndsItsProcess() throws Exception {
        Clips.filmed(folder.resolve("a.mp4"), 5);
        SampleSource source = Sources.open(spec("{'source': {'video': 'a.mp4'}}"), folder, MODEL);
        Iterator<Sample> frames = source.iterator();
        frames.next();
        List<ProcessHandle> running = children();
        assertThat(running).hasSize(1);
        ((AutoCloseable) frames).close();
        running.getFirst().onExit().get();
        assertThat(children()).isEmpty();
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
    }

    @Test
    void aMissingFfmpegIsSaidWithThePackage() {
        assertThatThrownBy(() -> Ffmpeg.find(null, folder.toString()))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("video is decoded by ffmpeg, which isn't here")
                .hasMessageContaining("apt-get install ffmpeg");
        assertThatThrownBy(() -> Ffmpeg.find(folder.resolve("x").toString(), ""))
                .hasMessageContaining("-Dskerry.ffmpeg names no program");
        assertThatThrownBy(() -> Ffmpeg.find("/bin/true", "")).hasMessageContaining("doesn't tell its version");
    }

    @Test
    void declarationsComeBackAsTheyAre() {
        for (String source : List.of(
                "{'video': 'a.mp4'}",
                "{'video': 'a', 'channels': 1, 'width': 8, 'height': 6, 'every': 3, 'labels': 'l.csv', 'names': 'n', 'decoder': 'h264_v4l2m2m', 'hardware': 'vaapi'}",
                "{'video': 'a.mp4', 'fps': 7.5, 'live': true, 'loop': true, 'maxAge': 0.2}",
                "{'camera': '/dev/video0', 'width': 640, 'height': 480, 'fps': 30, 'format': 'mjpeg'}",
                "{'text': 'a.csv', 'pair': 'b', 'label': 'l'}",
                "{'bytes': 'files', 'first': 8, 'last': 8, 'pad': 256, 'strip': true}")) {
            PipelineSpec declared = spec("{'source': " + source + "}");
            assertThat(PipelineSpec.parse(declared.toJson())).isEqualTo(declared);
        }
        for (String word : List.of("-i", "a b", "x;y", "../x", "a=b")) {
            assertThatThrownBy(() -> spec("{'source': {'video': 'a', 'decoder': '" + word + "'}}"))
                    .hasMessageContaining("expected one word");
        }
        assertThatThrownBy(() -> spec("{'source': {'camera': 'video0', 'width': 1, 'height': 1}}"))
                .hasMessageContaining("expected a device such as /dev/video0");
        assertThatThrownBy(() -> spec("{'source': {'camera': '/dev/video0'}}"))
                .hasMessageContaining("a live picture needs width and height");
    }
}
