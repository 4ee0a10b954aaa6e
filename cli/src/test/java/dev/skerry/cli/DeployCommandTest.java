package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The whole way once, and then what its bundle and its report have to stand. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DeployCommandTest {
    @TempDir
    static Path home;

    private static Path project = Path.of("");
    private static Path bundle = Path.of("");
    private static JsonNode deployed = Context.JSON.createObjectNode();
    private static String page = "";

    private final Console console = new Console(home);

    @BeforeAll
    static void deploy() throws IOException {
        var console = new Console(home);
        project = SmallProject.in(home.resolve("digits"), "int8");
        bundle = home.resolve("digits.tar");
        Path report = home.resolve("report.html");
        int code = console.run(
                "deploy", project, "-o", bundle, "--cycles", 25, "--no-realtime", "--report", report, "--json");
        assertThat(code).as(console.err()).isZero();
        deployed = console.json();
        page = Files.readString(report);
    }

    @Test
    void promisesOfTheDeployment() {
        assertThat(deployed.propertyNames()).contains("inspect", "compress", "select", "bundle", "run");
        assertThat(deployed.path("schema").asString()).isEqualTo("skerry.deploy/1");
        assertThat(deployed.path("bundle").propertyNames()).contains("digest", "signer");
    }

    @Test
    void promisesOfTheCompression() {
        JsonNode compress = deployed.path("compress");
        assertThat(compress.path("float").propertyNames()).contains("bytes", "accuracy", "p50Micros");
        assertThat(compress.propertyNames()).contains("chosen", "output");
        assertThat(compress.path("variants").size()).isGreaterThan(1);
        assertThat(compress.path("variants").get(0).path("name").asString()).isEqualTo("float");
        compress.path("variants")
                .forEach(variant -> assertThat(variant.propertyNames())
                        .contains(
                                "name",
                                "status",
                                "reason",
                                "bytes",
                                "accuracy",
                                "accuracyInterval",
                                "p50Micros",
                                "ratio"));
    }

    @Test
    void promisesOfTheSelection() {
        JsonNode select = deployed.path("select");
        assertThat(select.path("schema").asString()).isEqualTo("skerry.bench/1");
        assertThat(select.propertyNames()).contains("rows", "best");
        select.path("rows")
                .forEach(row -> assertThat(row.propertyNames())
                        .contains(
                                "runtime",
                                "provider",
                                "precision",
                                "threads",
                                "status",
                                "reason",
                                "p50Micros",
                                "p99Micros",
                                "p999Micros",
                                "samples"));
    }

    @Test
    void promisesOfTheRun() {
        JsonNode run = deployed.path("run");
        assertThat(run.path("schema").asString()).isEqualTo("skerry.run/1");
        assertThat(run.propertyNames())
                .contains(
                        "cycles",
                        "decisions",
                        "missed",
                        "missedUnattributed",
                        "missedUpperBound95",
                        "latencyMicros",
                        "scheduling");
        assertThat(run.path("latencyMicros").propertyNames()).contains("p50", "p99", "p999", "max");
        assertThat(run.path("cycles").asLong()).isEqualTo(25);
    }

    @Test
    void thePageIsWholeInItself() {
        assertThat(page)
                .startsWith("<!doctype html>")
                .contains("<svg")
                .doesNotContain("<script src")
                .doesNotContain("http://");
    }

    @Test
    void aBundleIsVerifiedByName() {
        assertThat(console.run("verify", bundle)).isZero();
        assertThat(console.out())
                .contains("✓ signature", "✓ file: golden.npz", "✓ file: model.onnx", "verified  sha256:")
                .contains(deployed.path("bundle").path("signer").asString());
        assertThat(console.run("verify", bundle, "--json")).isZero();
        assertThat(console.json().path("verified").asBoolean()).isTrue();
        assertThat(console.json().path("digest"))
                .isEqualTo(deployed.path("bundle").path("digest"));
    }

    @Test
    void aFlippedByteIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(bundle);
        bytes[bytes.length / 2] ^= 1;
        Path flipped = Files.write(home.resolve("flipped.tar"), bytes);
        assertThat(console.run("verify", flipped)).isEqualTo(3);
        assertThat(console.err()).contains("error: ", flipped.toString(), "bundle.");
        assertThat(console.run("verify", flipped, "--json")).isEqualTo(3);
        assertThat(console.json().path("verified").asBoolean(true)).isFalse();
        assertThat(console.run("run", flipped, "--cycles", 5)).isEqualTo(3);
    }

    @Test
    void aBundleThatSomebodyElseSignedIsRefused() throws IOException {
        Path stranger = home.resolve("stranger");
        assertThat(console.run("pack", project, "-o", home.resolve("theirs.tar"), "--key", stranger.resolve("key.pem")))
                .as(console.err())
                .isZero();
        assertThat(console.run("verify", home.resolve("theirs.tar"))).isEqualTo(3);
        assertThat(console.err()).contains("signed by nobody trusted").contains("(bundle.untrusted)");
        assertThat(console.run("verify", home.resolve("theirs.tar"), "--trusted", stranger.resolve("key.pem.pub")))
                .isZero();
    }

    @Test
    void packingAgainGivesTheSameDigest() {
        assertThat(console.run("pack", project, "-o", home.resolve("again"), "--json"))
                .isZero();
        assertThat(console.json().path("digest"))
                .isEqualTo(deployed.path("bundle").path("digest"));
    }

    @Test
    void aKeyThatOthersMayReadIsNotUsed() throws IOException {
        Path key = home.resolve("open.pem");
        assertThat(console.run("pack", project, "-o", home.resolve("open.tar"), "--key", key))
                .isZero();
        Files.setPosixFilePermissions(key, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(console.run("pack", project, "-o", home.resolve("open.tar"), "--key", key))
                .isEqualTo(4);
        assertThat(console.err()).contains(key.toString(), "rw-r--r--", "chmod 600", "(key.exposed)");
    }

    @Test
    void aBundleRunsWithoutItsProject() {
        assertThat(console.run("run", bundle, "--base", project, "--cycles", 10, "--no-realtime"))
                .as(console.err())
                .isZero();
        assertThat(console.out())
                .contains("10 cycles at 50", "latency from the release: p50", "at 95 % confidence")
                .endsWith("next: skerry run " + bundle + " --base " + project + " --no-realtime --cycles 100\n")
                .doesNotContain("\u001b");
        assertThat(console.err()).doesNotContain("\u001b").doesNotContain("\r");
    }

    @Test
    void everyKeyIsDocumented() throws IOException {
        JsonDocumentation.assertDescribes(deployed);
    }

    @Test
    void aBundleThatCanNotBeWrittenLeavesNothing() {
        assertThat(console.run("pack", project, "-o", "/proc/skerry.tar")).isEqualTo(4);
        assertThat(console.err()).contains("/proc/skerry.tar", "(bundle.unwritable)");
    }
}
