package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code skerry bench} as users type it; times are short, since what is tested is no speed. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class BenchCommandTest {
    @TempDir
    Path folder;

    private Console console;

    @BeforeEach
    void open() {
        console = new Console(folder);
    }

    private static Path model() {
        return SharedData.at("models/mnist-cnn/mnist.onnx");
    }

    @Test
    void measuresAllScenariosAndChecksWhatItWrote() throws IOException {
        Path result = folder.resolve("result.json");
        Path page = folder.resolve("page.html");
        Path summaries = folder.resolve("logs");
        int code = console.run(
                "bench",
                model(),
                "--runtime",
                "onnxruntime",
                "--scenario",
                "all",
                "--seconds",
                "0.2",
                "--target-qps",
                "50",
                "--latency-bound",
                "10s",
                "--batch",
                "1",
                "--slo",
                "p50<100s",
                "--profile",
                "--json",
                "-o",
                result,
                "--report",
                page,
                "--summary",
                summaries);
        assertThat(code).as(console.err()).isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        assertThat(json.path("rows").values().stream()
                        .map(row -> row.path("scenario").asString()))
                .containsExactly("SingleStream", "MultiStream", "Server", "Offline");
        assertThat(json.path("rows").values()).allSatisfy(row -> {
            assertThat(row.path("status").asString()).isEqualTo("ok");
            assertThat(row.path("official").asBoolean()).isFalse();
            assertThat(row.path("p50Micros").asDouble()).isPositive();
        });
        assertThat(json.path("quick").asBoolean()).isTrue();
        assertThat(json.path("input").path("origin").asString()).isEqualTo("noise");
        assertThat(json.path("best").path("scenario").asString()).isEqualTo("SingleStream");
        JsonNode profile = json.path("profile");
        assertThat(profile.path("nodes").size()).isPositive();
        assertThat(profile.path("nodes").values().stream()
                        .mapToLong(node -> node.path("macs").asLong(0))
                        .sum())
                .isPositive();
        assertThat(json.path("rows").get(0).path("energy").has("notMeasured")).isTrue();

        for (String scenario : List.of("SingleStream", "MultiStream", "Server", "Offline")) {
            assertThat(Files.readString(
                            summaries.resolve("onnxruntime/" + scenario + "/performance/run_1/mlperf_log_summary.txt")))
                    .contains("Scenario : " + scenario, "Result is : ", "qsl_rng_seed : 2085463073848966840");
        }
        assertThat(Files.readString(page)).contains("not an MLPerf result", "Where an inference goes", "<svg");

        int checked = console.run("bench", "--check", result, "--json");
        JsonNode check = console.json();
        JsonDocumentation.assertDescribes(check);
        assertThat(check.path("damage").size()).isZero();
        assertThat(check.path("runs").size()).isEqualTo(4);
        assertThat(check.path("runs").values())
                .allSatisfy(run -> assertThat(run.path("contradictions").size()).isZero());
        assertThat(checked).isEqualTo(check.path("valid").asBoolean() ? 0 : 3);
    }

    @Test
    void saysWhatItIsAndWhatComesNext() {
        assertThat(console.run(
                        "bench",
                        model(),
                        "--runtime",
                        "onnxruntime",
                        "--scenario",
                        "single-stream,offline",
                        "--seconds",
                        "0.1"))
                .isZero();
        assertThat(console.out()).containsOnlyOnce("energy: ");
        assertThat(console.out())
                .contains(
                        "machine: ",
                        "quick run of 0.1 s a scenario, not an MLPerf result",
                        "where the time went",
                        "energy: ",
                        "samples: noise")
                .contains("next: skerry bench " + model() + " --official -o result.json");
    }

    @Test
    void aChangedResultIsDamaged() throws IOException {
        Path result = folder.resolve("result.json");
        assertThat(console.run("bench", model(), "--runtime", "onnxruntime", "--seconds", "0.1", "-o", result))
                .isZero();
        Files.writeString(
                result,
                Files.readString(result).replaceFirst("\"minDurationNanos\" : \\d+", "\"minDurationNanos\" : 1"));
        assertThat(console.run("bench", "--check", result)).isEqualTo(3);
        assertThat(console.out())
                .contains("damaged  its digest is not that of its content", "INVALID")
                .endsWith("0 of 1 run is valid\nnext: skerry bench MODEL --official -o result.json\n");
        assertThat(console.run("bench", "--check", folder.resolve("none.json"))).isEqualTo(2);
        assertThat(console.err()).contains("there is no such file", "(bench.result)");
    }

    @Test
    void anObjectiveThatIsNotKeptEndsWithThree() {
        int code = console.run(
                "bench", model(), "--runtime", "onnxruntime", "--seconds", "0.1", "--slo", "max<1ns", "--json");
        assertThat(code).isEqualTo(3);
        assertThat(console.json().at("/problem/code").asString()).isEqualTo("bench.slo");
        JsonNode outcome = console.json().path("rows").get(0).path("objectives").get(0);
        assertThat(outcome.path("state").asString()).isEqualTo("broken");
        assertThat(outcome.path("over").asLong())
                .isEqualTo(outcome.path("queries").asLong());
        assertThat(console.err()).contains("(bench.slo)", "max<1ns on onnxruntime, SingleStream");
    }

    /** TensorFlow Lite's C interface has no profiler; the figures that were asked for too are not lost for it. */
    @Test
    void anExecutionProviderIsMeasuredBesideTheCpuOrSaysWhyItIsnt() throws IOException {
        int code = console.run(
                "bench", model(), "--runtime", "onnxruntime", "--provider", "cuda", "--seconds", "0.1", "--json");
        assertThat(code).as(console.err()).isZero();
        JsonNode rows = console.json().path("rows");
        JsonDocumentation.assertDescribes(console.json());
        assertThat(rows.values().stream()
                        .map(row -> row.path("provider").asString() + " "
                                + row.path("status").asString()))
                .containsExactly("CPUExecutionProvider ok", "cuda failed");
        assertThat(rows.get(1).path("reason").asString()).contains("has no execution provider cuda");

        assertUsage(
                "no runtime that is measured takes execution providers",
                "bench",
                model(),
                "--runtime",
                "tflite",
                "--provider",
                "cuda");
    }

    @Test
    void whatTellsNoProfileIsStillMeasured() throws IOException {
        assertThat(console.run("bench", model(), "--runtime", "tflite", "--seconds", "0.1", "--profile", "--json"))
                .isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        assertThat(json.path("rows").get(0).path("status").asString()).isEqualTo("ok");
        assertThat(json.path("profile").isNull()).isTrue();
        assertThat(json.path("profileReason").asString()).contains("doesn't tell how long its nodes take");
    }

    @Test
    void aProjectIsMeasuredWithItsStepsAndJudgedByItsLabels() throws IOException {
        Path project = SmallProject.in(folder.resolve("project"), "none");
        int code = console.run(
                "bench", project, "--runtime", "onnxruntime", "--seconds", "0.1", "--accuracy", "--profile", "--json");
        assertThat(code).as(console.err()).isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        assertThat(json.path("input").path("total").asInt()).isEqualTo(120);
        assertThat(json.path("rows").get(0).path("parts").values().stream()
                        .map(part -> part.path("part").asString()))
                .containsExactly("input", "infer", "decide");
        assertThat(json.path("profile").path("postMicros").asDouble()).isPositive();
        JsonNode accuracy = json.path("accuracy").get(0);
        assertThat(accuracy.path("metric").asString()).isEqualTo("top-1");
        assertThat(accuracy.path("value").asDouble()).isGreaterThan(90);
        assertThat(accuracy.path("samples").asInt()).isEqualTo(120);
    }

    @Test
    void samplesWithLabelsJudgeAModelAndNoiseDoesNot() throws IOException {
        Path samples = SmallProject.samples(folder.resolve("samples.npz"), true);
        assertThat(console.run(
                        "bench",
                        model(),
                        "--runtime",
                        "onnxruntime",
                        "--seconds",
                        "0.1",
                        "--samples",
                        samples,
                        "--accuracy"))
                .as(console.err())
                .isZero();
        assertThat(console.out()).contains("top-1", "samples.npz; 120 of 120 in memory");
        assertThat(console.run("bench", model(), "--runtime", "onnxruntime", "--seconds", "0.1", "--accuracy"))
                .isEqualTo(2);
        assertThat(console.err()).contains("(bench.accuracy)");
    }

    @Test
    void aBundleIsVerifiedAndMeasuredOnTheRuntimeThatItChose() throws IOException {
        Path project = SmallProject.in(folder.resolve("project"), "none");
        Path bundle = folder.resolve("digits.tar");
        assertThat(console.run("pack", project, "-o", bundle)).as(console.err()).isZero();
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        assertThat(console.run("bench", bundle, "--seconds", "0.1", "--base", elsewhere, "--json"))
                .as(console.err())
                .isZero();
        JsonNode json = console.json();
        assertThat(json.path("rows").size()).isEqualTo(1);
        assertThat(json.path("rows").get(0).path("status").asString()).isEqualTo("ok");
        assertThat(json.path("input").path("origin").asString()).isEqualTo("the bundle's golden vectors");
        byte[] bytes = Files.readAllBytes(bundle);
        bytes[bytes.length / 2] ^= 1;
        Files.write(bundle, bytes);
        assertThat(console.run("bench", bundle, "--seconds", "0.1")).isEqualTo(3);
    }

    /** Its batch is open in the file, so that one inference takes four. */
    @Test
    void batchesAreForModelsThatLeaveThemOpen() {
        Path open = SharedData.at("models/har-motion/har_cnn1d.onnx");
        assertThat(console.run(
                        "bench",
                        open,
                        "--runtime",
                        "onnxruntime",
                        "--scenario",
                        "multi-stream,offline",
                        "--batch",
                        "4",
                        "--seconds",
                        "0.1",
                        "--min-queries",
                        "50",
                        "--json"))
                .as(console.err())
                .isZero();
        assertThat(console.json().path("rows").values()).allSatisfy(row -> {
            assertThat(row.path("status").asString()).isEqualTo("ok");
            assertThat(row.path("batch").asInt()).isEqualTo(4);
        });
        Path fixed = model();
        assertThat(console.run(
                        "bench",
                        fixed,
                        "--runtime",
                        "onnxruntime",
                        "--scenario",
                        "offline",
                        "--batch",
                        "4",
                        "--seconds",
                        "0.1",
                        "--json"))
                .isEqualTo(3);
        assertThat(console.json().path("rows").get(0).path("status").asString()).isEqualTo("failed");
        assertThat(console.err()).contains("(bench.none)");
    }

    @Test
    void whatCanNotBeIsSaidBeforeAnythingIsMeasured() throws IOException {
        assertUsage("nothing to measure", "bench");
        assertUsage("no such model", "bench", folder.resolve("none.onnx"));
        assertUsage("--scenario offline", "bench", model(), "--scenario", "ofline");
        assertUsage("--runtime onnxruntime", "bench", model(), "--runtime", "onnxrutime");
        assertUsage("--seconds: 0.0 is no time", "bench", model(), "--seconds", "0");
        assertUsage("--official takes 600 s", "bench", model(), "--official", "--seconds", "5");
        assertUsage("--threads: 0", "bench", model(), "--threads", "0");
        assertUsage("--threads: 100000 is not between 1 and 1024", "bench", model(), "--threads", "100000");
        assertUsage("--instances is for server and offline", "bench", model(), "--instances", "2");
        assertUsage("--latency-bound: '5'", "bench", model(), "--latency-bound", "5");
        assertUsage("--target-qps", "bench", model(), "--target-qps", "-1");
        assertUsage("--seeds: '1,2'", "bench", model(), "--seeds", "1,2");
        assertUsage("'fast' is no objective", "bench", model(), "--slo", "fast");
        assertUsage("--min-queries", "bench", model(), "--min-queries", "0");
        Path project = SmallProject.in(folder.resolve("project"), "none");
        assertUsage("this is a project", "bench", project, "--dim", "N=1");
        assertThat(console.run("bench", model(), "-o", folder.resolve("no/folder.json")))
                .isEqualTo(4);
        Path text = Files.writeString(folder.resolve("text.onnx"), "no model");
        assertThat(console.run("bench", text)).isEqualTo(2);
    }

    private void assertUsage(String message, Object... arguments) {
        assertThat(console.run(arguments)).as(message).isEqualTo(2);
        assertThat(console.err()).contains(message);
    }
}
