package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        LouderProject.in(
                folder,
                "louder",
                "{lines: sensor.csv, columns: [a, b], window: 8, hop: 4, sequence: n, stuck: 50}",
                evaluation);
        Files.writeString(folder.resolve("sensor.csv"), "n,a,b\n");
    }

    @Test
    void runsOnWhatTheSensorSaysNow() throws Exception {
        project(LouderProject.RECORDED);
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

            Path page = folder.resolve("run.html");
            assertThat(console.run("run", folder, "--cycles", "20", "--report", page))
                    .isZero();
            assertThat(Files.readString(page))
                    .contains("Sensor: ")
                    .contains(" samples")
                    .contains("capture to decision");
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
