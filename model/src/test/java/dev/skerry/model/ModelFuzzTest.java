package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real files, mutated at random from a fixed seed. Whatever comes of them, the answer is a model or a problem: never another
 * exception, and never memory beyond what the bytes can hold.
 */
class ModelFuzzTest {
    private static final int MODEL_ROUNDS = 6;
    private static final int ARRAY_ROUNDS = 800;

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(20261123);

    @Test
    void mutatedModels() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : ModelRoundTripTest.models().toList()) {
            if (Files.size(file) < 20_000) {
                seeds.add(Files.readAllBytes(file));
            }
        }
        int sound = 0;
        int broken = 0;
        for (byte[] seed : seeds) {
            for (int round = 0; round < MODEL_ROUNDS; round++) {
                byte[] mutant = mutate(seed, seeds.get(random.nextInt(seeds.size())));
                try {
                    // now and then from a mapped file, which is other memory
                    Model model = round == 0
                            ? ModelFile.read(Files.write(folder.resolve("m" + sound + "-" + broken), mutant))
                            : ModelFile.parse(mutant);
                    assertThat(ModelFile.parse(ModelFile.bytes(model))).isEqualTo(model);
                    sound++;
                } catch (ProblemException problem) {
                    assertThat(problem.problem().code()).startsWith("model.");
                    broken++;
                }
            }
        }
        assertThat(sound).as("mutants that are models still").isGreaterThan(100);
        assertThat(broken).as("mutants that are none").isGreaterThan(500);
    }

    @Test
    void mutatedArrays() throws IOException {
        List<byte[]> seeds = List.of(
                TensorFileTest.npy(1, "<f4", false, "(2, 3)", new byte[24]),
                TensorFileTest.npy(2, ">i8", true, "(3, 1)", new byte[24]),
                TensorFileTest.npy(3, "<U3", false, "(2,)", new byte[24]),
                TensorFileTest.npy(1, "|S3", false, "(8,)", new byte[24]));
        Path file = folder.resolve("x.npy");
        assertThat(outcomes(seeds, mutant -> TensorFile.readNpy(Files.write(file, mutant))))
                .isGreaterThan(100);
    }

    @Test
    void mutatedArchives() throws IOException {
        byte[] array = TensorFileTest.npy(1, "<f4", false, "(2, 3)", new byte[24]);
        List<byte[]> seeds = List.of(
                TensorFile.npzBytes(Map.of("x", Tensor.ofFloats("x", new long[] {3}, 1, 2, 3))),
                TensorFileTest.zip(Map.of("a.npy", array, "b.npy", array)));
        Path file = folder.resolve("x.npz");
        assertThat(outcomes(seeds, mutant -> TensorFile.readNpz(Files.write(file, mutant))))
                .isGreaterThan(100);
    }

    @Test
    void mutatedValues() throws IOException {
        Path seed = SharedData.at("onnx-node-tests/test_add/test_data_set_0/input_0.pb");
        List<byte[]> seeds = List.of(Files.readAllBytes(seed));
        Path file = folder.resolve("x.pb");
        assertThat(outcomes(seeds, mutant -> {
                    Files.write(file, mutant);
                    TensorFile.readPb(file, new ValueType.OfSequence(null));
                    TensorFile.readPb(file);
                }))
                .isGreaterThan(100);
    }

    private interface Reading {
        void of(byte[] mutant) throws IOException;
    }

    /** How many mutants were refused. */
    private int outcomes(List<byte[]> seeds, Reading reading) throws IOException {
        int refused = 0;
        for (int round = 0; round < ARRAY_ROUNDS; round++) {
            try {
                reading.of(mutate(seeds.get(round % seeds.size()), seeds.get(random.nextInt(seeds.size()))));
            } catch (ProblemException problem) {
                assertThat(problem.problem().code()).startsWith("model.");
                refused++;
            }
        }
        return refused;
    }

    /** Flips, overwrites, cuts, repeats or splices; one to four times. */
    private byte[] mutate(byte[] seed, byte[] other) {
        byte[] bytes = seed.clone();
        for (int i = random.nextInt(1, 5); i > 0 && bytes.length > 1; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                case 3 -> bytes = java.util.Arrays.copyOf(bytes, at);
                case 4 -> bytes = splice(bytes, at, bytes, random.nextInt(bytes.length));
                default -> bytes = splice(bytes, at, other, random.nextInt(other.length));
            }
        }
        return bytes;
    }

    private static byte[] splice(byte[] head, int headLength, byte[] tail, int tailStart) {
        byte[] joined = java.util.Arrays.copyOf(head, headLength + tail.length - tailStart);
        System.arraycopy(tail, tailStart, joined, headLength, tail.length - tailStart);
        return joined;
    }
}
