package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is measured, under which budget, with which providers; and what becomes of the choice in a bundle and on a device. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SelectCommandTest {
    private static final Path KWS = SharedData.at("mlperf-tiny/kws_int8.tflite");
    private static final Path AD = SharedData.at("mlperf-tiny/ad_int8_qdq.onnx");

    @TempDir
    static Path home;

    private static Console console;
    private static Path project;

    @BeforeAll
    static void project() throws IOException {
        console = new Console(home);
        project = Files.createDirectories(home.resolve("words"));
        Files.copy(KWS, project.resolve("kws.tflite"));
        byte[] recorded = Files.readAllBytes(SharedData.at("mlperf-tiny/kws01.input.i8"));
        TensorFile.writeNpz(
                project.resolve("samples.npz"),
                Map.of(
                        "input_1",
                        Tensor.of(
                                "input_1",
                                DataType.INT8,
                                new long[] {40, 49, 10, 1},
                                MemorySegment.ofArray(recorded).asSlice(0, 40 * 490))));
        Files.writeString(project.resolve("skerry.yaml"), """
                name: words
                version: "1"
                model: kws.tflite
                budget: {latency: 50ms, rate: 20Hz}
                compression: {method: none}
                pipeline:
                  source: {tensors: samples.npz}
                """);
    }

    @Test
    void everyRuntimeAndNumberOfThreadsIsARowThatIsHeldToTheSameOutputs() throws IOException {
        assertThat(console.run("select", AD, "--seconds", 1, "--threads", "1,2", "--budget", "latency=60s", "--json"))
                .as(console.err())
                .isZero();
        JsonNode report = console.json();
        var combinations = new HashSet<String>();
        report.path("rows")
                .forEach(row -> combinations.add(row.path("runtime").asString() + " "
                        + row.path("threads").asInt()));
        assertThat(combinations).contains("onnxruntime 1", "onnxruntime 2", "tflite 1", "tflite 2", "compiled-c 1");
        JsonNode best = report.path("best");
        assertThat(best.path("precision").asString()).isEqualTo("int8");
        assertThat(best.path("ratioInterval").size()).isEqualTo(2);
        assertThat(best.path("modelBytes").asLong()).isPositive();
        assertThat(best.path("withinBudget").asBoolean()).isTrue();
        JsonDocumentation.assertDescribes(report);
        assertThat(best.path("maxAbsError").isNumber()).isTrue();
        assertThat(report.path("accelerators").size()).isGreaterThan(8);
        assertThat(report.path("accelerators").path(0).path("status").asString())
                .isEqualTo("not measured");
    }

    @Test
    void theTextNamesTheMachineWhatItMeasuredOnAndWhatIsFastest() {
        assertThat(console.run("select", AD, "--seconds", 1, "--threads", 1))
                .as(console.err())
                .isZero();
        assertThat(console.out())
                .startsWith("machine: ")
                .contains("\ninputs: noise")
                .containsPattern("\nfastest: \\S+.*, int8, 1 thread, p50 .*\nnext: ");
    }

    @Test
    void memoryIsMeasuredInProcessesOfTheirOwn() {
        assertThat(console.run("select", AD, "--seconds", 1, "--threads", 1, "--memory", "--json"))
                .as(console.err())
                .isZero();
        console.json().path("rows").forEach(row -> {
            if (row.path("runtime").asString().equals("onnxruntime")) {
                // its library alone is tens of megabytes, a part of which is touched
                assertThat(row.path("memoryBytes").asLong()).isBetween(1_000_000L, 1_000_000_000L);
            }
        });
    }

    @Test
    void whatIsOverTheBudgetIsARowAndWithoutAnotherOneTheGateCloses() {
        assertThat(console.run("select", AD, "--seconds", 1, "--threads", 1, "--budget", "latency=1ns,percentile=50"))
                .isEqualTo(3);
        assertThat(console.out()).contains("over budget: its p50 of").doesNotContain(" ok");
        assertThat(console.err()).contains("select.budget");
    }

    @Test
    void whereNothingRunsOneDocumentHasTheRowsAndTheProblem() throws IOException {
        Path unknown = home.resolve("unknown.onnx");
        ModelFile.write(
                Model.of(
                        Graph.of(
                                "unknown",
                                List.of(Node.of("NobodyKnowsIt", List.of("x"), List.of("y"))),
                                List.of(),
                                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4))),
                                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 4)))),
                        13),
                unknown);
        for (List<Object> nothing :
                List.<List<Object>>of(List.of(unknown), List.of(AD, "--budget", "latency=1ns,percentile=50"))) {
            var arguments = new ArrayList<Object>(List.of("select", "--seconds", 1, "--threads", 1, "--json"));
            arguments.addAll(nothing);
            assertThat(console.run(arguments.toArray())).as(console.err()).isEqualTo(3);
            JsonNode only = console.json();
            JsonDocumentation.assertDescribes(only);
            assertThat(only.path("rows"))
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.path("reason").asString()).isNotEmpty());
            assertThat(only.path("best").isNull()).isTrue();
            assertThat(only.at("/problem/code").asString()).startsWith("select.");
            assertThat(only.at("/problem/exitCode").asInt()).isEqualTo(3);
            assertThat(console.err()).contains(only.at("/problem/code").asString());
        }
    }

    @Test
    void anotherModelAsAVariantIsRejectedWithTheShareOfItsDecisions() {
        Path float32 = SharedData.at("mlperf-tiny/vww_float.onnx");
        Path other = home.resolve("other.onnx");
        var model = ModelFile.read(float32);
        var initializers = new java.util.LinkedHashMap<>(model.graph().initializers());
        initializers.replaceAll((name, tensor) -> tensor.type() == DataType.FLOAT
                ? Tensor.ofFloats(name, tensor.dims(), new float[Math.toIntExact(tensor.elements())])
                : tensor);
        ModelFile.write(Model.of(model.graph().withInitializers(initializers), model.opset()), other);
        assertThat(console.run(
                        "select", float32, "--seconds", 1, "--threads", 1, "--variant", "zeros=" + other, "--json"))
                .as(console.err())
                .isZero();
        var reasons = new HashSet<String>();
        console.json().path("rows").forEach(row -> {
            if (row.path("precision").asString().equals("zeros")) {
                reasons.add(row.path("status").asString());
            }
        });
        assertThat(reasons).containsExactly("rejected");
    }

    @Test
    void aProviderThatIsntThereIsARowWithTheReason() throws IOException {
        Path file = Files.createDirectories(home.resolve("config/skerry")).resolve("providers.yaml");
        Files.writeString(file, "openvino:\n  library: nowhere.so\n  options: {device_type: NPU}\n");
        try {
            assertThat(console.run("select", AD, "--seconds", 1, "--threads", 1, "--provider", "cuda"))
                    .isZero();
            assertThat(console.out())
                    .contains(
                            "failed: this ONNX Runtime has no execution provider cuda",
                            "openvino",
                            "nowhere.so: can't use");
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void aProviderWhoseLibraryIsNoneIsARowWithTheReason() {
        assertThat(console.run(
                        "select",
                        AD,
                        "--seconds",
                        1,
                        "--threads",
                        1,
                        "--no-providers",
                        "--provider",
                        "x=/bin/true",
                        "--json"))
                .as(console.err())
                .isZero();
        JsonNode row = null;
        for (JsonNode each : console.json().path("rows")) {
            if (each.path("provider").asString().equals("x")) {
                row = each;
            }
        }
        assertThat(row).as(console.out()).isNotNull();
        assertThat(row.path("status").asString()).isEqualTo("failed");
        assertThat(row.path("reason").asString())
                .contains("/bin/true", "can't use the execution provider x", "dynamically load");
    }

    @Test
    void wrongOptionsAreNamedBeforeAnythingIsMeasured() {
        for (List<Object> wrong : List.<List<Object>>of(
                List.of("--threads", "0"),
                List.of("--threads", "1,100000"),
                List.of("--seconds", "0"),
                List.of("--budget", "latenzy=3ms"),
                List.of("--budget", "latency=soon"),
                List.of("--budget", "latency=1ms,percentile=200"),
                List.of("--provider", "=x"),
                List.of("--provider", "qnn=/x.so,burst"),
                List.of("--golden", home.resolve("none.npz")))) {
            var arguments = new ArrayList<Object>(List.of("select", AD));
            arguments.addAll(wrong);
            assertThat(console.run(arguments.toArray())).as(wrong.toString()).isEqualTo(2);
        }
    }

    @Test
    void theReportIsOnePageWithoutAnythingFromElsewhere() throws IOException {
        Path page = home.resolve("report.html");
        assertThat(console.run("select", AD, "--seconds", 1, "--threads", 1, "--report", page))
                .as(console.err())
                .isZero();
        assertThat(Files.readString(page))
                .contains("<svg", "onnxruntime", "Ethos-U (Vela)", "not measured")
                .doesNotContain("<script", "http://", "src=");
    }

    /** A bundle for TensorFlow Lite, measured here, then with what another class of device measured. */
    @Test
    void theChoiceTravelsInTheBundleAndIsCheckedOnTheDevice() throws IOException {
        assertThat(console.run("deploy", project, "--runtime", "tflite", "--cycles", 5, "--no-realtime", "--json"))
                .as(console.err())
                .isZero();
        Path bundle = Path.of(console.json().path("bundle").path("file").asString());
        BundleManifest manifest = Bundle.open(bundle).manifest();
        assertThat(manifest.runtime().runtime()).isEqualTo("tflite");
        assertThat(manifest.fileOf(BundleManifest.TFLITE)).contains("model.tflite");
        assertThat(manifest.runtime().measured()).singleElement().satisfies(measured -> {
            assertThat(measured.timings().getFirst().runtime()).isEqualTo("tflite");
            assertThat(measured.timings())
                    .allSatisfy(timing -> assertThat(timing.p50Nanos()).isPositive());
        });
        assertThat(manifest.runtime().precision()).isEqualTo("int8");
        assertThat(BundleManifest.parse(manifest.bytes(), "again")).isEqualTo(manifest);

        Path record = home.resolve("here.json");
        assertThat(console.run("verify", bundle, "--here", "--seconds", 1, "--record", record, "--json"))
                .as(console.err())
                .isZero();
        JsonDocumentation.assertDescribes(console.json());
        JsonNode here = console.json().path("here");
        assertThat(here.path("known").asBoolean()).isTrue();
        Set<String> working = new TreeSet<>();
        here.path("rows")
                .forEach(row -> working.add(row.path("runtime").asString() + " "
                        + row.path("status").asString()));
        assertThat(working).contains("tflite ok");
        assertThat(console.run("run", bundle, "--base", project, "--cycles", 3, "--no-realtime"))
                .as(console.err())
                .isZero();

        String foreign = Files.readString(record).replaceAll("\"arch\" : \"[^\"]*\"", "\"arch\" : \"riscv64\"");
        Files.writeString(record, foreign);
        assertThat(console.run("pack", project, "--runtime", "tflite", "--measured", record, "--json"))
                .as(console.err())
                .isZero();
        BundleManifest both =
                Bundle.open(Path.of(console.json().path("file").asString())).manifest();
        assertThat(both.runtime().measured())
                .extracting(BundleManifest.Measured::arch)
                .contains("riscv64")
                .hasSize(2);
        Files.writeString(record, "{\"arch\": 3}");
        assertThat(console.run("pack", project, "--runtime", "tflite", "--measured", record))
                .isNotZero();
        assertThat(console.err()).contains(record.toString());
    }
}
