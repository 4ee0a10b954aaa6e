package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code skerry compile} prints and writes. */
class CompileCommandTest {
    @TempDir
    Path home;

    @Test
    void sourcesLieInTheFolderAndTheReportSaysWhatTheyTake() throws IOException {
        var console = new Console(home);
        Path model = SharedData.at("mlperf-tiny/ad_int8.tflite");
        Path out = home.resolve("ad");
        assertThat(console.run("compile", model, "-o", out, "--name", "Anomaly 2", "--json"))
                .as(console.err())
                .isZero();
        JsonNode json = console.json();
        assertThat(json.path("schema").asString()).isEqualTo("skerry.compile/1");
        assertThat(json.path("arenaBytes").asInt()).isEqualTo(768);
        assertThat(json.path("layers").size()).isEqualTo(10);
        assertThat(Files.readString(out.resolve("anomaly_2.h")))
                .contains("#define ANOMALY_2_ARENA_BYTES 768", "void anomaly_2_invoke(void);");
        assertThat(out.resolve("fully_connected.c")).isRegularFile();
        assertThat(out.resolve("softmax.c")).doesNotExist();
    }

    @Test
    void modelWithoutCodeIsNamedAndNothingIsWritten() {
        var console = new Console(home);
        Path out = home.resolve("float");
        assertThat(console.run("compile", SharedData.at("models/silero-vad/silero_vad.onnx"), "-o", out))
                .isEqualTo(2);
        assertThat(console.err()).contains("the size of a value isn't known", "--dim", "(firmware.shape)");
        assertThat(out).doesNotExist();
    }
}
