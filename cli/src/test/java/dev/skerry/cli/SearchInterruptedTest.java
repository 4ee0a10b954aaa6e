package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A search in a process of its own that is killed, or that has no space left. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SearchInterruptedTest {
    private static final int KILLED = 137;

    @TempDir
    Path folder;

    private Path samples = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void open() throws IOException {
        samples = SmallProject.samples(folder.resolve("samples.npz"), true);
        out = Files.createDirectory(folder.resolve("out")).resolve("small.onnx");
    }

    /** By size, so that the choice doesn't hang on how busy the machine is. */
    private List<String> arguments(Path output) {
        return List.of(
                "compress",
                SharedData.at("models/mnist-cnn/mnist.onnx").toString(),
                "--eval",
                samples.toString(),
                "--prefer",
                "size",
                "-o",
                output.toString(),
                "--json");
    }

    private Process child(Path output, String... before) throws IOException {
        var command = new ArrayList<>(List.of(before));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Skerry.class.getName()));
        command.addAll(arguments(output));
        return new ProcessBuilder(command)
                .redirectOutput(folder.resolve("stdout").toFile())
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private JsonNode printed() throws IOException {
        return Context.JSON.readTree(Files.readString(folder.resolve("stdout")));
    }

    /** All that doesn't depend on time. */
    private static ObjectNode lasting(JsonNode report) {
        ObjectNode lasting = Context.JSON.createObjectNode();
        for (String field : List.of("metric", "chosen", "sensitivity", "classes", "layers", "keptFloat")) {
            lasting.set(field, report.path(field));
        }
        for (JsonNode variant : report.path("variants")) {
            ObjectNode row = lasting.putObject(variant.path("name").asString());
            for (String field :
                    List.of("bytes", "accuracy", "accuracyInterval", "dropPercent", "sqnrDecibel", "ramBytes")) {
                row.set(field, variant.path(field));
            }
        }
        return lasting;
    }

    @Test
    void killedAgainAndAgainItEndsWithTheSameBytes() throws Exception {
        Path whole = folder.resolve("whole.onnx");
        assertThat(child(whole).waitFor()).isZero();
        ObjectNode expected = lasting(printed());

        Path parts = out.resolveSibling("small.onnx.search");
        for (int more : new int[] {1, 2, 6}) {
            int kept = files(parts).size() + more;
            Process process = child(out);
            while (process.isAlive() && files(parts).size() < kept) {
                TimeUnit.MILLISECONDS.sleep(2);
            }
            process.destroyForcibly();
            assertThat(process.waitFor()).isEqualTo(KILLED);
            assertThat(out).doesNotExist();
            assertThat(files(parts)).hasSizeGreaterThanOrEqualTo(kept - 1);
        }
        // what the power left of a part that was being written, of one that the disk spoiled, and of another search's
        List<Path> left = files(parts);
        byte[] bytes = Files.readAllBytes(left.getFirst());
        Files.write(left.getFirst(), Arrays.copyOf(bytes, bytes.length / 2));
        byte[] bent = Files.readAllBytes(left.get(1));
        bent[bent.length - 1] ^= 1;
        Files.write(left.get(1), bent);
        Files.write(parts.resolve("0123456789abcdef0123.part"), new byte[100]);
        Files.write(parts.resolve("0123456789abcdef0123.part.draft"), new byte[100]);

        assertThat(child(out).waitFor()).isZero();
        assertThat(Files.mismatch(out, whole)).isEqualTo(-1);
        assertThat(lasting(printed())).isEqualTo(expected);
        assertThat(printed().path("problems").toString()).contains("compress.resumed", "compress.journal");
        assertThat(files(out.getParent())).containsExactly(out);
    }

    /** A namespace of its own, where a process may mount a file system that is full soon. */
    private static List<String> isolation() throws IOException, InterruptedException {
        for (List<String> prefix : List.of(List.of("unshare", "-m"), List.of("unshare", "-r", "-m"))) {
            var trial = new ArrayList<>(prefix);
            trial.add("true");
            try {
                if (new ProcessBuilder(trial).start().waitFor() == 0) {
                    return prefix;
                }
            } catch (IOException notThere) {
                return List.of();
            }
        }
        return List.of();
    }

    /** What the disk holds at the end is listed by the process itself: nobody else sees it. */
    private int onDiskOf(int kilobytes) throws Exception {
        List<String> isolation = isolation();
        SharedData.require(!isolation.isEmpty(), "no permission to mount (unshare -m)");
        var shell = new ArrayList<>(isolation);
        shell.addAll(List.of(
                "bash",
                "-c",
                "mount -t tmpfs -o size=%dk tmpfs %s && { \"$@\"; code=$?; ls -A %s > %s; exit $code; }"
                        .formatted(kilobytes, out.getParent(), out.getParent(), folder.resolve("left")),
                "bash"));
        return child(out, shell.toArray(String[]::new)).waitFor();
    }

    @Test
    void aFullDiskEndsInOneProblemAndLeavesNothing() throws Exception {
        int code = onDiskOf(4);
        String said = Files.readString(folder.resolve("stderr"));
        assertThat(code).as(said).isEqualTo(4);
        assertThat(said)
                .contains("error: the disk is full", "small.onnx", "freeing space", "(model.disk-full)")
                .doesNotContain("Exception");
        assertThat(said.lines().filter(line -> line.startsWith("error: "))).hasSize(1);
        assertThat(folder.resolve("left")).isEmptyFile();
    }

    @Test
    void whereOnlyTheResultHasSpaceItIsWritten() throws Exception {
        assertThat(onDiskOf(40)).isZero();
        assertThat(printed().path("problems").toString())
                .contains("this search can't be resumed if it is interrupted", "No space left on device");
        assertThat(folder.resolve("left")).hasContent("small.onnx");
    }
}
