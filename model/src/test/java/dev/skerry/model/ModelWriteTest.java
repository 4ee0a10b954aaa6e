package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where content goes when a model is written. */
class ModelWriteTest {
    private static final long NOTHING_INLINE = 0;

    @TempDir
    Path folder;

    private static Model model(float first) {
        float[] large = new float[1024];
        large[0] = first;
        var weights = List.of(
                Tensor.ofFloats("w", new long[] {1024}, large),
                Tensor.ofFloats("v", new long[] {1024}, new float[1024]),
                Tensor.ofFloats("small", new long[] {1}, 3));
        return Model.of(
                Graph.of(
                        "g",
                        List.of(
                                Node.of("Add", List.of("x", "w"), List.of("t")),
                                Node.of("Mul", List.of("t", "v"), List.of("u")),
                                Node.of("Add", List.of("u", "small"), List.of("y"))),
                        weights,
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1024))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1024)))),
                20);
    }

    private List<String> files(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.map(file -> file.getFileName() + "").sorted().toList();
        }
    }

    private static Tensor weight(Model model, String name) {
        return java.util.Objects.requireNonNull(model.graph().initializers().get(name));
    }

    @Test
    void modelTooLargeForOneFileGetsADataFile() throws IOException {
        Path file = folder.resolve("m.onnx");
        new ModelOutput(file, NOTHING_INLINE).write(model(1));
        assertThat(files(folder)).containsExactly("m.onnx", "m.onnx.data");
        assertThat(Files.size(file)).isLessThan(1000);
        Model read = ModelFile.read(file);
        assertThat(read).isEqualTo(model(1));
        assertThat(weight(read, "w").external()).isNotNull();
        assertThat(weight(read, "small").external()).as("small ones stay").isNull();
        // the one file that bytes() gives has everything inside
        assertThat(ModelFile.parse(ModelFile.bytes(read))).isEqualTo(read);
    }

    @Test
    void externalTensorsStayWhereTheyAre() throws IOException {
        Path file = folder.resolve("m.onnx");
        new ModelOutput(file, NOTHING_INLINE).write(model(1));
        Model read = ModelFile.read(file);
        byte[] data = Files.readAllBytes(folder.resolve("m.onnx.data"));
        ModelFile.write(read, folder.resolve("second.onnx"));
        ModelFile.write(read.withMetadata(Map.of("a", "b")), file);
        assertThat(files(folder)).containsExactly("m.onnx", "m.onnx.data", "second.onnx");
        assertThat(Files.readAllBytes(folder.resolve("m.onnx.data"))).isEqualTo(data);
        assertThat(ModelFile.read(folder.resolve("second.onnx"))).isEqualTo(read);
        assertThat(ModelFile.read(file).metadata()).containsEntry("a", "b");
    }

    @Test
    void externalTensorsMoveAlongToAnotherFolder() throws IOException {
        Path file = folder.resolve("m.onnx");
        new ModelOutput(file, NOTHING_INLINE).write(model(1));
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        ModelFile.write(ModelFile.read(file), elsewhere.resolve("n.onnx"));
        assertThat(files(elsewhere)).containsExactly("n.onnx", "n.onnx.data");
        Files.delete(folder.resolve("m.onnx.data"));
        assertThat(ModelFile.read(elsewhere.resolve("n.onnx"))).isEqualTo(model(1));
    }

    /** Until the model itself is replaced it needs the data that it refers to. */
    @Test
    void dataOfTheModelThatIsReplacedIsNotTouched() throws IOException {
        Path file = folder.resolve("m.onnx");
        new ModelOutput(file, NOTHING_INLINE).write(model(1));
        byte[] old = Files.readAllBytes(file);
        new ModelOutput(file, NOTHING_INLINE).write(model(2));
        assertThat(ModelFile.read(file)).isEqualTo(model(2));
        Files.write(file, old);
        assertThat(ModelFile.read(file)).isEqualTo(model(1));
        new ModelOutput(file, NOTHING_INLINE).write(model(2));
        assertThat(files(folder)).as("the same content lies there once").hasSize(3);
    }

    @Test
    void sameModelSameBytes() throws IOException {
        for (String name : List.of("a", "b")) {
            Path in = Files.createDirectory(folder.resolve(name));
            new ModelOutput(in.resolve("m.onnx"), NOTHING_INLINE).write(model(1));
        }
        for (String name : List.of("m.onnx", "m.onnx.data")) {
            assertThat(Files.readAllBytes(folder.resolve("a").resolve(name)))
                    .isEqualTo(Files.readAllBytes(folder.resolve("b").resolve(name)));
        }
    }

    @Test
    void nothingHalfWrittenIsLeftBehind() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("m.onnx/full"));
        assertThatThrownBy(() -> ModelFile.write(model(1), folder.resolve("m.onnx")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("m.onnx")
                .hasMessageContaining("can't be written");
        assertThat(files(folder)).containsExactly("m.onnx");
        assertThat(taken).exists();
        assertThatThrownBy(() -> ModelFile.write(model(1), folder.resolve("no/such/m.onnx")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("its folder doesn't exist");
    }
}
