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
@SuppressWarnings("NullAway") // a null fails the test, as it should
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
    void modelOfRealNumbersIsHeldToWhatOnnxRuntimeGives() throws Exception {
        var console = new Console(home);
        Path out = home.resolve("motion");
        assertThat(console.run("compile", SharedData.at("models/har-motion/har_cnn1d.onnx"), "-o", out, "--dim", "N=1"))
                .as(console.err())
                .isZero();
        assertThat(console.out()).contains("make -C " + out + " test");
        Path log = home.resolve("log");
        int ended = new ProcessBuilder("make", "-C", out.toString(), "test")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(Files.readString(log)).contains("4 golden vectors, 0 numbers wrong");
        assertThat(ended).isZero();
    }

    @Test
    void unknownTargetComesWithTheOneThatWasMeant() {
        var console = new Console(home);
        Path model = SharedData.at("mlperf-tiny/ad_int8.tflite");
        Path out = home.resolve("ad");
        assertThat(console.run("compile", model, "-o", out, "--target", "cortexm4"))
                .isEqualTo(2);
        assertThat(console.err()).contains("'cortexm4' is not one of", "rv32imac", "--target cortex-m4");
        assertThat(console.run("compile", model, "-o", out, "--run", "qemu")).isEqualTo(2);
        assertThat(console.err()).contains("c99 is no device", "make test");
        assertThat(console.run("compile", model, "-o", out, "--target", "cortex-m4", "--run", "qmeu"))
                .isEqualTo(2);
        assertThat(console.err()).contains("--run qemu");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatIsMeasuredUnderQemuStandsInTheJsonAndOnThePage() throws IOException {
        for (String tool : new String[] {"arm-none-eabi-gcc", "qemu-system-arm", "make", "cc"}) {
            SharedData.require(isInstalled(tool), tool + " isn't installed");
        }
        var console = new Console(home);
        Path out = home.resolve("ad");
        Path page = out.resolve("report.html");
        int ended = console.run(
                "compile",
                SharedData.at("mlperf-tiny/ad_int8.tflite"),
                "-o",
                out,
                "--name",
                "ad",
                "--target",
                "cortex-m4",
                "--run",
                "qemu",
                "--report",
                page,
                "--json");
        assertThat(ended).as(console.err()).isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        assertThat(json.path("target").asString()).isEqualTo("cortex-m4");
        long instructions = json.path("instructions").asLong();
        assertThat(instructions)
                .isBetween(200_000L, 582_940L); // TensorFlow Lite for Microcontrollers with CMSIS-NN takes the latter
        assertThat(json.path("flashBytes").asInt())
                .isBetween(json.path("constantBytes").asInt(), 281_000);
        assertThat(json.path("ramBytes").asInt())
                .isBetween(json.path("arenaBytes").asInt(), 1_500);
        assertThat(json.path("stackBytes").asInt())
                .isBetween(json.path("stackUsedBytes").asInt(), 1_000);
        assertThat(json.path("cyclesEstimate").path("high").asLong()).isGreaterThan(instructions);
        assertThat(json.path("goldenVectors").asInt()).isEqualTo(4);
        long layers = 0;
        for (JsonNode layer : json.path("layers")) {
            layers += layer.path("instructions").asLong();
        }
        assertThat(layers).isBetween(instructions, instructions + 100);
        assertThat(Files.readString(page))
                .contains(
                        "ad for cortex-m4",
                        "Instructions by layer",
                        "RAM over time",
                        "Flash by layer",
                        "FULLY_CONNECTED_9")
                .contains("arm-none-eabi-gcc", "cycles, an estimate")
                .doesNotContain("<script", "http");
        assertThat(out.resolve("device/link.ld")).isRegularFile();
    }

    @Test
    void withoutADeviceNothingIsMeasuredAndThatIsSaid() throws IOException {
        var console = new Console(home);
        Path out = home.resolve("ad");
        assertThat(console.run("compile", SharedData.at("mlperf-tiny/ad_int8.tflite"), "-o", out, "--json"))
                .isZero();
        JsonDocumentation.assertDescribes(console.json());
        for (String field : new String[] {"flashBytes", "ramBytes", "stackBytes", "instructions", "cyclesEstimate"}) {
            assertThat(console.json().path(field).isNull()).as(field).isTrue();
        }
    }

    @Test
    void folderIsWrittenWholeOrNotAtAll() throws IOException {
        var console = new Console(home);
        Path model = SharedData.at("mlperf-tiny/ad_int8.tflite");
        Path out = Files.createDirectory(home.resolve("ad"));
        Files.writeString(out.resolve("main.c"), "mine");
        assertThat(console.run("compile", model, "-o", out)).as(console.err()).isZero();
        Files.writeString(out.resolve("kernels.h"), "old");
        Files.delete(out.resolve("golden.c"));
        Files.delete(out.resolve("Makefile"));
        Path inTheWay = Files.createDirectory(out.resolve("Makefile"));
        assertThat(console.run("compile", model, "-o", out)).isEqualTo(4);
        assertThat(console.err()).contains("Makefile is a folder", "(usage.unwritable)");
        assertThat(out.resolve("kernels.h")).hasContent("old");
        assertThat(out.resolve("golden.c")).doesNotExist();
        Files.delete(inTheWay);
        assertThat(console.run("compile", model, "-o", out)).as(console.err()).isZero();
        assertThat(out.resolve("main.c")).hasContent("mine");
        assertThat(Files.readString(out.resolve("kernels.h"))).contains("skerry_rescale");
        assertThat(home.toFile().list()).containsExactly("ad");
    }

    @Test
    void filesOfTheUserStayAndThoseOfAnotherModelGo() throws IOException {
        var console = new Console(home);
        Path out = Files.createDirectory(home.resolve("model"));
        Files.writeString(out.resolve("Makefile"), "mine");
        assertThat(console.run("compile", SharedData.at("mlperf-tiny/ad_int8.tflite"), "-o", out))
                .isEqualTo(2);
        assertThat(console.err()).contains("(compile.exists)");
        assertThat(out.resolve("Makefile")).hasContent("mine");
        assertThat(out.toFile().list()).containsExactly("Makefile");
        Files.move(out.resolve("Makefile"), out.resolve("main.mk"));
        assertThat(console.run("compile", SharedData.at("mlperf-tiny/ad_int8.tflite"), "-o", out))
                .as(console.err())
                .isZero();
        assertThat(console.run("compile", SharedData.at("mlperf-tiny/kws_int8.tflite"), "-o", out))
                .as(console.err())
                .isZero();
        assertThat(out.resolve("ad_int8.c")).doesNotExist();
        assertThat(out.resolve("kws_int8.c")).exists();
        assertThat(out.resolve("main.mk")).hasContent("mine");
    }

    private static boolean isInstalled(String tool) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, tool))) {
                return true;
            }
        }
        return false;
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
