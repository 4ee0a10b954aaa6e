package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.testing.SharedData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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

    @Test
    void activationWithoutLayerIsNoPartOfOne() {
        Graph graph = Graph.of(
                "g",
                List.of(
                        Node.of("DequantizeLinear", List.of("x", "scale"), List.of("real")),
                        Node.of("Relu", List.of("real"), List.of("positive")),
                        Node.of("QuantizeLinear", List.of("positive", "scale"), List.of("y"))),
                List.of(Tensor.ofFloats("scale", new long[0], 0.5f)),
                List.of(ValueInfo.of("x", DataType.INT8, Shape.of(1, 4))),
                List.of(ValueInfo.of("y", DataType.INT8, Shape.of(1, 4))));
        assertThatThrownBy(() -> Firmware.of(Model.of(graph, 17), "model", Map.of()))
                .hasMessageContaining("Relu")
                .hasMessageContaining("it stands by itself");
    }
}
