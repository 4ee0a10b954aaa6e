package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFileTest {
    @TempDir
    Path folder;

    /** A {@code .npy} with the header that NumPy would write, of the given version of the format. */
    static byte[] npy(int version, String descr, boolean fortran, String shape, byte[] content) {
        String header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': "
                + shape + ", }\n";
        var bytes = ByteBuffer.allocate(12 + header.length() + content.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) {
            bytes.putShort((short) header.length());
        } else {
            bytes.putInt(header.length());
        }
        bytes.put(header.getBytes(StandardCharsets.ISO_8859_1)).put(content);
        return java.util.Arrays.copyOf(bytes.array(), bytes.position());
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private Tensor read(byte[] npy) throws IOException {
        // a folder each, since an array may be mapped and its file must not change
        Path own = Files.createTempDirectory(folder, "");
        return TensorFile.readNpy(Files.write(own.resolve("array.npy"), npy));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsEveryVersionOfTheFormat(int version) throws IOException {
        Tensor tensor = read(npy(version, "<i2", false, "(2, 2)", bytes(1, 0, 2, 0, 255, 255, 0, 1)));
        assertThat(tensor.name()).isEqualTo("array");
        assertThat(tensor.type()).isEqualTo(DataType.INT16);
        assertThat(tensor.dims()).containsExactly(2, 2);
        assertThat(tensor.toLongs()).containsExactly(1, 2, -1, 256);
    }

    @ParameterizedTest
    @CsvSource({
        "f2, FLOAT16",
        "f4, FLOAT",
        "f8, DOUBLE",
        "i1, INT8",
        "i2, INT16",
        "i4, INT32",
        "i8, INT64",
        "u1, UINT8",
        "u2, UINT16",
        "u4, UINT32",
        "u8, UINT64",
        "b1, BOOL"
    })
    void readsEveryTypeInBothByteOrders(String kind, DataType type) throws IOException {
        int size = kind.charAt(1) - '0';
        byte[] little = new byte[2 * size];
        byte[] big = new byte[2 * size];
        for (int i = 0; i < size; i++) {
            little[size + i] = (byte) (type == DataType.BOOL ? 1 : 60 + i);
            big[size + i] = (byte) (type == DataType.BOOL ? 1 : 59 + size - i);
        }
        Tensor tensor = read(npy(1, "<" + kind, false, "(2,)", little));
        assertThat(tensor.type()).isEqualTo(type);
        assertThat(tensor.valueAt(0)).isZero();
        assertThat(tensor.valueAt(1)).isNotZero();
        assertThat(read(npy(1, ">" + kind, false, "(2,)", big))).isEqualTo(tensor);
    }

    @Test
    void readsColumnsFirst() throws IOException {
        Tensor tensor = read(npy(1, "|u1", true, "(2, 3, 2)", bytes(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11)));
        assertThat(tensor.toLongs()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void readsStringsOfBothKinds() throws IOException {
        byte[] wide = bytes('g', 0, 0, 0, 0xfc, 0, 0, 0, 0, 0xf6, 1, 0, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(read(npy(1, "<U3", false, "(2,)", wide)).strings()).containsExactly("gü😀", "x");
        assertThat(read(npy(1, "|S2", false, "(2,)", bytes('a', 'b', 'c', 0))).strings())
                .containsExactly("ab", "c");
    }

    @Test
    void readsScalarsAndEmptyArrays() throws IOException {
        assertThat(read(npy(1, "<f4", false, "()", bytes(0, 0, 0x80, 0x3f))).toFloats())
                .containsExactly(1f);
        assertThat(read(npy(1, "<f4", true, "(3, 0, 2)", bytes())).elements()).isZero();
    }

    @Test
    void archiveSurvivesWritingAndReadingWithTheSameBytesEachTime() throws IOException {
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        arrays.put("z", Tensor.ofFloats("z", new long[] {2, 2}, 1, 2, 3, Float.NaN));
        arrays.put("a", Tensor.ofStrings("a", new long[] {3}, List.of("", "ü", "😀x")));
        arrays.put("scalar", Tensor.ofLongs("scalar", new long[0], -7));
        arrays.put("bytes", Tensor.ofBytes("bytes", DataType.UINT8, new long[] {3}, bytes(1, 2, 255)));
        Path file = folder.resolve("arrays.npz");
        TensorFile.writeNpz(file, arrays);
        assertThat(TensorFile.readNpz(file)).containsExactlyEntriesOf(arrays);
        assertThat(TensorFile.npzBytes(arrays)).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void readsDeflatedArchives() throws IOException {
        byte[] content = npy(1, "<f4", false, "(1000,)", new byte[4000]);
        Path file = Files.write(folder.resolve("deflated.npz"), zip(Map.of("zeros.npy", content)));
        assertThat(Files.size(file)).isLessThan(1000);
        assertThat(TensorFile.readNpz(file).get("zeros"))
                .isEqualTo(Tensor.ofFloats("zeros", new long[] {1000}, new float[1000]));
    }

    static byte[] zip(Map<String, byte[]> entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }

    /** NumPy wrote these, some deflated; what is read is written and read again. */
    @Test
    void readsRealArchives() throws IOException {
        List<Path> files = new ArrayList<>(ModelRoundTripTest.files("models", ".npz"));
        files.addAll(ModelRoundTripTest.files("mlperf-tiny", ".npz"));
        assertThat(files).hasSizeGreaterThan(10);
        for (Path file : files) {
            Map<String, Tensor> arrays = TensorFile.readNpz(file);
            assertThat(arrays).as(file.toString()).isNotEmpty();
            Path copy = folder.resolve("copy.npz");
            TensorFile.writeNpz(copy, arrays);
            assertThat(TensorFile.readNpz(copy)).isEqualTo(arrays);
        }
    }

    /** Inputs and expected outputs of all node tests, by the type that the model declares. */
    @Test
    void readsTheValuesOfTheNodeTests() throws IOException {
        int values = 0;
        List<Path> cases;
        try (Stream<Path> all = Files.list(SharedData.at("onnx-node-tests"))) {
            cases = all.filter(Files::isDirectory).toList();
        }
        for (Path test : cases) {
            Graph graph = ModelFile.read(test.resolve("model.onnx")).graph();
            values += readAll(test.resolve("test_data_set_0"), "input_", graph.inputs());
            values += readAll(test.resolve("test_data_set_0"), "output_", graph.outputs());
        }
        assertThat(values).isGreaterThan(1000);
    }

    private static int readAll(Path folder, String prefix, List<ValueInfo> declared) {
        int read = 0;
        for (int i = 0; i < declared.size(); i++) {
            Path file = folder.resolve(prefix + i + ".pb");
            ValueType type = declared.get(i).type();
            if (Files.exists(file) && type != null) {
                Value value = TensorFile.readPb(file, type);
                if (type instanceof ValueType.OfTensor tensor) {
                    assertThat(((Value.OfTensor) value).tensor().type()).isEqualTo(tensor.element());
                    assertThat(TensorFile.readPb(file)).isEqualTo(((Value.OfTensor) value).tensor());
                }
                read++;
            }
        }
        return read;
    }
}
