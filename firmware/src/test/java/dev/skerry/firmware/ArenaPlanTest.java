package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArenaPlanTest {
    @ParameterizedTest
    @CsvSource({"kws,16000", "ic,49152", "vww,55296", "ad,768", "sww,6656"})
    void memoryOfReferenceModelsIsTheLeastForWholeValues(String model, int bytes) {
        Program program =
                Lowering.lower(ModelFile.read(SharedData.at("mlperf-tiny/" + model + "_int8.tflite")), model, Map.of());
        assertThat(ArenaPlan.of(program).bytes()).isEqualTo(bytes).isEqualTo(ArenaPlan.lowerBound(program));
    }

    @ParameterizedTest
    @CsvSource({"kws", "vww"})
    void nothingThatLivesAtTheSameTimeOverlaps(String model) {
        Program program =
                Lowering.lower(ModelFile.read(SharedData.at("mlperf-tiny/" + model + "_int8.tflite")), model, Map.of());
        ArenaPlan plan = ArenaPlan.of(program);
        for (Layer layer : program.layers()) {
            for (Buffer input : layer.inputs()) {
                int end = plan.offset(input) + input.elements();
                int outputEnd = plan.offset(layer.output()) + layer.output().elements();
                assertThat(end <= plan.offset(layer.output()) || outputEnd <= plan.offset(input))
                        .as(layer.name())
                        .isTrue();
                assertThat(outputEnd).isLessThanOrEqualTo(plan.bytes());
            }
        }
    }
}
