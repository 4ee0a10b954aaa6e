package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.problem.ProblemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // a missing input fails the test by itself
class SourcesTest {
    private static final Model MODEL = FusionPreTest.echo(13, DataType.FLOAT, Dim.of("N"), Dim.of(2));

    @TempDir
    Path folder;

    private List<Sample> read(String source) {
        var samples = new ArrayList<Sample>();
        SampleSource opened = Sources.open(spec("{'source': " + source + "}"), folder, MODEL);
        opened.forEach(samples::add);
        assertThat(samples).hasSize((int) opened.size());
        return samples;
    }

    private void png(String name, int width, int height, int type) throws IOException {
        var image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, 0xff000000 | x << 20 | y << 12 | (x + y));
            }
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    private void text(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void imagesOfOneFolderPerClass() throws IOException {
        png("set/good/b.png", 3, 2, BufferedImage.TYPE_INT_RGB);
        png("set/dented/a.png", 3, 2, BufferedImage.TYPE_INT_ARGB);
        List<Sample> samples = read("{'images': 'set'}");
        assertThat(samples).extracting(Sample::id).containsExactly("dented/a.png", "good/b.png");
        assertThat(samples.get(0).label()).hasValue(0);
        assertThat(samples.get(1).label()).hasValue(1);
        for (Sample sample : samples) {
            Tensor frame = sample.inputs().get(FrameFormat.INPUT);
            assertThat(frame.dims()).containsExactly(2, 3, 3);
            assertThat(frame.longAt((1 * 3 + 2) * 3)).isEqualTo(2 << 4);
            assertThat(frame.longAt((1 * 3 + 2) * 3 + 1)).isEqualTo(1 << 4);
            assertThat(frame.longAt((1 * 3 + 2) * 3 + 2)).isEqualTo(3);
        }
        text("names.txt", "good\ndented\n");
        assertThat(read("{'images': 'set', 'names': 'names.txt'}").get(0).label())
                .hasValue(1);
        assertThat(Sources.frame(spec("{'source': {'images': 'set'}}").source(), folder, MODEL))
                .isEqualTo(new FrameFormat.Image(2, 3, 3));
    }

    @Test
    void imagesWithATableOfLabels() throws IOException {
        png("a.png", 2, 2, BufferedImage.TYPE_BYTE_GRAY);
        png("b.png", 2, 2, BufferedImage.TYPE_3BYTE_BGR);
        text("labels.csv", "file,label\nb.png,1\n\"a.png\",0\n");
        assertThat(read("{'images': '.', 'channels': 1}"))
                .extracting(Sample::id)
                .containsExactly("b.png", "a.png");
        text("labels.csv", "file,label\nb.png,1\nc.png,0\n");
        assertThatThrownBy(() -> read("{'images': '.'}")).hasMessageContaining("labels.csv:3: no such file 'c.png'");
        text("labels.csv", "file,label\nb.png\n");
        assertThatThrownBy(() -> read("{'images': '.'}")).hasMessageContaining("labels.csv:2: expected file,label");
        text("labels.csv", "file,label\nb.png,good\nb.png,good\n");
        assertThatThrownBy(() -> read("{'images': '.'}"))
                .hasMessageContaining("labels.csv:3: 'b.png' stands in line 2");
        text("names.txt", "good\nbad\n");
        text("labels.csv", "b.png,goood\n");
        assertThatThrownBy(() -> read("{'images': '.', 'names': 'names.txt'}"))
                .hasMessageContaining("labels.csv:1: unknown class 'goood' · try 'good'");
    }

    @Test
    void brokenAndMisshapenImagesAreNamed() throws IOException {
        png("a.png", 4, 3, BufferedImage.TYPE_INT_RGB);
        assertThatThrownBy(() -> read("{'images': 'a.png', 'width': 8, 'height': 8}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("a.png: expected 8×8 pixels, found 4×3");
        byte[] whole = Files.readAllBytes(folder.resolve("a.png"));
        var random = new SplittableRandom(1);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = java.util.Arrays.copyOf(whole, random.nextInt(whole.length));
            for (int k = 0; k < 3 && bytes.length > 0; k++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(folder.resolve("a.png"), bytes);
            onlyProblems("{'images': 'a.png'}");
        }
    }

    private void onlyProblems(String source) {
        try {
            read(source);
        } catch (ProblemException e) {
            assertThat(e.problem().what()).isNotBlank();
        }
    }

    @Test
    void rawFrames() throws IOException {
        Files.write(folder.resolve("f.raw"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        List<Sample> samples = read("{'raw': 'f.raw', 'width': 2, 'height': 2, 'channels': 1}");
        assertThat(samples).extracting(Sample::id).containsExactly("f.raw#0", "f.raw#1");
        assertThat(samples.get(1).inputs().get("frame").toLongs()).containsExactly(5, 6, 7, 8);
        assertThatThrownBy(() -> read("{'raw': 'f.raw', 'width': 3, 'height': 2, 'channels': 1}"))
                .hasMessageContaining("expected frames of 6 bytes (3×2×1), found a file of 8");
    }

    @Test
    void recordedTensors() {
        var arrays = new LinkedHashMap<String, Tensor>();
        arrays.put("x", Tensor.ofInts("x", new long[] {3, 2}, 1, 2, 3, 4, 5, 6));
        arrays.put("labels", Tensor.ofLongs("labels", new long[] {3}, 7, 8, 9));
        arrays.put("recording", Tensor.ofLongs("recording", new long[] {3}, 0, 0, 1));
        TensorFile.writeNpz(folder.resolve("t.npz"), arrays);
        List<Sample> samples = read("{'tensors': 't.npz', 'sequence': 'recording'}");
        assertThat(samples).extracting(Sample::restart).containsExactly(true, false, true);
        assertThat(samples.get(2).label()).hasValue(9);
        Tensor input = samples.get(2).inputs().get("x");
        assertThat(input.dims()).containsExactly(1, 2);
        assertThat(input.type()).isEqualTo(DataType.FLOAT);
        assertThat(input.toFloats()).containsExactly(5, 6);
        assertThatThrownBy(() -> read("{'tensors': 't.npz', 'sequence': 'sequence'}"))
                .hasMessageContaining("no array 'sequence'");
    }

    static byte[] wav(int format, int bits, int channels, byte[] data) {
        ByteBuffer out = ByteBuffer.allocate(44 + data.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + data.length);
        out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        out.putShort((short) format).putShort((short) channels).putInt(8000);
        out.putInt(8000 * channels * bits / 8)
                .putShort((short) (channels * bits / 8))
                .putShort((short) bits);
        out.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data);
        return out.array();
    }

    @Test
    void wavOfEveryWidth() throws IOException {
        float[] wanted = {0.5f, -0.25f, -1, 0.75f};
        for (int bits : new int[] {8, 16, 24, 32, -32}) {
            ByteBuffer data = ByteBuffer.allocate(4 * 2 * Math.abs(bits) / 8).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : wanted) {
                for (float heard : new float[] {value, 0}) {
                    switch (bits) {
                        case 8 -> data.put((byte) (heard * 128 + 128));
                        case 16 -> data.putShort((short) (heard * 32768));
                        case 24 -> {
                            int sample = (int) (heard * 8388608);
                            data.put((byte) sample).putShort((short) (sample >> 8));
                        }
                        case 32 -> data.putInt((int) (heard * 2147483648.0));
                        default -> data.putFloat(heard);
                    }
                }
            }
            Files.write(folder.resolve("a.wav"), wav(bits < 0 ? 3 : 1, Math.abs(bits), 2, data.array()));
            String source = "{'wav': 'a.wav', 'frame': 2, 'context': 1, 'channels': '%s'}";
            List<Sample> left = read(source.formatted("left"));
            assertThat(left.get(0).inputs().get("frame").toFloats()).containsExactly(0, 0.5f, -0.25f);
            assertThat(left.get(1).inputs().get("frame").toFloats()).containsExactly(-0.25f, -1, 0.75f);
            assertThat(read(source.formatted("right"))
                            .get(1)
                            .inputs()
                            .get("frame")
                            .toFloats())
                    .containsOnly(0);
            assertThat(read(source.formatted("mix"))
                            .get(1)
                            .inputs()
                            .get("frame")
                            .toFloats())
                    .containsExactly(-0.125f, -0.5f, 0.375f);
        }
        assertThatThrownBy(() -> read("{'wav': 'a.wav', 'frame': 2, 'rate': 16000}"))
                .hasMessageContaining("expected 16000 Hz, found 8000 Hz");
    }

    @Test
    void damagedWavGivesProblemsOnly() throws IOException {
        byte[] whole = wav(1, 16, 1, new byte[64]);
        var random = new SplittableRandom(3);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes =
                    random.nextBoolean() ? whole.clone() : java.util.Arrays.copyOf(whole, random.nextInt(whole.length));
            for (int k = random.nextInt(4); k > 0 && bytes.length > 0; k--) {
                bytes[random.nextInt(Math.min(bytes.length, 48))] = (byte) random.nextInt();
            }
            Files.write(folder.resolve("a.wav"), bytes);
            onlyProblems("{'wav': 'a.wav', 'frame': 8, 'hop': 4}");
        }
        Files.write(folder.resolve("a.wav"), java.util.Arrays.copyOf(whole, 80));
        assertThatThrownBy(() -> read("{'wav': 'a.wav', 'frame': 8}"))
                .hasMessageContaining("the file is cut off · it claims 64 bytes of samples and has 36");
    }

    @Test
    void windowsOverRows() throws IOException {
        text(
                "a.csv",
                "t,a,b,kind,run\n0,1,10,x,r\n1,2,20,x,r\n2,3,30,y,r\n3,4,40,y,r\n4,5,50,y,r\n5,6,60,y,s\n6,7,70,x,s\n");
        List<Sample> samples =
                read("{'csv': 'a.csv', 'columns': ['b','a'], 'window': 2, 'hop': 2, 'label': 'kind', 'group': 'run'}");
        assertThat(samples).hasSize(3);
        assertThat(samples.get(1).inputs().get("frame").toFloats()).containsExactly(30, 3, 40, 4);
        assertThat(samples.get(1).label()).hasValue(1);
        assertThat(samples).extracting(Sample::restart).containsExactly(true, false, true);
        assertThat(samples.get(2).id()).isEqualTo("a.csv:8");
        assertThat(read("{'csv': 'a.csv', 'columns': 'a', 'window': 1, 'hop': 3}"))
                .hasSize(3);
        assertThat(read("{'csv': 'a.csv', 'window': 7}")
                        .get(0)
                        .inputs()
                        .get("frame")
                        .dims())
                .containsExactly(7, 3);
        text("b.csv", "a,b\n1,2\n3,four\n");
        assertThatThrownBy(() -> read("{'csv': 'b.csv', 'columns': 'b'}"))
                .hasMessageContaining("b.csv:3: 'four' is not a number");
        assertThatThrownBy(() -> read("{'csv': 'b.csv', 'columns': 'c'}")).hasMessageContaining("no column 'c'");
        text("b.csv", "a,b\n1,2\n3\n");
        assertThatThrownBy(() -> read("{'csv': 'b.csv', 'columns': 'b'}"))
                .hasMessageContaining("b.csv:3: expected 2 cells, found 1");
        text("b.csv", "a,b\r\n1,2\r\n3,4\r5,6");
        assertThat(read("{'csv': 'b.csv', 'columns': 'b', 'window': 1}")).hasSize(3);
        text("b.csv", "a,b\n1,2\n" + "3".repeat(1 << 21));
        assertThatThrownBy(() -> read("{'csv': 'b.csv', 'columns': 'b'}"))
                .hasMessageContaining("b.csv:3: the line has more than 1048576 characters");
    }

    @Test
    void damagedTablesGiveProblemsOnly() throws IOException {
        byte[] whole = "t,a,kind\n0,1,x\n1,\"2\",x\n2,3,y\n3,4,y\n".getBytes(StandardCharsets.UTF_8);
        byte[] labels = "file,label\na.png,good\n\"b.png\",bad\n".getBytes(StandardCharsets.UTF_8);
        png("a.png", 1, 1, BufferedImage.TYPE_INT_RGB);
        png("b.png", 1, 1, BufferedImage.TYPE_INT_RGB);
        var random = new SplittableRandom(4);
        for (int i = 0; i < 1000; i++) {
            Files.write(folder.resolve("a.csv"), mutated(whole, random));
            onlyProblems("{'csv': 'a.csv', 'window': 2, 'hop': 1, 'label': 'kind'}");
            Files.write(folder.resolve("labels.csv"), mutated(labels, random));
            onlyProblems("{'images': '.'}");
        }
    }

    private static byte[] mutated(byte[] whole, SplittableRandom random) {
        byte[] bytes = java.util.Arrays.copyOf(whole, random.nextInt(whole.length / 2, whole.length + 1));
        for (int k = random.nextInt(4); k > 0; k--) {
            byte[] likely = {',', '"', '\n', '\r', 0, (byte) 0xff, '.', '/', ';', '-'};
            bytes[random.nextInt(bytes.length)] =
                    random.nextBoolean() ? likely[random.nextInt(likely.length)] : (byte) random.nextInt();
        }
        return bytes;
    }
}
