package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.skerry.model.onnx.GraphProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights stay in the mapped file: a process whose heap is a fraction of the model reads and writes it. */
class LargeModelTest {
    private static final String HEAP = "-Xmx24m";

    @TempDir
    Path folder;

    @Test
    void modelOf500MegabytesIsReadWith24OfHeap() throws IOException, InterruptedException {
        Path file = sparseModel(500_000_000, TensorProto.RAW_DATA_FIELD_NUMBER);
        assertThat(probe(file.toString())).isEmpty();
    }

    @Test
    void soIsOneWithTypedData() throws IOException, InterruptedException {
        Path file = sparseModel(500_000_000, TensorProto.FLOAT_DATA_FIELD_NUMBER);
        assertThat(probe(file.toString())).isEmpty();
    }

    @Test
    void largeModelIsWrittenPieceByPiece() throws IOException, InterruptedException {
        Path file = sparseModel(100_000_000, TensorProto.RAW_DATA_FIELD_NUMBER);
        Path copy = folder.resolve("copy.onnx");
        assertThat(probe(file.toString(), copy.toString())).isEmpty();
        assertThat(ModelFile.read(copy)).isEqualTo(ModelFile.read(file));
    }

    /** A model with one weight of zeros, which take no space on the disk: lengths of messages come before their content. */
    private Path sparseModel(int weightBytes, int field) throws IOException {
        byte[] tensor = TensorProto.newBuilder()
                .setName("w")
                .setDataType(DataType.FLOAT.code())
                .addDims(weightBytes / 4)
                .build()
                .toByteArray();
        byte[] content = head(new byte[0], field, weightBytes);
        int tensorBytes = tensor.length + content.length + weightBytes;
        byte[] graph = GraphProto.newBuilder().setName("large").build().toByteArray();
        byte[] initializer = head(graph, GraphProto.INITIALIZER_FIELD_NUMBER, tensorBytes);
        ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(9);
        model.addOpsetImportBuilder().setVersion(20);
        byte[] start =
                head(model.build().toByteArray(), ModelProto.GRAPH_FIELD_NUMBER, initializer.length + tensorBytes);
        Path file = folder.resolve("large.onnx");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            for (byte[] part : List.of(start, initializer, tensor, content)) {
                out.write(part);
            }
            out.setLength(out.getFilePointer() + weightBytes);
        }
        return file;
    }

    /** {@code before}, then the tag and the length of a field. */
    private static byte[] head(byte[] before, int field, int length) throws IOException {
        var bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeRawBytes(before);
        out.writeTag(field, 2);
        out.writeUInt32NoTag(length);
        out.flush();
        return bytes.toByteArray();
    }

    /** What the process said, which is nothing where all went well. */
    private static String probe(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ReadingProbe.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
