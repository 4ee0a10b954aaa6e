package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.CompiledLibrary;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.InstructionLevel;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Generated C as a runtime: in the table of a selection, in a bundle, and in the loop that must not allocate. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class CompiledRuntimeTest {
    private static final int IN = 490;
    private static final int OUT = 12;

    @TempDir
    static Path home;

    private static Path project = Path.of("");
    private static Path bundle = Path.of("");
    private static Path unpacked = Path.of("");
    private static BundleManifest manifest;
    private static JsonNode deployed = Context.JSON.createObjectNode();

    @BeforeAll
    static void deploy() throws IOException {
        project = Files.createDirectories(home.resolve("words"));
        Files.copy(SharedData.at("mlperf-tiny/kws_int8.tflite"), project.resolve("kws.tflite"));
        byte[] recorded = Files.readAllBytes(SharedData.at("mlperf-tiny/kws01.input.i8"));
        TensorFile.writeNpz(
                project.resolve("samples.npz"),
                Map.of(
                        "input_1",
                        Tensor.of(
                                "input_1",
                                DataType.INT8,
                                new long[] {64, 49, 10, 1},
                                MemorySegment.ofArray(Arrays.copyOf(recorded, 64 * IN)))));
        Files.writeString(project.resolve("skerry.yaml"), """
                name: words
                model: kws.tflite
                budget:
                  rate: 50Hz
                  latency: 20ms
                compression:
                  method: none
                pipeline:
                  source: {tensors: samples.npz}
                  actions:
                    - json-lines: decisions.jsonl
                """);
        bundle = home.resolve("words.tar");
        var console = new Console(home);
        int code = console.run(
                "deploy",
                project,
                "--runtime",
                CompiledRuntime.NAME,
                "-o",
                bundle,
                "--cycles",
                25,
                "--no-realtime",
                "--json");
        assertThat(code).as(console.err()).isZero();
        deployed = console.json();
        Bundle opened = Bundle.open(bundle);
        manifest = opened.manifest();
        unpacked = opened.unpack(home.resolve("unpacked"));
    }

    private static List<CompiledLibrary> libraries(Path folder) {
        return manifest.runtime().libraries().stream()
                .map(library -> new CompiledLibrary(
                        folder.resolve(library.file()),
                        library.digest().text(),
                        InstructionLevel.of(library.level()).orElseThrow()))
                .toList();
    }

    private static Session session(List<CompiledLibrary> libraries) {
        return CompiledRuntime.of(libraries, DeviceProbe.probe())
                .open(unpacked.resolve(manifest.model()), SessionOptions.DEFAULT);
    }

    @Test
    void deploymentChoosesRunsAndReportsIt() {
        assertThat(deployed.path("select").path("chosen").path("runtime").asString())
                .isEqualTo("compiled-c");
        Set<String> runtimes = new HashSet<>();
        deployed.path("select")
                .path("rows")
                .forEach(row -> runtimes.add(row.path("runtime").asString()));
        assertThat(runtimes).containsExactlyInAnyOrder("onnxruntime", "tflite", "compiled-c");
        assertThat(deployed.path("run").path("cycles").asLong()).isEqualTo(25);
        assertThat(deployed.path("bundle").path("goldenVectors").asInt()).isPositive();
        var console = new Console(home);
        assertThat(console.run("verify", bundle)).isZero();
        assertThat(console.out()).contains("✓ file: model-" + baseline() + ".so");
        assertThat(console.run("run", project, "--cycles", 5, "--no-realtime"))
                .as(console.err())
                .isZero();
    }

    /** What all machines of this kind have is among the libraries, and the richest that this one has. */
    private static String baseline() {
        return InstructionLevel.of(DeviceProbe.probe()).getLast().label();
    }

    @Test
    void bytesAreThoseOfTheRecordedReference() throws IOException {
        byte[] inputs = Files.readAllBytes(SharedData.at("mlperf-tiny/kws01.input.i8"));
        byte[] outputs = Files.readAllBytes(SharedData.at("mlperf-tiny/kws01.output.i8"));
        for (CompiledLibrary library : libraries(unpacked)) {
            try (Session session = session(List.of(library))) {
                for (int i = 0; i < 100; i++) {
                    Tensor input = Tensor.of(
                            "input_1",
                            DataType.INT8,
                            new long[] {1, 49, 10, 1},
                            MemorySegment.ofArray(Arrays.copyOfRange(inputs, i * IN, (i + 1) * IN)));
                    assertThat(session.infer(Map.of("input_1", input))
                                    .values()
                                    .iterator()
                                    .next()
                                    .data()
                                    .toArray(ValueLayout.JAVA_BYTE))
                            .as("%s, sample %d", library.level().label(), i)
                            .containsExactly(Arrays.copyOfRange(outputs, i * OUT, (i + 1) * OUT));
                }
            }
        }
    }

    @Test
    void bindingsDoNotDisturbEachOtherAndAllocateNothing() {
        Map<String, long[]> dims = Map.of("input_1", new long[] {1, 49, 10, 1});
        try (Session session = session(libraries(unpacked));
                Binding one = session.bind(dims);
                Binding other = session.bind(dims)) {
            String output = session.outputs().getFirst().name();
            one.input("input_1").fill((byte) 17);
            one.run();
            byte[] before = one.output(output).toArray(ValueLayout.JAVA_BYTE);
            other.input("input_1").fill((byte) -90);
            other.run();
            assertThat(one.output(output).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
            assertThat(other.output(output).toArray(ValueLayout.JAVA_BYTE)).isNotEqualTo(before);
            one.run(); // the input is still there, though the code has written over its own
            assertThat(one.output(output).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);

            for (int i = 0; i < 2_000; i++) {
                one.run();
            }
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                one.run();
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - allocated).isZero();
        }
    }

    @Test
    void flippedByteIsRefusedBeforeItIsLoaded() throws IOException {
        Path copy = Files.createDirectories(home.resolve("flipped"));
        for (CompiledLibrary library : libraries(unpacked)) {
            byte[] bytes = Files.readAllBytes(library.file());
            bytes[0] ^= 1; // no longer a library: the system's loader would complain first, if it were asked
            Files.write(copy.resolve(library.file().getFileName()), bytes);
        }
        assertThatThrownBy(() -> session(libraries(copy)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo("runtime.digest"));
    }

    @Test
    void codeOfAnotherModelIsRefused() {
        assertThatThrownBy(() -> CompiledRuntime.of(libraries(unpacked), DeviceProbe.probe())
                        .open(SharedData.at("mlperf-tiny/ad_int8.tflite"), SessionOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo("runtime.digest"));
    }

    @Test
    void selectShowsThreeRuntimes() {
        var console = new Console(home);
        assertThat(console.run("select", project.resolve("kws.tflite"), "--seconds", 2, "--json"))
                .as(console.err())
                .isZero();
        Set<String> working = new HashSet<>();
        console.json().path("rows").forEach(row -> {
            if (row.path("status").asString().equals("ok")) {
                working.add(row.path("runtime").asString());
            }
        });
        assertThat(working).containsExactlyInAnyOrder("onnxruntime", "tflite", "compiled-c");
    }

    @Test
    void rowWithoutCodeStaysWithItsReason() {
        Path file = OddModels.write(home.resolve("blocks.onnx"), OddModels.blocks());
        var console = new Console(home);
        assertThat(console.run("select", file, "--seconds", 1))
                .as(console.err())
                .isZero();
        assertThat(console.out()).contains("compiled-c", "failed: ", "com.microsoft");
    }
}
