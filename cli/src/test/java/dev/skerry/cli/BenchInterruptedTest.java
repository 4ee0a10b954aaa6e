package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A benchmark in a process of its own that is asked to end, killed, or that has no space left. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class BenchInterruptedTest {
    @TempDir
    Path folder;

    private Process child(Path output, String... more) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Skerry.class.getName(),
                "bench",
                SharedData.at("models/mnist-cnn/mnist.onnx").toString(),
                "--runtime",
                "onnxruntime",
                "--json",
                "-o",
                output.toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectOutput(folder.resolve("stdout").toFile())
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    private void awaitFirstQueries(Process child) throws IOException, InterruptedException {
        while (child.isAlive() && !Files.readString(folder.resolve("stderr")).contains("SingleStream")) {
            Thread.sleep(20);
        }
        assertThat(child.isAlive()).isTrue();
    }

    @Test
    void whoEndsItGetsThePartThatThereIs() throws IOException, InterruptedException {
        Path result = folder.resolve("result.json");
        Process child = child(result, "--official");
        awaitFirstQueries(child);
        child.destroy();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        JsonNode printed = Context.JSON.readTree(Files.readString(folder.resolve("stdout")));
        assertThat(printed.path("interrupted").asBoolean()).isTrue();
        JsonNode row = printed.path("rows").get(0);
        assertThat(row.path("partial").asBoolean()).isTrue();
        assertThat(row.path("valid").asBoolean()).isFalse();
        assertThat(row.path("samples").asLong()).isPositive();
        var console = new Console(folder);
        assertThat(console.run("bench", "--check", result)).isEqualTo(3);
        assertThat(console.out()).contains("INVALID", "it was ended early").doesNotContain("contradicts");
    }

    @Test
    void whoKillsItGetsNoHalfResult() throws IOException, InterruptedException {
        Path result = Files.createDirectory(folder.resolve("out")).resolve("result.json");
        Process child = child(result, "--seconds", "600");
        awaitFirstQueries(child);
        child.destroyForcibly();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        try (var files = Files.list(result.getParent())) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aFullDiskIsSaid() throws IOException, InterruptedException {
        Path full = Path.of("/dev/full");
        SharedData.require(Files.exists(full), "/dev/full");
        Path result = Files.createSymbolicLink(folder.resolve(".result.json.draft"), full)
                .resolveSibling("result.json");
        Process child = child(result, "--seconds", "0.1");
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(4);
        assertThat(Files.readString(folder.resolve("stderr"))).contains("the result can't be written", "--output");
        assertThat(result).doesNotExist();
    }
}
