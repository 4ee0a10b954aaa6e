package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ONNX models with QuantizeLinear become the integers that their TensorFlow Lite twins are. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class QuantizedModelTest {
    @TempDir
    static Path folder;

    private static Model model(String file) {
        return ModelFile.read(SharedData.at("mlperf-tiny/" + file));
    }

    /** Weights of −128, which TensorFlow's converter doesn't write, keep to the kernels for the DSP extension too. */
    @ParameterizedTest
    @CsvSource({"kws", "ic", "vww"})
    void layersHaveTheKernelsOfTheTarget(String name) {
        Model integers =
                Firmware.inIntegers(model(name + "_int8_qdq.onnx"), Map.of()).orElseThrow();
        assertThat(Firmware.of(integers, name, Map.of(), Target.CORTEX_M4).steps())
                .extracting(Firmware.Step::kernel)
                .doesNotContain("convolution", "depthwise", "fully connected");
    }

    @ParameterizedTest
    @CsvSource({"kws,16000", "ic,33312", "vww,55296", "ad,768"})
    void layersBecomeIntegersInAMemoryOfBytes(String name, int mostArena) {
        Model integers =
                Firmware.inIntegers(model(name + "_int8_qdq.onnx"), Map.of()).orElseThrow();
        Firmware firmware = Firmware.of(integers, name, Map.of());
        Firmware twin = Firmware.of(model(name + "_int8.tflite"), name, Map.of());
        assertThat(firmware.arenaBytes()).isLessThanOrEqualTo(mostArena);
        assertThat(firmware.constantBytes()).isCloseTo(twin.constantBytes(), within(1024));
        assertThat(firmware.macs()).isEqualTo(twin.macs());
    }

    /** The autoencoder has nothing but integers: beside ONNX Runtime, which computes as the specification says. */
    @Test
    void bytesAreFewStepsOffTheSpecification() throws IOException {
        Model model = model("ad_int8_qdq.onnx");
        Program program = Lowering.lower(Firmware.inIntegers(model, Map.of()).orElseThrow(), "ad", Map.of());
        Grid in = program.inputs().getFirst().grid();
        Grid out = program.outputs().getFirst().grid();
        byte[] inputs = recorded("ad_random32.input.i8");
        int size = program.inputs().getFirst().buffer().bytes();
        int off = 0;
        try (Session session = new OnnxRuntime().open(model, SessionOptions.DEFAULT)) {
            for (int i = 0; i < 32; i++) {
                byte[] input = Arrays.copyOfRange(inputs, i * size, (i + 1) * size);
                byte[] made = new Interpreter(program).run(input);
                Tensor expected = infer(session, model, input, in);
                for (int k = 0; k < made.length; k++) {
                    long byteOf = Math.clamp(Math.round(expected.valueAt(k) / out.scale()) + out.zero(), -128, 127);
                    assertThat(Math.abs(made[k] - byteOf)).isLessThanOrEqualTo(3);
                    off += made[k] == byteOf ? 0 : 1;
                }
            }
        }
        // ten layers, each rounded: most that are off are so by one step
        assertThat(off).isLessThan(32 * 640 / 3);
    }

    /** Compiled, on recorded keywords: the decision is the specification's. */
    @Test
    void decisionsAreThoseOfTheSpecification() throws Exception {
        int samples = 200;
        Model model = model("kws_int8_qdq.onnx");
        Model integers = Firmware.inIntegers(model, Map.of()).orElseThrow();
        Firmware firmware = Firmware.of(integers, "kws", Map.of(), Target.CORTEX_M4);
        Grid in = Lowering.lower(integers, "kws", Map.of()).inputs().getFirst().grid();
        int size = firmware.inputs().getFirst().bytes();
        byte[] inputs = Arrays.copyOf(recorded("kws01.input.i8"), samples * size);
        FloatBuffer made = ByteBuffer.wrap(GeneratedC.run(firmware, folder, inputs))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        int agreeing = 0;
        try (Session session = new OnnxRuntime().open(model, SessionOptions.DEFAULT)) {
            for (int i = 0; i < samples; i++) {
                Tensor expected = infer(session, model, Arrays.copyOfRange(inputs, i * size, (i + 1) * size), in);
                int classes = Math.toIntExact(expected.elements());
                int wanted = 0;
                int found = 0;
                for (int k = 1; k < classes; k++) {
                    wanted = expected.valueAt(k) > expected.valueAt(wanted) ? k : wanted;
                    found = made.get(i * classes + k) > made.get(i * classes + found) ? k : found;
                }
                agreeing += wanted == found ? 1 : 0;
            }
        }
        assertThat(agreeing).isGreaterThanOrEqualTo(samples * 99 / 100);
    }

    private static Tensor infer(Session session, Model model, byte[] input, Grid grid) {
        float[] values = new float[input.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = grid.scale() * (input[i] - grid.zero());
        }
        ValueInfo end = model.graph().dataInputs().getFirst();
        long[] dims = ShapeInference.infer(model, Map.of())
                .tensor(end.name())
                .orElseThrow()
                .shape()
                .sizes();
        String output = model.graph().outputs().getFirst().name();
        return session.infer(Map.of(end.name(), Tensor.ofFloats(end.name(), dims, values)))
                .get(output);
    }

    private static byte[] recorded(String file) throws IOException {
        return Files.readAllBytes(SharedData.at("mlperf-tiny/" + file));
    }

    @Test
    void aModelWithoutQuantizedLayersStaysAsItIs() {
        assertThat(Firmware.inIntegers(model("ic_float.onnx"), Map.of())).isEmpty();
        assertThat(Firmware.inIntegers(model("kws_int8.tflite"), Map.of())).isEmpty();
    }
}
