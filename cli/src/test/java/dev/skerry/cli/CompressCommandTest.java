package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code skerry compress} prints and writes, and when it doesn't. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CompressCommandTest {
    @TempDir
    static Path home;

    private static Path model = Path.of("");
    private static Path samples = Path.of("");
    private static Path small = Path.of("");
    private static JsonNode report = Context.JSON.createObjectNode();
    private static String page = "";

    private final Console console = new Console(home);

    @BeforeAll
    static void compress() throws IOException {
        model = SharedData.at("models/mnist-cnn/mnist.onnx");
        samples = SmallProject.samples(home.resolve("samples.npz"), true);
        small = home.resolve("small.onnx");
        Path html = home.resolve("small.html");
        var console = new Console(home);
        int code = console.run(
                "compress",
                model,
                "--eval",
                samples,
                "--prefer",
                "size",
                "--range",
                "minmax",
                "-o",
                small,
                "--report",
                html,
                "--json");
        assertThat(code).as(console.err()).isZero();
        report = console.json();
        page = Files.readString(html);
    }

    private static JsonNode row(String name) {
        for (JsonNode variant : report.path("variants")) {
            if (variant.path("name").asString().equals(name)) {
                return variant;
            }
        }
        throw new AssertionError(name);
    }

    private static String sha256(Path file) throws Exception {
        return "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void whatWasWrittenIsWhatTheReportSays() throws Exception {
        JsonNode chosen = row(report.path("chosen").asString());
        assertThat(Files.size(small)).isEqualTo(chosen.path("bytes").asLong());
        assertThat(report.path("output").asString()).isEqualTo(small.toString());
        JsonNode reproduce = report.path("reproduce");
        assertThat(reproduce.path("output").asString()).isEqualTo(sha256(small));
        assertThat(reproduce.path("model").asString()).isEqualTo(sha256(model));
        assertThat(reproduce.path("evaluation").asString()).startsWith("sha256:");
        assertThat(reproduce.path("command").asString())
                .startsWith("skerry compress ")
                .contains("--range minmax");
        assertThat(reproduce.path("versions").propertyNames()).contains("java", "onnxruntime", "skerry");
        assertThat(home.resolve("small.onnx.search")).doesNotExist();
    }

    @Test
    void projectSaysWhatOptionsWould() throws Exception {
        Path project = SmallProject.in(home.resolve("digits"), "int8");
        Path out = home.resolve("of-project.onnx");
        assertThat(console.run("compress", project, "-o", out))
                .as(console.err())
                .isZero();
        assertThat(console.out()).contains("int8-all-minmax").doesNotContain("percentile");
        assertThat(out).isRegularFile();

        assertThat(console.run("compress", project, "--max-drop", "2", "-o", home.resolve("other.onnx")))
                .isEqualTo(2);
        assertThat(console.err()).contains("--max-drop is for a model, and this is a project", "skerry.yaml");
        assertThat(home.resolve("other.onnx")).doesNotExist();
    }

    @Test
    void itsOwnCommandGivesTheSameBytesAgain() throws Exception {
        String[] typed = report.path("reproduce")
                .path("command")
                .asString()
                .replace(small.toString(), home.resolve("again.onnx").toString())
                .split(" ", -1);
        assertThat(console.run((Object[]) java.util.Arrays.copyOfRange(typed, 1, typed.length)))
                .isZero();
        assertThat(sha256(home.resolve("again.onnx")))
                .isEqualTo(report.path("reproduce").path("output").asString());
    }

    @Test
    void integersAreWrittenAsTheyAreAskedFor() {
        Path out = home.resolve("operators.onnx");
        assertThat(console.run(
                        "compress",
                        model,
                        "--eval",
                        samples,
                        "--method",
                        "int8",
                        "--range",
                        "minmax",
                        "--integers",
                        "u8u8",
                        "--scales",
                        "tensor",
                        "--form",
                        "qoperator",
                        "-o",
                        out,
                        "--json"))
                .as(console.err())
                .isZero();
        assertThat(console.json().path("variants"))
                .filteredOn(row -> row.path("name").asString().startsWith("int8-all"))
                .isNotEmpty()
                .allMatch(row -> row.path("name").asString().matches(".*-tensor(-.*)?-qoperator"))
                .noneMatch(row -> row.path("status").asString().equals("failed"));

        assertThat(console.run("compress", model, "--eval", samples, "--integers", "u8s9", "-o", out))
                .isEqualTo(2);
        assertThat(console.err()).contains("'u8s9' is not one of auto, u8s8", "--integers u8s");
    }

    @Test
    void timeAndMemoryOfTheWorkAreTold() {
        JsonNode effort = report.path("effort");
        double sum = 0;
        for (JsonNode phase : effort.path("phases")) {
            sum += phase.path("seconds").asDouble();
        }
        assertThat(sum)
                .isCloseTo(effort.path("elapsedSeconds").asDouble(), org.assertj.core.api.Assertions.within(0.1));
        assertThat(effort.path("peakMemoryBytes").asLong()).isGreaterThan(20_000_000);
    }

    @Test
    void everyKeyIsDocumented() throws IOException {
        JsonDocumentation.assertDescribes(report);
    }

    @Test
    void linesFitAScreen() {
        assertThat(console.run("compress", model, "--eval", samples, "--range", "minmax", "-o", home.resolve("b.onnx")))
                .isZero();
        assertThat(console.out())
                .contains("variant", "÷ float", "RAM", "▶", "◇", "took ", "most sensitive by itself: ", "next: ")
                .doesNotContain("\u001b");
        assertThat(console.out().lines())
                .allSatisfy(
                        line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(line.contains("/") ? 400 : 122));
    }

    @Test
    void whereNothingFitsNothingIsWritten() {
        Path never = home.resolve("never.onnx");
        Path html = home.resolve("never.html");
        int code = console.run(
                "compress",
                model,
                "--eval",
                samples,
                "--range",
                "minmax",
                "--fit",
                "ram=64K,flash=1K",
                "-o",
                never,
                "--report",
                html);
        assertThat(code).isEqualTo(3);
        assertThat(console.err())
                .contains("nothing that was tried keeps to all limits", "limit of size", "1024 bytes allowed")
                .contains("(compress.budget)");
        assertThat(console.out()).contains("over budget").doesNotContain("wrote ");
        assertThat(never).doesNotExist();
        assertThat(home.resolve("never.onnx.search")).doesNotExist();
        assertThat(html).exists();
        assertThat(console.run(
                        "compress",
                        model,
                        "--eval",
                        samples,
                        "--range",
                        "minmax",
                        "--max-latency",
                        "1ns",
                        "-o",
                        never,
                        "--json"))
                .isEqualTo(3);
        assertThat(console.json().path("binding").path("limit").asString()).isEqualTo("latency");
        assertThat(console.json().path("output").isNull()).isTrue();
        assertThat(console.json().path("chosen").isNull()).isTrue();
        assertThat(never).doesNotExist();
    }

    @Test
    void aLimitThatFitsIsKept() {
        Path fits = home.resolve("fits.onnx");
        assertThat(console.run(
                        "compress",
                        model,
                        "--eval",
                        samples,
                        "--range",
                        "minmax",
                        "--max-size",
                        "12KB",
                        "--max-ram",
                        "1MiB",
                        "-o",
                        fits,
                        "--json"))
                .as(console.err())
                .isZero();
        assertThat(console.json().path("binding").isNull()).isTrue();
        assertThat(fits.toFile().length()).isBetween(1L, 12_000L);
    }

    @Test
    void misspeltWordsAreNamed() {
        refused(2, "--method int", "--method", "int9");
        refused(2, "--method dynamic", "--method", "dynamc");
        refused(2, "--target linux-arm64", "--target", "linux-arm");
        refused(2, "--prefer size", "--prefer", "siz");
        refused(2, "--fit flash", "--fit", "flsh=1M");
        refused(2, "is not a size such as", "--max-size", "many");
        refused(2, "is not a size such as", "--fit", "ram=0");
        refused(2, "is not a duration such as", "--max-latency", "fast");
        refused(2, "is not between 0 and 100", "--max-drop", "101");
    }

    private void refused(int code, String said, String... options) {
        Object[] all = new Object[6 + options.length];
        System.arraycopy(options, 0, all, 6, options.length);
        System.arraycopy(
                new Object[] {"compress", model, "--eval", samples, "-o", home.resolve("no.onnx")}, 0, all, 0, 6);
        assertThat(console.run(all)).as(String.join(" ", options)).isEqualTo(code);
        assertThat(console.err()).contains(said);
        assertThat(home.resolve("no.onnx")).doesNotExist();
    }

    @Test
    void inputsAreNotWrittenOver() throws IOException {
        Path copy = Files.copy(model, home.resolve("copy.onnx"));
        assertThat(console.run("compress", copy, "--eval", samples, "-o", home.resolve("./copy.onnx")))
                .isEqualTo(2);
        assertThat(console.err()).contains("(compress.overwrite)");
        assertThat(console.run("compress", copy, "--eval", samples, "-o", samples))
                .isEqualTo(2);
        assertThat(Files.mismatch(model, copy)).isEqualTo(-1);
    }

    @Test
    void thePageIsWholeInItself() throws Exception {
        assertThat(page)
                .startsWith("<!doctype html>")
                .contains("<svg")
                .doesNotContain("<script")
                .doesNotContain("<link")
                .doesNotContainPattern("(src|href)\\s*=")
                .doesNotContainPattern("url\\(")
                .doesNotContain("@import");
        // well-formed, as a parser that forgives nothing sees it
        var parser = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder();
        String xml = page.replaceFirst("<!doctype html>\n", "").replaceAll("(<meta[^>]*[^/])>", "$1/>");
        assertThat(parser.parse(new org.xml.sax.InputSource(new java.io.StringReader(xml)))
                        .getDocumentElement()
                        .getTagName())
                .isEqualTo("html");
    }

    @Test
    void thePageHasTheNumbersOfTheJson() {
        for (JsonNode variant : report.path("variants")) {
            assertThat(page).contains(variant.path("name").asString());
            if (variant.path("accuracy").isNumber()) {
                assertThat(page)
                        .contains("%.2f".formatted(variant.path("accuracy").asDouble()));
                assertThat(page).contains(Quantity.bytes(variant.path("bytes").asLong()));
                assertThat(page)
                        .contains(Quantity.micros(variant.path("p50Micros").asDouble()));
            }
        }
        for (JsonNode layer : report.path("sensitivity")) {
            assertThat(page).contains(layer.path("node").asString());
        }
        assertThat(report.path("classes").size()).isEqualTo(10);
        for (JsonNode each : report.path("classes")) {
            assertThat(page).contains("%.2f".formatted(each.path("floatPercent").asDouble()));
        }
        assertThat(page).contains("within the sampling noise, neither a loss nor a gain", "its instructions");
        Pattern digest = Pattern.compile("sha256:[0-9a-f]{64}");
        assertThat(digest.matcher(page).results().map(match -> match.group()))
                .contains(
                        report.path("reproduce").path("model").asString(),
                        report.path("reproduce").path("output").asString(),
                        report.path("reproduce").path("evaluation").asString());
    }
}
