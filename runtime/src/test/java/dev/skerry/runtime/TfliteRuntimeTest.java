package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TensorFlow Lite through its C API: real models, others' outputs, and what it refuses. */
class TfliteRuntimeTest {
    private static final TfliteRuntime TFLITE = new TfliteRuntime();
    private static final SessionOptions BUILTIN =
            SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);

    @TempDir
    static Path folder;

    private static Path shared(String file) {
        return SharedData.at("mlperf-tiny/" + file);
    }

    private static long[] dims(ValueInfo value) {
        return value.type() instanceof ValueType.OfTensor(var _, var shape) && shape != null
                ? shape.dims().stream()
                        .mapToLong(dim -> dim instanceof dev.skerry.model.Dim.Known known ? known.size() : 1)
                        .toArray()
                : new long[0];
    }

    @Test
    void itIsThere() {
        assertThat(TFLITE.probe())
                .isInstanceOfSatisfying(
                        Availability.Present.class,
                        present -> assertThat(present.version()).startsWith("2."));
        assertThat(Runtimes.all()).extracting(runtime -> runtime.name()).contains("onnxruntime", "tflite");
    }

    /** Differences in steps of the output, between an INT8 model here and the reference kernels of microcontrollers. */
    private static int[] steps(String model, SessionOptions options) throws IOException {
        byte[] given = Files.readAllBytes(shared(model + "_random32.input.i8"));
        byte[] expected = Files.readAllBytes(shared(model + "_random32.output.i8"));
        try (Session session = TFLITE.open(shared(model + "_int8.tflite"), options)) {
            ValueInfo input = session.inputs().getFirst();
            int inputBytes = given.length / 32;
            int outputBytes = expected.length / 32;
            int[] steps = new int[expected.length];
            for (int sample = 0; sample < 32; sample++) {
                byte[] values = Arrays.copyOfRange(given, sample * inputBytes, (sample + 1) * inputBytes);
                Tensor output = session.infer(
                                Map.of(input.name(), Tensor.ofBytes(input.name(), DataType.INT8, dims(input), values)))
                        .values()
                        .iterator()
                        .next();
                byte[] found = output.data().toArray(ValueLayout.JAVA_BYTE);
                assertThat(found).hasSize(outputBytes);
                for (int i = 0; i < outputBytes; i++) {
                    steps[sample * outputBytes + i] = Math.abs(found[i] - expected[sample * outputBytes + i]);
                }
            }
            return steps;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kws", "ic", "vww", "ad"})
    void withoutDelegateItComputesWhatMicrocontrollersDo(String model) throws IOException {
        // kernels for servers round once where those for microcontrollers round twice: a step now and then, which noise
        // as
        // input, far from any decision, can grow to more
        int[] steps = steps(model, BUILTIN);
        assertThat(Arrays.stream(steps).filter(step -> step > 0).count()).isLessThan(steps.length / 4);
        assertThat(Arrays.stream(steps).average().orElseThrow()).isLessThan(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kws", "ic", "vww", "ad"})
    void theDelegateRoundsByItsOwnRule(String model) throws IOException {
        int[] steps = steps(model, SessionOptions.DEFAULT);
        assertThat(Arrays.stream(steps).average().orElseThrow()).isLessThan(1.5);
    }

    @Test
    void keywordsAreSpottedAsOftenAsTheReferenceDoes() throws IOException {
        byte[] given = Files.readAllBytes(shared("kws01.input.i8"));
        List<String> labels = Files.readAllLines(shared("kws01.labels.csv"));
        int right = 0;
        try (Session session = TFLITE.open(shared("kws_int8.tflite"), SessionOptions.DEFAULT)) {
            ValueInfo input = session.inputs().getFirst();
            for (int sample = 0; sample < labels.size(); sample++) {
                byte[] values = Arrays.copyOfRange(given, sample * 490, (sample + 1) * 490);
                byte[] scores = session.infer(
                                Map.of(input.name(), Tensor.ofBytes(input.name(), DataType.INT8, dims(input), values)))
                        .values()
                        .iterator()
                        .next()
                        .data()
                        .toArray(ValueLayout.JAVA_BYTE);
                int best = 0;
                for (int i = 1; i < scores.length; i++) {
                    best = scores[i] > scores[best] ? i : best;
                }
                right += labels.get(sample).endsWith("," + best) ? 1 : 0;
            }
        }
        // MLPerf Tiny's reference: 90.1 % of 1000
        assertThat(labels).hasSize(1000);
        assertThat(right).isBetween(896, 906);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ic", "vww"})
    void floatModelsGiveWhatTheirImportGivesInOnnxRuntime(String model) {
        Path file = shared(model + "_float.tflite");
        try (Session here = TFLITE.open(file, SessionOptions.DEFAULT);
                Session there = new OnnxRuntime().open(ModelFile.read(file), SessionOptions.DEFAULT)) {
            ValueInfo input = here.inputs().getFirst();
            var random = new SplittableRandom(5);
            for (int sample = 0; sample < 4; sample++) {
                float[] values = new float[(int) Arrays.stream(dims(input)).reduce(1, (a, b) -> a * b)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextDouble();
                }
                var given = Map.of(input.name(), Tensor.ofFloats(input.name(), dims(input), values));
                float[] expected = there.infer(given).values().iterator().next().toFloats();
                float[] found = here.infer(given).values().iterator().next().toFloats();
                assertThat(found).hasSameSizeAs(expected);
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
                }
            }
        }
    }

    @Test
    void onnxModelsAreWrittenForItFirst() throws IOException {
        Path file = SharedData.at("models/resnet8-cifar10/resnet8.onnx");
        try (Session here = TFLITE.open(file, SessionOptions.DEFAULT);
                Session there = new OnnxRuntime().open(file, SessionOptions.DEFAULT)) {
            ValueInfo input = here.inputs().getFirst();
            assertThat(here.inputs())
                    .extracting(ValueInfo::name)
                    .isEqualTo(there.inputs().stream().map(ValueInfo::name).toList());
            float[] values = new float[3 * 32 * 32];
            for (int i = 0; i < values.length; i++) {
                values[i] = i % 7 / 7f;
            }
            var given = Map.of(input.name(), Tensor.ofFloats(input.name(), dims(input), values));
            float[] expected = there.infer(given).values().iterator().next().toFloats();
            float[] found = here.infer(given).values().iterator().next().toFloats();
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-3f));
            }
        }
    }

    @Test
    void bindingsDontAllocateAndGiveTheSame() throws IOException {
        byte[] given = Files.readAllBytes(shared("kws_random32.input.i8"));
        try (Session session = TFLITE.open(shared("kws_int8.tflite"), SessionOptions.DEFAULT)) {
            ValueInfo input = session.inputs().getFirst();
            String output = session.outputs().getFirst().name();
            try (Binding binding = session.bind(Map.of(input.name(), dims(input)))) {
                for (int sample = 0; sample < 8; sample++) {
                    byte[] values = Arrays.copyOfRange(given, sample * 490, (sample + 1) * 490);
                    binding.input(input.name()).copyFrom(MemorySegment.ofArray(values));
                    binding.run();
                    Tensor expected = session.infer(Map.of(
                                    input.name(), Tensor.ofBytes(input.name(), DataType.INT8, dims(input), values)))
                            .get(output);
                    assertThat(binding.output(output).toArray(ValueLayout.JAVA_BYTE))
                            .isEqualTo(expected.data().toArray(ValueLayout.JAVA_BYTE));
                }
                assertThat(binding.outputDims().get(output)).containsExactly(1, 12);
            }
        }
    }

    @Test
    void memoryIsGivenBack() {
        Path file = shared("vww_int8.tflite");
        openAndClose(file);
        long before = residentBytes();
        openAndClose(file);
        // leaked interpreters would hold 200 times 600 kB
        assertThat(residentBytes() - before).isLessThan(50_000_000);
    }

    private static void openAndClose(Path file) {
        for (int i = 0; i < 200; i++) {
            Session session = TFLITE.open(file, SessionOptions.DEFAULT);
            session.close();
            session.close();
        }
        System.gc();
    }

    private static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    @Test
    void aClosedSessionSaysSo() {
        Session session = TFLITE.open(shared("ad_int8.tflite"), SessionOptions.DEFAULT);
        ValueInfo input = session.inputs().getFirst();
        session.close();
        assertThatThrownBy(() -> session.infer(Map.of(
                        input.name(),
                        Tensor.ofBytes(input.name(), DataType.INT8, dims(input), new byte[(int) dims(input)[1]]))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void wrongInputsAreNamed() {
        try (Session session = TFLITE.open(shared("kws_int8.tflite"), SessionOptions.DEFAULT)) {
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> session.infer(Map.of("image", Tensor.ofFloats("image", new long[] {1}, 1))))
                    .withMessageContaining("image");
            String name = session.inputs().getFirst().name();
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() ->
                            session.infer(Map.of(name, Tensor.ofFloats(name, new long[] {1, 490}, new float[490]))))
                    .withMessageContaining("int8");
        }
    }

    @Test
    void damagedFilesNeverReachNativeCode() throws IOException {
        byte[] whole = Files.readAllBytes(shared("ad_int8.tflite"));
        var random = new SplittableRandom(11);
        int refused = 0;
        for (int i = 0; i < 150; i++) {
            byte[] damaged = Arrays.copyOf(whole, i % 3 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int flip = 0; flip < 4 && damaged.length > 8; flip++) {
                damaged[random.nextInt(Math.min(damaged.length, 4000))] ^= (byte) (1 << random.nextInt(8));
            }
            Path file = Files.write(folder.resolve("damaged.tflite"), damaged);
            try (Session session = TFLITE.open(file, SessionOptions.DEFAULT)) {
                assertThat(session.inputs()).isNotEmpty();
            } catch (ProblemException problem) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void whatCantBeWrittenForItIsRefusedWithTheNode() {
        Model model = Model.of(
                dev.skerry.model.Graph.of(
                        "net",
                        List.of(Node.of("Det", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, dev.skerry.model.Shape.of(2, 2))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, dev.skerry.model.Shape.of()))),
                17);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> TFLITE.open(model, SessionOptions.DEFAULT))
                .withMessageContaining("Det");
    }
}
