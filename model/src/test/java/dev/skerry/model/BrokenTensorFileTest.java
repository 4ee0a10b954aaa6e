package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives and arrays that were damaged or made to harm. Each ends in one clear problem. */
class BrokenTensorFileTest {
    private static final byte[] SOUND = TensorFileTest.npy(1, "<f4", false, "(2,)", new byte[8]);

    @TempDir
    Path folder;

    private Problem npy(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("x.npy"), content);
        return problem(() -> TensorFile.readNpy(file));
    }

    private Problem npz(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("x.npz"), content);
        return problem(() -> TensorFile.readNpz(file));
    }

    private static Problem problem(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
        ProblemException thrown = catchThrowableOfType(ProblemException.class, read);
        assertThat(thrown).isNotNull();
        assertThat(thrown.problem().kind()).isEqualTo(Problem.Kind.USAGE);
        return thrown.problem();
    }

    @Test
    void truncatedContent() throws IOException {
        assertThat(npy(Arrays.copyOf(SOUND, SOUND.length - 1)).toString()).contains("takes 8 bytes, found 7", "x.npy");
    }

    @Test
    void truncatedHeader() throws IOException {
        assertThat(npy(Arrays.copyOf(SOUND, 30)).what()).contains("header");
        assertThat(npy(Arrays.copyOf(SOUND, 8)).what()).contains("isn't a NumPy array");
    }

    @Test
    void sizeThatOverflows() throws IOException {
        byte[] huge = TensorFileTest.npy(1, "<f8", false, "(4294967296, 4294967296)", new byte[8]);
        assertThat(npy(huge).what()).contains("more elements than can exist");
        byte[] large = TensorFileTest.npy(1, "<f8", false, "(1099511627776,)", new byte[8]);
        assertThat(npy(large).what()).contains("takes 8796093022208 bytes, found 8");
    }

    @Test
    void negativeSize() throws IOException {
        assertThat(npy(TensorFileTest.npy(1, "<f4", false, "(-2,)", new byte[8]))
                        .code())
                .isEqualTo("model.npy");
    }

    @Test
    void pickledObjectsAreNeverUnpickled() throws IOException {
        assertThat(npy(TensorFileTest.npy(1, "|O", false, "(1,)", new byte[8])).why())
                .contains("Python objects");
    }

    @Test
    void endlessStringsOfNoLength() throws IOException {
        assertThat(npy(TensorFileTest.npy(1, "|S0", false, "(1000000000000,)", new byte[0]))
                        .what())
                .contains("strings of no length");
    }

    @Test
    void unknownVersion() throws IOException {
        byte[] future = SOUND.clone();
        future[6] = 9;
        assertThat(npy(future).what()).contains("version 9");
    }

    @Test
    void somethingElse() throws IOException {
        assertThat(npz(TensorFileTest.bytes(0xff, 0xd8, 0xff, 0xe0, 1, 2)).what())
                .isEqualTo("it looks like a JPEG image, and an .npz archive is wanted");
        assertThat(npz(SOUND).what()).contains("a NumPy array");
        assertThat(npy("label,file\n".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .what())
                .contains("a text file");
    }

    @Test
    void missingFileNamesTheNearestOne() throws IOException {
        Files.write(folder.resolve("samples.npz"), SOUND);
        assertThat(problem(() -> TensorFile.readNpz(folder.resolve("sampels.npz")))
                        .remedies())
                .containsExactly(folder.resolve("samples.npz").toString());
    }

    @Test
    void truncatedArchive() throws IOException {
        byte[] archive = TensorFileTest.zip(Map.of("a.npy", SOUND));
        assertThat(npz(Arrays.copyOf(archive, archive.length - 10)).code()).isEqualTo("model.npz");
    }

    @Test
    void flippedByteInAnArray() throws IOException {
        byte[] archive = TensorFile.npzBytes(Map.of("a", Tensor.ofFloats("a", new long[] {2}, 1, 2)));
        int content = new String(archive, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\u0080?");
        archive[content] ^= 1;
        assertThat(npz(archive).what()).contains("a.npy is damaged");
    }

    @Test
    void otherFilesInTheArchive() throws IOException {
        assertThat(npz(TensorFileTest.zip(Map.of("run.sh", new byte[3]))).what())
                .contains("\"run.sh\", which is no .npy array");
    }

    @Test
    void zipBombByClaim() throws IOException {
        byte[] archive = TensorFileTest.zip(Map.of("a.npy", SOUND));
        ByteBuffer directory = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
        int entry = directory.getInt(archive.length - 22 + 16);
        directory.putInt(entry + 24, 2_000_000_000);
        assertThat(npz(archive).what()).contains("says it has 2000000000 bytes");
    }

    @Test
    void zipBombByContent() throws IOException {
        Map<String, byte[]> zeros = new LinkedHashMap<>();
        for (int i = 0; i < 4; i++) {
            zeros.put(i + ".npy", TensorFileTest.npy(1, "|u1", false, "(1000000,)", new byte[1_000_000]));
        }
        Path file = Files.write(folder.resolve("bomb.npz"), TensorFileTest.zip(zeros));
        assertThat(Files.size(file)).isLessThan(10_000);
        assertThat(problem(() -> new Npz(file, 3_000_000).read()).what())
                .isEqualTo("it unpacks to more than 3000000 bytes");
    }

    @Test
    void typeThatNumPyLacks() {
        Tensor tensor = Tensor.ofBytes("w", DataType.INT4, new long[] {2}, (byte) 0x21);
        assertThat(problem(() -> TensorFile.npzBytes(Map.of("w", tensor))).what())
                .isEqualTo("NumPy has no type for int4");
    }
}
