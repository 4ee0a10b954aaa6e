package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ONNX models with QuantizeLinear become the integers that their TensorFlow Lite twins are. */
final class QuantizedModelTest {
    private static Model model(String file) {
        return ModelFile.read(SharedData.at("mlperf-tiny/" + file));
    }

    @ParameterizedTest
    @CsvSource({"kws,16000", "ic,33312", "vww,55296", "ad,768"})
    void layersBecomeIntegersInAMemoryOfBytes(String name, int mostArena) {
        Model integers =
                Firmware.inIntegers(model(name + "_int8_qdq.onnx"), Map.of()).orElseThrow();
        Firmware firmware = Firmware.of(integers, name, Map.of());
        Firmware twin = Firmware.of(model(name + "_int8.tflite"), name, Map.of());
        assertThat(firmware.arenaBytes()).isLessThanOrEqualTo(mostArena);
        assertThat(firmware.constantBytes()).isCloseTo(twin.constantBytes(), org.assertj.core.api.Assertions.within(1024));
        assertThat(firmware.macs()).isEqualTo(twin.macs());
    }

    /** The autoencoder has nothing but layers of integers: it gives what was recorded of its twin. */
    @Test
    void givesTheBytesOfItsTwin() throws IOException {
        Model integers = Firmware.inIntegers(model("ad_int8_qdq.onnx"), Map.of()).orElseThrow();
        Firmware firmware = Firmware.of(integers, "ad", Map.of());
        byte[] inputs = Files.readAllBytes(SharedData.at("mlperf-tiny/ad_random32.input.i8"));
        byte[] outputs = Files.readAllBytes(SharedData.at("mlperf-tiny/ad_random32.output.i8"));
        int bytes = firmware.inputBytes();
        int differing = 0;
        for (int i = 0; i < 32; i++) {
            byte[] made = firmware.expected(Arrays.copyOfRange(inputs, i * bytes, (i + 1) * bytes));
            for (int k = 0; k < made.length; k++) {
                int off = Math.abs(made[k] - outputs[i * made.length + k]);
                assertThat(off).isLessThanOrEqualTo(1);
                differing += off;
            }
        }
        // factors come from scales that the two files write with other last digits
        assertThat(differing).isLessThan(32 * 640 / 100);
    }

    @Test
    void aModelWithoutQuantizedLayersStaysAsItIs() {
        assertThat(Firmware.inIntegers(model("ic_float.onnx"), Map.of())).isEmpty();
        assertThat(Firmware.inIntegers(model("kws_int8.tflite"), Map.of())).isEmpty();
    }
}
