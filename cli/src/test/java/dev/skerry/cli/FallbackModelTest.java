package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A project whose model has one that stands in for it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class FallbackModelTest {
    @TempDir
    static Path home;

    private static Console console;
    private static Path project;
    private static Path bundle;

    @BeforeAll
    static void pack() throws IOException {
        console = new Console(home);
        project = SmallProject.in(home.resolve("digits"), "none");
        Files.copy(project.resolve("mnist.onnx"), project.resolve("tiny.onnx"));
        Files.writeString(
                project.resolve("skerry.yaml"),
                Files.readString(project.resolve("skerry.yaml"))
                        + "  fallback: {model: tiny.onnx, last-good: 1s, safe: stop, weakly-hard: {misses: 9, of: 50}}\n");
        bundle = home.resolve("digits.tar");
        assertThat(console.run("pack", project, "-o", bundle, "--json"))
                .as(console.err())
                .isZero();
        JsonDocumentation.assertDescribes(console.json());
        assertThat(console.json().path("fallbackMicros").asLong()).isPositive();
    }

    @Test
    void theBundleCarriesItAndItsGoldenVectors() {
        assertThat(console.run("verify", bundle)).as(console.err()).isZero();
        assertThat(dev.skerry.bundle.Bundle.open(bundle).files())
                .containsKeys("fallback.onnx", "fallback-golden.npz", "model.onnx", "golden.npz");
    }

    @Test
    void twoBundlesShareEachCycleAndAreReportedApart() throws IOException {
        assertThat(console.run(
                        "run",
                        bundle,
                        bundle,
                        "--base",
                        project,
                        "--cycles",
                        20,
                        "--no-realtime",
                        "--json",
                        "--events",
                        home.resolve("events.jsonl")))
                .as(console.err())
                .isZero();

        JsonNode report = console.json();
        JsonDocumentation.assertDescribes(report);
        assertThat(report.path("model").asString()).isEqualTo("digits");
        assertThat(report.path("others").size()).isEqualTo(1);
        for (JsonNode one : List.of(report, report.path("others").path(0))) {
            assertThat(one.path("cycles").asLong()).isEqualTo(20);
            long answered = 0;
            for (JsonNode level : one.path("levels")) {
                answered += level.asLong();
            }
            assertThat(answered).isEqualTo(20);
            assertThat(one.path("standby").path("needMicros").asDouble()).isPositive();
            assertThat(one.path("weaklyHard").path("of").asInt()).isEqualTo(50);
        }
        assertThat(home.resolve("events.jsonl")).exists();
    }

    @Test
    void aMisspeltKeyOfAFallbackIsNamedWithItsLine() throws IOException {
        Path other = Files.createDirectories(home.resolve("other"));
        Files.writeString(
                other.resolve("skerry.yaml"),
                Files.readString(project.resolve("skerry.yaml")).replace("weakly-hard", "weakly-hrad"));
        assertThat(console.run("run", other)).isEqualTo(2);
        assertThat(console.err()).contains("'weakly-hrad'", "'weakly-hard'", "skerry.yaml:");
    }
}
