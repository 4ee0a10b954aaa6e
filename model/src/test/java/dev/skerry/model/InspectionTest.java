package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InspectionTest {
    @Test
    void saysWhatAModelIsAndWhatARuntimeLacks() {
        Model model = ModelFile.read(SharedData.at("models/resnet8-cifar10/resnet8.onnx"));
        Inspection inspection = Inspection.of(
                model,
                Map.of("N", 1L),
                Map.of("small", Set.of("Conv", "Relu", "Add", "Gemm", "Transpose", "Reshape", "AveragePool")));

        assertThat(inspection.operators()).containsEntry("Conv", 9).containsEntry("Softmax", 1);
        assertThat(inspection.inputs()).hasToString("[Port[name=input, type=float32[1×32×32×3]]]");
        assertThat(inspection.dataTypes()).containsExactlyInAnyOrder(DataType.FLOAT, DataType.INT64);
        assertThat(inspection.heaviest()).hasSize(10);
        assertThat(inspection.heaviest().getFirst().macs()).isEqualTo(2_359_296);
        assertThat(inspection.unresolved()).isEmpty();
        Inspection.Support support = inspection.support().getFirst();
        assertThat(support.missing()).containsExactly(Map.entry("Softmax", 1));
        assertThat(support.supported()).isEqualTo(support.nodes() - 1);
    }

    @Test
    void countsOperatorsInsideOfBranches() {
        Model model = ModelFile.read(SharedData.at("models/silero-vad/silero_vad.onnx"));
        Inspection inspection = Inspection.of(model, Map.of(), Map.of());
        assertThat(inspection.operators()).containsEntry("LSTM", 4).containsEntry("If", 25);
        assertThat(inspection.cost().parameters()).isEqualTo(545_286);
    }
}
