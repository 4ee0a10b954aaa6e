package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** By what compression judges, from the command line. */
class MetricOptionTest {
    @TempDir
    Path folder = Path.of("");

    private Path model = Path.of("");
    private Path labelled = Path.of("");
    private Path unlabelled = Path.of("");
    private Console console = new Console(folder);

    @BeforeEach
    void samples() {
        model = SharedData.at("models/mnist-cnn/mnist.onnx");
        labelled = SmallProject.samples(folder.resolve("labelled.npz"), true);
        unlabelled = SmallProject.samples(folder.resolve("unlabelled.npz"), false);
        console = new Console(folder);
    }

    private int compress(Path samples, Object... more) {
        var words = new java.util.ArrayList<Object>(java.util.List.of(
                "compress", model, "--eval", samples, "--method", "none", "-o", folder.resolve("out.onnx")));
        words.addAll(java.util.List.of(more));
        return console.run(words.toArray());
    }

    @Test
    void anAccuracyMetricOnSamplesWithoutLabelsIsRefused() {
        assertThat(compress(unlabelled, "--metric", "top-1")).isEqualTo(2);
        assertThat(console.err())
                .contains("top-1 needs classes", "--metric agreement", "(compress.truth)")
                .doesNotContain("\tat ");
        assertThat(folder.resolve("out.onnx")).doesNotExist();
    }

    @Test
    void unknownWordsAndContradictionsAreRefused() {
        assertThat(compress(labelled, "--metric", "top1")).isEqualTo(2);
        assertThat(console.err()).contains("--metric top-1");
        assertThat(compress(labelled, "--metric", "f1", "--evaluator", "true")).isEqualTo(2);
        assertThat(console.err()).contains("exclude each other");
        assertThat(compress(labelled, "--evaluator", "sh -c 'exit 9'")).isEqualTo(2);
        assertThat(console.err()).contains("exit code 9", "(compress.evaluator)");
    }

    @Test
    void theUsersEvaluatorIsTheMetric() throws IOException {
        Path script = folder.resolve("judge.sh");
        Files.writeString(script, "test -s \"$1\" && echo '{\"accuracy\": 97.5, \"n\": 200, \"metric\": \"exact\"}'\n");
        assertThat(compress(labelled, "--json", "--evaluator", "sh '" + script + "' {model}"))
                .as(console.err())
                .isZero();
        JsonNode json = console.json();
        assertThat(json.path("metric").asString()).isEqualTo("exact");
        assertThat(json.path("labelled").asBoolean()).isTrue();
        assertThat(json.path("float").path("accuracy").asDouble()).isEqualTo(97.5);
        JsonDocumentation.assertDescribes(json);
    }
}
