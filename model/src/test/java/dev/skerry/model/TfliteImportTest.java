package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfliteImportTest {
    private static final int ROUNDS = 500;

    static Model model(String name) {
        return ModelFile.read(SharedData.at("mlperf-tiny/" + name + ".tflite"));
    }

    private static byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + ".tflite"));
    }

    @Test
    void endsKeepNamesTypesAndLayout() {
        Graph graph = model("vww_float").graph();
        assertThat(graph.inputs()).singleElement().satisfies(input -> {
            assertThat(input.name()).isEqualTo("input_1");
            assertThat(input.type()).hasToString("float32[1×96×96×3]");
        });
        assertThat(graph.outputs()).singleElement().satisfies(output -> {
            assertThat(output.name()).isEqualTo("Identity");
            assertThat(output.type()).hasToString("float32[1×2]");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ic_float",
                "vww_float",
                "ad_float",
                "kws_hybrid",
                "kws_int8",
                "ic_int8",
                "vww_int8",
                "ad_int8",
                "sww_int8"
            })
    void shapesFollowAndTheLayoutTurnsOnce(String name) {
        Model model = model(name);
        ModelCheck.check(model);
        assertThat(ShapeInference.infer(model, java.util.Map.of()).unresolved()).isEmpty();
        assertThat(ModelFile.parse(ModelFile.bytes(model)).graph()).isEqualTo(model.graph());
        long turns = model.graph().nodes().stream()
                .filter(node -> node.is("Transpose"))
                .count();
        assertThat(turns).isEqualTo(name.startsWith("ad") ? 0 : 1);
    }

    /** As MLPerf Tiny's models are known for them. */
    @ParameterizedTest
    @ValueSource(strings = {"ic_float 12501632", "vww_float 7489664", "ad_float 264192", "kws_int8 2656768"})
    void costsWhatItIsKnownToCost(String nameAndMacs) {
        String[] parts = nameAndMacs.split(" ", -1);
        Model model = model(parts[0]);
        assertThat(Cost.of(model, java.util.Map.of()).macs()).isEqualTo(Long.parseLong(parts[1]));
    }

    @Test
    void cutAnywhere() throws IOException {
        byte[] whole = bytes("kws_hybrid");
        for (int length = 8; length < whole.length; length += length < 200 ? 1 : 997) {
            Problem problem = problem(java.util.Arrays.copyOf(whole, length));
            assertThat(problem.code()).isEqualTo("model.tflite-damaged");
        }
    }

    @Test
    void olderSchema() throws IOException {
        byte[] bytes = bytes("kws_hybrid");
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int root = buffer.getInt(0);
        int vtable = root - buffer.getInt(root);
        buffer.putInt(root + buffer.getShort(vtable + 4), 2);
        assertThat(problem(bytes)).satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("model.tflite-version");
            assertThat(problem.what()).contains("version 2");
        });
    }

    /** The tables of the smallest files, mutated at random; weights are left alone as far as they are known. */
    @Test
    void mutants() throws IOException {
        List<byte[]> seeds = Stream.of("kws_hybrid", "kws_int8", "sww_int8")
                .map(name -> {
                    try {
                        return bytes(name);
                    } catch (IOException broken) {
                        throw new java.io.UncheckedIOException(broken);
                    }
                })
                .toList();
        var random = new SplittableRandom(20261123);
        int sound = 0;
        int broken = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] mutant = seeds.get(round % seeds.size()).clone();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                int at = random.nextInt(mutant.length);
                switch (random.nextInt(4)) {
                    case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> mutant[at] = (byte) random.nextInt();
                    case 2 -> mutant[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                    default -> {
                        int from = random.nextInt(mutant.length - 8);
                        System.arraycopy(mutant, from, mutant, Math.min(at, mutant.length - 8), 8);
                    }
                }
            }
            try {
                Model model = ModelFile.parse(mutant);
                assertThat(ModelFile.parse(ModelFile.bytes(model)).graph()).isEqualTo(model.graph());
                sound++;
            } catch (ProblemException problem) {
                assertThat(problem.problem().code()).startsWith("model.");
                broken++;
            }
        }
        assertThat(sound).as("mutants that are models still").isGreaterThan(20);
        assertThat(broken).as("mutants that are none").isGreaterThan(100);
    }

    /** An offset that leads back, so that a table holds itself or the same tables many times over. */
    @Test
    void tablesThatRepeat() throws IOException {
        byte[] bytes = bytes("kws_hybrid");
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int root = buffer.getInt(0);
        int vtable = root - buffer.getInt(root);
        int field = root + buffer.getShort(vtable + 4 + 2 * 4);
        int list = field + buffer.getInt(field);
        // as many buffers as fit, all the same one
        int first = list + 4 + buffer.getInt(list + 4);
        int count = (bytes.length - list - 4) / 4;
        buffer.putInt(list, count);
        for (int i = 0; i < count; i++) {
            buffer.putInt(list + 4 + 4 * i, Math.max(first - (list + 4 + 4 * i), 0));
        }
        assertThat(problem(bytes).code()).isEqualTo("model.tflite-damaged");
    }

    static Problem problem(byte[] bytes) {
        var caught = new Problem[1];
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> ModelFile.parse(bytes))
                .satisfies(thrown -> caught[0] = thrown.problem());
        return caught[0];
    }
}
