package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A project whose sensor writes lines to a file while it runs, as a user starts it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class LiveProjectTest {
    @TempDir
    Path folder;

    private void project(String evaluation) throws IOException {
        Files.createDirectories(folder);
        float[] weights = new float[16 * 2];
        for (int i = 0; i < 16; i++) {
            weights[2 * i] = i % 2;
            weights[2 * i + 1] = 1 - i % 2;
        }
        Graph graph = Graph.of(
                "louder",
                List.of(
                        Node.of("Reshape", List.of("window", "flat"), List.of("row")),
                        Node.of("MatMul", List.of("row", "weights"), List.of("scores"))),
                List.of(
                        Tensor.ofLongs("flat", new long[] {2}, 1, 16),
                        Tensor.ofFloats("weights", new long[] {16, 2}, weights)),
                List.of(ValueInfo.of("window", DataType.FLOAT, Shape.of(1, 8, 2))),
                List.of(ValueInfo.of("scores", DataType.FLOAT, Shape.of(1, 2))));
        ModelFile.write(Model.of(graph, 13), folder.resolve("louder.onnx"));
        var recorded = new StringBuilder("a,b,label\n");
        for (int i = 0; i < 400; i++) {
            int label = i / 8 % 2;
            recorded.append(label == 1 ? i % 7 : 100 + i % 5)
                    .append(',')
                    .append(label == 1 ? 100 + i % 3 : i % 6)
                    .append(',')
                    .append(label == 1 ? "a" : "b")
                    .append('\n');
        }
        Files.writeString(folder.resolve("recorded.csv"), recorded);
        Files.writeString(folder.resolve("sensor.csv"), "n,a,b\n");
        Files.writeString(folder.resolve("names.txt"), "a\nb\n");
        Files.writeString(folder.resolve("skerry.yaml"), """
                name: louder
                model: louder.onnx
                budget: {rate: 50Hz, latency: 15ms}
                compression: {method: none}
                samples:
                  evaluation: %s
                pipeline:
                  source: {lines: sensor.csv, columns: [a, b], window: 8, hop: 4, sequence: n, stuck: 50}
                  post:
                    - argmax: names.txt
                  actions:
                    - json-lines: decisions.jsonl
                  fallback: nobody
                """.formatted(evaluation));
    }

    @Test
    void runsOnWhatTheSensorSaysNow() throws Exception {
        project("{csv: recorded.csv, columns: [a, b], window: 8, hop: 8, label: label, names: names.txt}");
        var stop = new AtomicBoolean();
        Thread sensor = Thread.ofPlatform().daemon().start(() -> write(stop));
        try {
            var console = new Console(folder.resolve("home"));
            int code = console.run("run", folder, "--cycles", "60", "--json");
            assertThat(code).as(console.err()).isZero();
            JsonNode report = console.json();
            JsonDocumentation.assertDescribes(report);
            assertThat(report.path("cycles").asLong()).isEqualTo(60);
            assertThat(report.at("/sensor/samples").asLong()).isGreaterThan(10);
            assertThat(report.at("/sensor/gaps").asLong()).isZero();
            assertThat(report.at("/ageMicros/samples").asLong()).isPositive();
            assertThat(Files.readString(folder.resolve("decisions.jsonl"))).contains("\"a\"");

            assertThat(console.run("run", folder, "--cycles", "20")).isZero();
            assertThat(console.out()).contains("from capture to decision: p50").contains("sensor: ");
        } finally {
            stop.set(true);
            sensor.join();
        }
    }

    private void write(AtomicBoolean stop) {
        try {
            for (int n = 0; !stop.get(); n++) {
                Files.writeString(
                        folder.resolve("sensor.csv"),
                        n + "," + n % 7 + "," + (100 + n % 3) + "\n",
                        StandardOpenOption.APPEND);
                Thread.sleep(5);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void recordedSamplesMustBeWhatTheSensorGives() throws IOException {
        project("{csv: recorded.csv, columns: [a, b], window: 4, label: label, names: names.txt}");
        var console = new Console(folder.resolve("home"));
        assertThat(console.run("run", folder, "--cycles", "5")).isEqualTo(2);
        assertThat(console.err())
                .contains("the recorded samples are not what the live source gives")
                .contains("pipeline.source.lines");
    }
}
