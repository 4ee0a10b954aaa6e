package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MLPerf Tiny's models give what TensorFlow Lite's reference kernels gave, byte for byte: in Java, and as compiled C. */
final class ReferenceModelsTest {
    @TempDir
    static Path folder;

    private static Firmware firmware(String model) {
        return firmware(model, Target.C99);
    }

    private static Firmware firmware(String model, Target target) {
        Path file = SharedData.at("mlperf-tiny/" + model + "_int8.tflite");
        return Firmware.of(ModelFile.read(file), model, Map.of(), target);
    }

    private static byte[] recorded(String file) throws IOException {
        return Files.readAllBytes(SharedData.at("mlperf-tiny/" + file));
    }

    @Test
    void theHeaderSaysWhatBytesStandFor() {
        assertThat(firmware("ad").files().get("ad.h"))
                .contains("value = 0.39101523 × (byte − 89)")
                .contains("value = 0.36449847 × (byte − 96)");
    }

    @ParameterizedTest
    @CsvSource({"kws,32", "ic,8", "vww,1", "ad,32"})
    void integersInJava(String model, int samples) throws IOException {
        Firmware firmware = firmware(model);
        byte[] inputs = recorded(model + "_random32.input.i8");
        byte[] outputs = recorded(model + "_random32.output.i8");
        int in = firmware.inputBytes();
        int out = firmware.outputBytes();
        assertThat(inputs).hasSize(32 * in);
        for (int i = 0; i < samples; i++) {
            assertThat(firmware.expected(Arrays.copyOfRange(inputs, i * in, (i + 1) * in)))
                    .as("sample %d", i)
                    .containsExactly(Arrays.copyOfRange(outputs, i * out, (i + 1) * out));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kws,C99",
        "ic,C99",
        "vww,C99",
        "ad,C99",
        "kws,CORTEX_M4",
        "ic,CORTEX_M4",
        "vww,CORTEX_M4",
        "ad,CORTEX_M4",
        "kws,CORTEX_M55",
        "ic,CORTEX_M55",
        "vww,CORTEX_M55",
        "ad,CORTEX_M55",
    })
    void compiledUnderSanitizers(String model, Target target) throws Exception {
        byte[] inputs = recorded(model + "_random32.input.i8");
        assertThat(GeneratedC.run(firmware(model, target), folder, inputs))
                .containsExactly(recorded(model + "_random32.output.i8"));
    }

    @ParameterizedTest
    @ValueSource(strings = "kws01")
    void compiledOnRecordedSpeech(String set) throws Exception {
        assertThat(GeneratedC.run(firmware("kws"), folder, recorded(set + ".input.i8")))
                .containsExactly(recorded(set + ".output.i8"));
    }
}
