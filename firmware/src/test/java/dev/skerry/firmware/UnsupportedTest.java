package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What there is no code for is refused with its name, before anything is written. */
final class UnsupportedTest {
    @ParameterizedTest
    @CsvSource({
        "mlperf-tiny/ic_float.tflite,isn't made int8 at once",
        "mlperf-tiny/kws_int8_qdq.onnx,isn't made int8 at once",
        "models/silero-vad/silero_vad.onnx,one input is needed"
    })
    void isNamed(String file, String why) {
        assertThatThrownBy(() -> Firmware.of(ModelFile.read(SharedData.at(file)), "model", Map.of()))
                .hasMessageContaining(why);
    }
}
