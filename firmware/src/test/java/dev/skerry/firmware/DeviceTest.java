package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Code for devices gives the right bytes under QEMU, and what is said of it holds. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class DeviceTest {
    @BeforeAll
    static void tools() throws InterruptedException {
        for (String tool : List.of(
                "make",
                "cc",
                "arm-none-eabi-gcc",
                "riscv64-unknown-elf-gcc",
                "qemu-system-arm",
                "qemu-system-riscv32")) {
            SharedData.require(GeneratedC.has(tool), tool + " isn't installed");
        }
    }

    private static Firmware firmware(String model, Target target) {
        return Firmware.of(
                ModelFile.read(SharedData.at("mlperf-tiny/" + model + "_int8.tflite")), model, Map.of(), target);
    }

    private static byte[] recorded(String file) throws IOException {
        return Files.readAllBytes(SharedData.at("mlperf-tiny/" + file));
    }

    @ParameterizedTest
    @EnumSource(names = {"CORTEX_M4", "CORTEX_M55", "RV32IMAC"})
    void randomInputsGiveTheBytesOfTensorFlowLite(Target target) throws IOException {
        try (DeviceBuild build = DeviceBuild.of(firmware("kws", target))) {
            assertThat(build.outputs(recorded("kws_random32.input.i8")))
                    .containsExactly(recorded("kws_random32.output.i8"));
        }
    }

    @Test
    void recordedSpeechGivesTheBytesOfTensorFlowLite() throws IOException {
        try (DeviceBuild build = DeviceBuild.of(firmware("kws", Target.CORTEX_M4))) {
            assertThat(build.outputs(recorded("kws01.input.i8"))).containsExactly(recorded("kws01.output.i8"));
        }
    }

    /** FNV-1a of what TensorFlow Lite for Microcontrollers gave on a Cortex-M4 for the first input of the generator. */
    @ParameterizedTest
    @CsvSource({"kws,2388058112", "ic,2283583533", "vww,979336969", "ad,3843777713", "sww,3139040054"})
    void firstInputGivesWhatTensorFlowLiteGaveOnTheDevice(String model, long hash) {
        Firmware firmware = firmware(model, Target.CORTEX_M4);
        try (DeviceBuild build = DeviceBuild.of(firmware)) {
            int fnv = 0x811C9DC5;
            for (byte each : build.outputs(SelfTest.input(1, firmware.inputBytes()))) {
                fnv = (fnv ^ (each & 0xFF)) * 0x01000193;
            }
            assertThat(Integer.toUnsignedLong(fnv)).isEqualTo(hash);
        }
    }

    /** On each board: golden vectors are right, and the plugin's count of instructions is what the device's own timer counts. */
    @ParameterizedTest
    @EnumSource(
            names = {"C99", "HOST"},
            mode = EnumSource.Mode.EXCLUDE)
    void whatIsMeasuredHoldsOnEachBoard(Target target) {
        Firmware firmware = firmware("sww", target);
        try (DeviceBuild build = DeviceBuild.of(firmware)) {
            DeviceRun timed = build.run(false);
            DeviceRun counted = build.run();
            assertThat(counted.vectors()).isEqualTo(4);
            assertThat(counted.resolution()).isZero();
            assertThat(timed.resolution()).isBetween(1L, 63L);
            // the way from the timer to the first instruction counts too, rounded up
            assertThat(counted.instructions())
                    .isCloseTo(timed.instructions(), within(2 * timed.resolution() + 10))
                    .isGreaterThan(100_000);
            assertThat(timed.layers()).isEmpty();
            DeviceBuild.Sizes sizes = build.sizes();
            assertThat(sizes.ramBytes()).isBetween(firmware.arenaBytes(), firmware.arenaBytes() + 64);
            assertThat(sizes.flashBytes()).isBetween(firmware.constantBytes(), firmware.constantBytes() + (16 << 10));
            assertThat(sizes.functions()).containsKeys("sww_invoke", "skerry_reset");
            // frames and calls say as much as paint, or more where a way wasn't gone
            assertThat(sizes.stackBytes()).isBetween(counted.stackBytes(), counted.stackBytes() + 64);
        }
    }

    @Test
    void layersMakeUpTheWholeButForTheirMarks() {
        Firmware firmware = firmware("kws", Target.CORTEX_M4);
        try (DeviceBuild build = DeviceBuild.of(firmware)) {
            DeviceRun run = build.run();
            assertThat(run.instructions()).isCloseTo(build.run(false).instructions(), within(90L));
            long sum = run.layers().stream()
                    .mapToLong(DeviceRun.Layer::instructions)
                    .sum();
            assertThat(run.layers()).hasSize(firmware.steps().size());
            assertThat(sum)
                    .isCloseTo(run.instructions(), within(10L * run.layers().size()));
            assertThat(run.layers()).allSatisfy(layer -> {
                assertThat(layer.instructions()).isPositive();
                assertThat(layer.cycles().high()).isGreaterThan(layer.instructions());
            });
            assertThat(run.cycles().low())
                    .isBetween(run.instructions() / 2, run.cycles().high());
        }
    }

    @Test
    void modelThatDoesNotFitIsRefusedWithWhatIsMissing() {
        Firmware firmware = new Firmware(ofWeights(1024, 640), Target.CORTEX_M55);
        assertThatThrownBy(() -> DeviceBuild.of(firmware))
                .hasMessageContaining("doesn't fit the memory of mps3-an547")
                .hasMessageContaining("FLASH")
                .hasMessageContaining("overflowed by");
    }

    /** A layer with as many weights as inputs times outputs. */
    private static Program ofWeights(int inputs, int outputs) {
        Buffer input = Buffer.ofBytes("x", 1, 1, inputs);
        Buffer output = Buffer.ofBytes("y", 1, 1, outputs);
        byte[] weights = new byte[inputs * outputs];
        Arrays.fill(weights, (byte) 1);
        var rescale = new Rescale(new int[] {1 << 30}, new int[] {0}, 0, -128, 127);
        return new Program(
                "large",
                List.of(new Port("x", input, Grid.PLAIN)),
                List.of(new Port("y", output, Grid.PLAIN)),
                List.of(new Layer.FullyConnected(
                        "dense", input, output, new Layer.Weights(weights, new int[outputs], 0, rescale))));
    }

    @Test
    void wrongByteIsFound() {
        Firmware firmware = firmware("ad", Target.CORTEX_M4);
        Map<String, String> files = firmware.files();
        files.computeIfPresent(
                "golden.c", (_, text) -> text.replaceFirst("(expected\\[\\d+] = \\{\\s+)-?\\d+,", "$1 99,"));
        assertThat(files).isNotEqualTo(firmware.files());
        try (DeviceBuild build = DeviceBuild.of(firmware, files)) {
            assertThatThrownBy(build::run)
                    .hasMessageContaining("golden vectors don't come out as they should on mps2-an386")
                    .hasMessageContaining("1 bytes are wrong");
        }
    }

    @Test
    void faultIsTold() {
        Firmware firmware = firmware("ad", Target.CORTEX_M33);
        Map<String, String> files = firmware.files();
        files.computeIfPresent(
                "ad.c",
                (_, text) ->
                        text.replace("void ad_init(void) {", "void ad_init(void) {\n    __asm__ volatile(\"udf 1\");"));
        try (DeviceBuild build = DeviceBuild.of(firmware, files)) {
            assertThatThrownBy(build::run).hasMessageContaining("it ended with 2: fault");
        }
    }

    @Test
    void smallBoardIsTakenWhereAllFits() {
        assertThat(firmware("sww", Target.CORTEX_M0PLUS).machine().name()).isEqualTo("microbit");
        assertThat(firmware("ad", Target.CORTEX_M0PLUS).machine().name()).isEqualTo("mps2-an385");
    }
}
