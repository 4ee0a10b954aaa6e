package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of samples, from arrays and from tables. */
class TruthTest {
    private static final Model MODEL = Model.of(
            Graph.of(
                    "net",
                    List.of(Node.of("Identity", List.of("x"), List.of("y"))),
                    List.of(),
                    List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 2))),
                    List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 2)))),
            17);

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void pictures() throws IOException {
        for (String name : List.of("a", "b")) {
            ImageIO.write(
                    new BufferedImage(3, 2, BufferedImage.TYPE_3BYTE_BGR),
                    "png",
                    folder.resolve(name + ".png").toFile());
        }
    }

    private List<Sample> arrays(Tensor... truth) {
        var arrays = new LinkedHashMap<String, Tensor>();
        arrays.put("x", Tensor.ofFloats("x", new long[] {2, 2}, 1, 2, 3, 4));
        for (Tensor each : truth) {
            arrays.put(each.name(), each);
        }
        TensorFile.writeNpz(folder.resolve("t.npz"), arrays);
        return all(new SourceSpec.Tensors("t.npz", "labels", null));
    }

    private List<Sample> table(String text) throws IOException {
        Files.writeString(folder.resolve("labels.csv"), text);
        return all(new SourceSpec.Images(".", null, null, 3, 0, 0));
    }

    private List<Sample> all(SourceSpec spec) {
        return StreamSupport.stream(Sources.open(spec, folder, MODEL).spliterator(), false)
                .toList();
    }

    @Test
    void theFormOfAnArraySaysWhatItIs() {
        assertThat(arrays().getFirst().truth()).isEqualTo(Truth.UNKNOWN);
        assertThat(arrays(Tensor.ofLongs("labels", new long[] {2}, 4, 5)))
                .extracting(Sample::truth)
                .containsExactly(new Truth.Label(4), new Truth.Label(5));
        assertThat(arrays(Tensor.ofFloats("labels", new long[] {2, 3}, 1, 2, 3, 4, 5, 6))
                        .get(1)
                        .truth())
                .isEqualTo(new Truth.Target(Tensor.ofFloats("labels", new long[] {3}, 4, 5, 6)));
        assertThat(arrays(Tensor.ofInts("labels", new long[] {2, 1, 2}, 0, 1, 2, 3))
                        .get(1)
                        .truth())
                .isEqualTo(new Truth.Mask(Tensor.ofInts("labels", new long[] {1, 2}, 2, 3)));
        assertThat(arrays(Tensor.ofFloats("boxes", new long[] {2, 1, 5}, 0, 0, 1, 1, 3, 0, 0, 0, 0, -1))
                        .get(0)
                        .truth())
                .isEqualTo(new Truth.Boxes(Tensor.ofFloats("boxes", new long[] {1, 5}, 0, 0, 1, 1, 3)));
        assertThat(arrays(
                                Tensor.ofStrings("text", new long[] {2}, List.of("on", "off")),
                                Tensor.ofStrings("alphabet", new long[] {2}, List.of("<blank>", "o")))
                        .get(1)
                        .truth())
                .isEqualTo(new Truth.Text("off", List.of("<blank>", "o")));
    }

    @Test
    void arraysThatAreNoTruthAreRefused() {
        assertThatThrownBy(() -> arrays(Tensor.ofLongs("labels", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)))
                .hasMessageContaining("whole numbers, one per sample");
        assertThatThrownBy(() -> arrays(Tensor.ofFloats("boxes", new long[] {2, 4}, 1, 2, 3, 4, 5, 6, 7, 8)))
                .hasMessageContaining("[n, m, 5 or 6]");
        assertThatThrownBy(() -> arrays(Tensor.ofLongs("labels", new long[] {}, 1)))
                .hasMessageContaining("counts the samples");
        assertThatThrownBy(() -> arrays(Tensor.ofLongs("labels", new long[] {2}, 1, -1)))
                .hasMessageContaining("label -1 of sample 1");
        assertThatThrownBy(() -> arrays(Tensor.ofFloats("labels", new long[] {3}, 1, 2, 3)))
                .hasMessageContaining("'labels' has 3");
    }

    @Test
    void aTableSaysByItsHeaderWhatItHolds() throws IOException {
        assertThat(table("file,label\nb.png,1\n").getFirst().label()).hasValue(1);
        assertThat(table("b.png,good\na.png,bad\n"))
                .extracting(Sample::truth)
                .containsExactly(new Truth.Label(1), new Truth.Label(0));
        assertThat(table("file,target,target\na.png,1.5,-2\n").getFirst().truth())
                .isEqualTo(new Truth.Target(Tensor.ofFloats("target", new long[] {2}, 1.5f, -2)));
        assertThat(table("file,text\na.png,\"lights on, please\"\n").getFirst().truth())
                .isEqualTo(new Truth.Text("lights on, please", List.of()));
        List<Sample> boxes =
                table("file,left,top,right,bottom,label\na.png,0,0,2,1,cat\nb.png,,,,,\na.png,1,1,2,2,dog\n");
        assertThat(boxes).extracting(Sample::id).containsExactly("a.png", "b.png");
        assertThat(boxes.get(0).truth())
                .isEqualTo(new Truth.Boxes(Tensor.ofFloats("boxes", new long[] {2, 5}, 0, 0, 2, 1, 0, 1, 1, 2, 2, 1)));
        assertThat(boxes.get(1).truth()).isEqualTo(new Truth.Boxes(Tensor.ofFloats("boxes", new long[] {0, 5})));
    }

    @Test
    void aMaskIsAPictureOfClasses() throws IOException {
        var mask = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
        mask.getRaster().setSample(2, 1, 0, 7);
        ImageIO.write(mask, "png", folder.resolve("m.png").toFile());
        assertThat(table("file,mask\na.png,m.png\n").getFirst().truth())
                .isEqualTo(new Truth.Mask(Tensor.ofInts("mask", new long[] {2, 3}, 0, 0, 0, 0, 0, 7)));
        assertThatThrownBy(() -> table("file,mask\na.png,b.png\n")).hasMessageContaining("must be gray");
        assertThatThrownBy(() -> table("file,mask\na.png,c.png\n")).hasMessageContaining("no such file 'c.png'");
    }

    @Test
    void brokenLinesAreNamed() {
        assertThatThrownBy(() -> table("file,target,target\na.png,1\n"))
                .hasMessageContaining("labels.csv:2: expected file,target,target");
        assertThatThrownBy(() -> table("file,target\na.png,much\n")).hasMessageContaining("'much' is not a number");
        assertThatThrownBy(() -> table("file,left,top,right,bottom,label\na.png,0,0,x,1,cat\n"))
                .hasMessageContaining("labels.csv:2: 'x' is not a number");
    }
}
