package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a TensorFlow Lite file computes the same as its twins and its reference outputs. */
class TfliteModelTest {
    private static final int SAMPLES = 32;
    private final OnnxRuntime runtime = new OnnxRuntime();

    /** The same trained weights exported to ONNX by another program, with channels first. */
    @ParameterizedTest
    @ValueSource(strings = {"ic_float", "vww_float"})
    void floatModelsEqualTheirTwins(String name) {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/" + name + ".tflite"));
        try (Session ours = runtime.open(model, SessionOptions.DEFAULT);
                Session twin = runtime.open(SharedData.at("mlperf-tiny/" + name + ".onnx"), SessionOptions.DEFAULT)) {
            var random = new SplittableRandom(1);
            for (int i = 0; i < 4; i++) {
                Tensor image = image(ours.inputs().getFirst(), random);
                String other = twin.inputs().getFirst().name();
                float[] expected = only(twin.infer(Map.of(other, channelsFirst(image, other))))
                        .toFloats();
                float[] found = only(ours.infer(Map.of(image.name(), image))).toFloats();
                assertThat(found).containsExactly(expected, within(1e-4f));
            }
        }
    }

    /**
     * Against the bytes of the reference kernels. QuantizeLinear rounds once what TensorFlow Lite rounds twice, so that some
     * differ; the share and the largest difference are bounded by what is measured, with room for another processor.
     */
    @ParameterizedTest
    @CsvSource({"kws, 0.15, 40", "ic, 0.25, 40", "vww, 0.25, 3", "ad, 0.40, 5"})
    void integerModelsComeCloseToTheReference(String name, double share, int largest) throws IOException {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/" + name + "_int8.tflite"));
        byte[] inputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.input.i8"));
        byte[] outputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.output.i8"));
        int differing = 0;
        int most = 0;
        try (Session session = runtime.open(model, SessionOptions.DEFAULT)) {
            ValueInfo input = session.inputs().getFirst();
            for (int i = 0; i < SAMPLES; i++) {
                Tensor x = Tensor.ofBytes(input.name(), DataType.INT8, sizes(input), slice(inputs, i));
                Tensor y = only(session.infer(Map.of(input.name(), x)));
                byte[] expected = slice(outputs, i);
                for (int j = 0; j < expected.length; j++) {
                    int difference = (int) Math.abs(y.longAt(j) - expected[j]);
                    differing += difference > 0 ? 1 : 0;
                    most = Math.max(most, difference);
                }
            }
        }
        assertThat((double) differing / outputs.length)
                .as("share of %d bytes that differ", outputs.length)
                .isLessThan(share);
        assertThat(most).as("largest difference").isLessThanOrEqualTo(largest);
    }

    /** Weights of eight bits, activations of floats: against the labels, since nothing else is known of it. */
    @ParameterizedTest
    @ValueSource(strings = {"kws_hybrid"})
    void hybridModelRuns(String name) {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/" + name + ".tflite"));
        try (Session session = runtime.open(model, SessionOptions.DEFAULT)) {
            Tensor x = image(session.inputs().getFirst(), new SplittableRandom(1));
            float[] probabilities = only(session.infer(Map.of(x.name(), x))).toFloats();
            double sum = 0;
            for (float probability : probabilities) {
                sum += probability;
            }
            assertThat(sum).isCloseTo(1, within(1e-4));
        }
    }

    private static byte[] slice(byte[] all, int sample) {
        int size = all.length / SAMPLES;
        return Arrays.copyOfRange(all, sample * size, (sample + 1) * size);
    }

    static long[] sizes(ValueInfo value) {
        return value.type() instanceof ValueType.OfTensor tensor && tensor.shape() != null
                ? tensor.shape().sizes()
                : new long[0];
    }

    static Tensor only(Map<String, Tensor> outputs) {
        assertThat(outputs).hasSize(1);
        return outputs.values().iterator().next();
    }

    static Tensor image(ValueInfo input, SplittableRandom random) {
        long[] dims = sizes(input);
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return Tensor.ofFloats(input.name(), dims, values);
    }

    private static Tensor channelsFirst(Tensor image, String name) {
        long[] dims = image.dims();
        int channels = (int) dims[3];
        int pixels = (int) (dims[1] * dims[2]);
        float[] from = image.toFloats();
        float[] to = new float[from.length];
        for (int channel = 0; channel < channels; channel++) {
            for (int pixel = 0; pixel < pixels; pixel++) {
                to[channel * pixels + pixel] = from[pixel * channels + channel];
            }
        }
        return Tensor.ofFloats(name, new long[] {dims[0], dims[3], dims[1], dims[2]}, to);
    }
}
