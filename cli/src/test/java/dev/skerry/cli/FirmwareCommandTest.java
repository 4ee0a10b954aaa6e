package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.SigningKey;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** From a project to a device: {@code pack --firmware}, {@code verify}, {@code bootloader}. */
class FirmwareCommandTest {
    @TempDir
    Path home;

    private Console console;
    private Path project;

    @BeforeEach
    void make() throws IOException {
        console = new Console(home);
        project = Files.createDirectories(home.resolve("anomaly"));
        Files.copy(SharedData.at("mlperf-tiny/ad_int8.tflite"), project.resolve("ad.tflite"));
        byte[] values = new byte[20 * 640];
        var random = new SplittableRandom(1);
        random.nextBytes(values);
        TensorFile.writeNpz(
                project.resolve("samples.npz"),
                Map.of("input_1", Tensor.ofBytes("input_1", DataType.INT8, new long[] {20, 640}, values)));
        Files.writeString(project.resolve("skerry.yaml"), """
                name: anomaly
                version: 2.1
                model: ad.tflite
                budget: {rate: 10Hz, latency: 50ms}
                compression: {method: none}
                pipeline:
                  source: {tensors: samples.npz}
                  actions:
                    - json-lines: decisions.jsonl
                """);
    }

    @Test
    void aProjectBecomesPackagesThatABootloaderStarts() throws Exception {
        for (String tool : List.of("arm-none-eabi-gcc", "qemu-system-arm", "make")) {
            SharedData.require(EmulatedDevice.isInstalled(tool), tool + " isn't installed");
        }
        Path out = home.resolve("out/anomaly.tar");
        assertThat(console.run("pack", project, "--firmware", "--counter", 3, "-o", out, "--json"))
                .as(console.err())
                .isZero();
        JsonNode json = console.json();
        JsonDocumentation.assertDescribes(json);
        JsonNode first = json.path("firmware").path(0);
        assertThat(json.path("firmware").size()).isEqualTo(2);
        assertThat(first.path("version").asString()).isEqualTo("2.1.0+0");
        Path a = home.resolve("out/anomaly.slot-a.signed.bin");
        Path b = home.resolve("out/anomaly.slot-b.signed.bin");
        assertThat(first.path("file").asString()).isEqualTo(a.toString());

        assertThat(console.run("verify", b)).as(console.err()).isZero();
        assertThat(console.out())
                .contains(
                        "✓ target: cortex-m4, linked for the slot at 0x21090000",
                        "✓ counter: 3",
                        "✓ bundle: " + json.path("digest").asString(),
                        "✓ signature: Ed25519 over the digest, by trusted key "
                                + json.path("signer").asString());

        Path boot = home.resolve("boot");
        assertThat(console.run(
                        "bootloader", "-o", boot, "--trusted", json.path("key").asString() + ".pub", "--json"))
                .as(console.err())
                .isZero();
        JsonDocumentation.assertDescribes(console.json());
        EmulatedDevice.run(boot, "make", "-s", "run", "A=" + a, "B=" + b);
        assertThat(Files.readString(boot.resolve("log")))
                .containsSubsequence(
                        "slot B: 2.1.0+0, counter 3, valid",
                        "application in slot A: 2.1.0+0, counter 3, self-test passed",
                        "confirmed");

        byte[] bytes = Files.readAllBytes(a);
        bytes[5000] ^= 1;
        Files.write(a, bytes);
        assertThat(console.run("verify", a, "--json")).isEqualTo(3);
        assertThat(console.json().path("problem").path("code").asString()).isEqualTo("package.damaged");
        JsonDocumentation.assertDescribes(console.json());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--counter 1|--firmware",
                "--firmware --target cortex-m5|cortex-m55",
                "--firmware --target rv32imac|(firmware.target)",
                "--firmware --firmware-version 1.2.beta|(package.version)",
                "--firmware --counter -1|(package.counter)",
                "--firmware --memory slot-a=0x21090000|slot A reaches into slot B",
                "--firmware --memory slot-c=0x0|slot-a",
                "--firmware --memory slot-a=here|no address and no size",
                "--firmware --memory slot-bytes=256K|the image doesn't fit",
                "--firmware --program skerry.yaml|the image can't start at its slot",
                "--firmware --program none.bin|the image can't be read",
            })
    void whatCannotBePackedIsNamedBeforeAnythingIs(String options, String said) {
        SharedData.require(isThereACompiler(), "arm-none-eabi-gcc isn't installed");
        String[] words = options.replace(
                        "skerry.yaml", project.resolve("skerry.yaml").toString())
                .split(" ", -1);
        Object[] all = new Object[words.length + 4];
        System.arraycopy(words, 0, all, 4, words.length);
        all[0] = "pack";
        all[1] = project;
        all[2] = "-o";
        all[3] = home.resolve("out.tar");
        assertThat(console.run(all)).isEqualTo(2);
        assertThat(console.err()).contains(said);
        assertThat(home.resolve("out.tar")).doesNotExist();
    }

    private static boolean isThereACompiler() {
        try {
            return EmulatedDevice.isInstalled("arm-none-eabi-gcc");
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    @Test
    void aFloatModelHasNoImage() throws IOException {
        Files.writeString(
                project.resolve("skerry.yaml"),
                Files.readString(project.resolve("skerry.yaml")).replace("ad.tflite", "float.tflite"));
        Files.copy(SharedData.at("mlperf-tiny/ic_float.tflite"), project.resolve("float.tflite"));
        assertThat(console.run("pack", project, "--firmware")).isEqualTo(2);
        assertThat(console.err()).contains("(firmware.");
    }

    @Test
    void aBootloaderNeedsAKey() throws IOException {
        assertThat(console.run("bootloader", "-o", home.resolve("boot"))).isEqualTo(2);
        Path key =
                Files.writeString(home.resolve("k.pub"), SigningKey.generate().publicPem());
        Path boot = home.resolve("boot");
        assertThat(
                        console.run(
                                "bootloader",
                                "-o",
                                boot,
                                "--trusted",
                                key,
                                "--memory",
                                "boot=0x08000000,state=0x08010000,page-bytes=2K,slot-a=0x08020000,slot-b=0x08060000,slot-bytes=256K,ram-bytes=96K"))
                .as(console.err())
                .isZero();
        assertThat(boot.resolve("layout.h")).content().contains("#define SKERRY_SLOT_B 0x08060000U");
        assertThat(boot.resolve("link.ld")).content().contains("ORIGIN = 0x08000000");
        assertThat(boot.resolve("Makefile")).content().doesNotContain("qemu");
    }
}
