package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequantizationTest {
    private static final int SAMPLES = 32;

    /** The reference kernels' bytes; only softmax, done in real numbers here, may be a step away. */
    @ParameterizedTest
    @CsvSource({"kws, 3, 1", "ic, 1, 1", "vww, 1, 1", "ad, 8, 0"})
    void integersAloneGiveTheReferenceBytes(String name, int samples, int step) throws IOException {
        // what the file carries must survive being written as ONNX
        Model model = ModelFile.parse(ModelFile.bytes(TfliteImportTest.model(name + "_int8")));
        byte[] inputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.input.i8"));
        byte[] outputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.output.i8"));
        var reference = new IntegerReference(model);
        for (int i = 0; i < samples; i++) {
            int[] found = reference.run(slice(inputs, i));
            byte[] expected = slice(outputs, i);
            assertThat(found).hasSize(expected.length);
            for (int j = 0; j < found.length; j++) {
                assertThat(Math.abs(found[j] - expected[j]))
                        .as("sample %d, output %d", i, j)
                        .isLessThanOrEqualTo(step);
            }
        }
    }

    private static byte[] slice(byte[] all, int sample) {
        int size = all.length / SAMPLES;
        return Arrays.copyOfRange(all, sample * size, (sample + 1) * size);
    }

    @Test
    void oneNodePerIntegerOperator() {
        assertThat(IntegerReference.operators(TfliteImportTest.model("ic_int8").graph()))
                .hasSize(9 + 3 + 1 + 1 + 1)
                .contains("CONV_2D", "ADD", "AVERAGE_POOL_2D", "FULLY_CONNECTED", "SOFTMAX");
        assertThat(IntegerReference.operators(TfliteImportTest.model("ic_float").graph()))
                .isEmpty();
    }

    /** By hand: 0.75 = 0.75 × 2^0; a factor below 2^-32 is nothing. */
    @Test
    void factors() {
        assertThat(TfliteArithmetic.Factor.of(0.75)).isEqualTo(new TfliteArithmetic.Factor(3 << 29, 0));
        assertThat(TfliteArithmetic.Factor.of(1)).isEqualTo(new TfliteArithmetic.Factor(1 << 30, 1));
        assertThat(TfliteArithmetic.Factor.of(0)).isEqualTo(new TfliteArithmetic.Factor(0, 0));
        assertThat(TfliteArithmetic.Factor.of(1e-12)).isEqualTo(new TfliteArithmetic.Factor(0, 0));
        assertThat(TfliteArithmetic.Factor.of(1 - 1e-12)).isEqualTo(new TfliteArithmetic.Factor(1 << 30, 1));
    }
}
