package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code skerry init} says of what it guessed. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class InitCommandTest {
    private static final Path SILERO = SharedData.at("models/silero-vad/silero_vad.onnx");
    private static final Path SOUND = SharedData.at("models/silero-vad/stream.wav");

    @TempDir
    Path folder;

    private Console console;

    @BeforeEach
    void open() {
        console = new Console(folder);
    }

    @Test
    void whatCouldNotBeGuessedIsTheNextStep() {
        Path project = folder.resolve("vad");
        assertThat(console.run("init", SILERO, "--samples", SOUND, "-o", project))
                .isZero();
        assertThat(console.out())
                .contains("to fill in: frame and hop")
                .contains("next: fill in pipeline.source and pre, and values of sr under pipeline.constants in ")
                .endsWith(", then skerry deploy " + project + "\n");
    }

    @Test
    void aGuessThatFitsIsComparedAndDeployed() {
        Path project = folder.resolve("digits");
        Path model = SharedData.at("models/mnist-cnn/mnist.onnx");
        Path samples = SharedData.at("models/mnist-cnn/evaluation.npz");
        assertThat(console.run("init", model, "--samples", samples, "-o", project))
                .isZero();
        assertThat(console.out())
                .contains("skerry run " + project + " --expected predictions.npz")
                .endsWith("next: skerry deploy " + project + "\n");
    }

    @Test
    void everyKeyIsDocumented() throws IOException {
        assertThat(console.run("init", SILERO, "--samples", SOUND, "-o", folder.resolve("vad"), "--json"))
                .isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        assertThat(json.path("unfit").asString()).startsWith("frame and hop");
    }
}
