package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written as a TensorFlow Lite file and read back computes the same. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class TfliteWriteTest {
    /** Arithmetic as the model says, node by node: what an optimizer fuses differs between two forms of one model. */
    private static final SessionOptions PLAIN =
            SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);

    private static final int SAMPLES = 4;
    private static final TfliteRuntime LITE = new TfliteRuntime();
    private final OnnxRuntime runtime = new OnnxRuntime();

    /** A batch that is open becomes 1. */
    private static Map<String, Tensor> random(Model model, SplittableRandom random) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (ValueInfo input : model.graph().dataInputs()) {
            ValueType.OfTensor type = (ValueType.OfTensor) input.type();
            assertThat(type).isNotNull();
            long[] dims = type.shape() == null
                    ? new long[0]
                    : type.shape().pin(Map.of("N", 1L)).sizes();
            int count = (int) java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b);
            if (type.element() == DataType.INT8) {
                byte[] bytes = new byte[count];
                random.nextBytes(bytes);
                inputs.put(input.name(), Tensor.ofBytes(input.name(), DataType.INT8, dims, bytes));
            } else {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = (float) random.nextDouble(-1, 1);
                }
                inputs.put(input.name(), Tensor.ofFloats(input.name(), dims, values));
            }
        }
        return inputs;
    }

    /** The same graph comes back, so that the outputs are the same to the last bit. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ic_float",
                "vww_float",
                "ad_float",
                "kws_hybrid",
                "kws_int8",
                "ic_int8",
                "vww_int8",
                "ad_int8",
                "sww_int8"
            })
    void thereAndBackIsTheSame(String name) {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/" + name + ".tflite"));
        Model back = ModelFile.parse(ModelFile.tfliteBytes(model, Map.of()));
        assertThat(back.graph().inputs()).isEqualTo(model.graph().inputs());
        assertThat(back.graph().outputs()).isEqualTo(model.graph().outputs());
        compare(model, back, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models/kws-dscnn/kws_dscnn.onnx",
                "models/resnet8-cifar10/resnet8.onnx",
                "models/mnist-cnn/mnist.onnx",
                "models/har-motion/har_cnn1d.onnx",
                "models/ultraface/version-slim-320.onnx",
                "mlperf-tiny/ic_float.onnx",
                "mlperf-tiny/vww_float.onnx"
            })
    void floatModels(String name) {
        Model model = ModelFile.read(SharedData.at(name));
        compare(model, ModelFile.parse(ModelFile.tfliteBytes(model, Map.of())), 1e-4f);
    }

    /** What TensorFlow Lite makes of a file that was read and written again is what it makes of the file itself. */
    @ParameterizedTest
    @ValueSource(strings = {"kws_int8", "ic_int8", "vww_int8", "ad_int8", "kws_hybrid", "ic_float"})
    void itsOwnRuntimeSeesNoDifference(String name) {
        Path original = SharedData.at("mlperf-tiny/" + name + ".tflite");
        Model model = ModelFile.read(original);
        var random = new SplittableRandom(2);
        try (Session one = LITE.open(original, SessionOptions.DEFAULT);
                Session two = LITE.open(ModelFile.tfliteBytes(model, Map.of()), name, SessionOptions.DEFAULT)) {
            for (int i = 0; i < SAMPLES; i++) {
                Map<String, Tensor> inputs = random(model, random);
                assertThat(two.infer(inputs)).isEqualTo(one.infer(inputs));
            }
        }
    }

    /** Operators that images and signals need, from ONNX to the kernels. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "models/kws-dscnn/kws_dscnn.onnx",
                "models/resnet8-cifar10/resnet8.onnx",
                "models/har-motion/har_cnn1d.onnx",
                "models/ultraface/version-slim-320.onnx"
            })
    void itsOwnRuntimeComputesTheSame(String name) {
        Model model = ModelFile.read(SharedData.at(name));
        var random = new SplittableRandom(3);
        try (Session one = runtime.open(model, PLAIN);
                Session two = LITE.open(ModelFile.tfliteBytes(model, Map.of()), name, SessionOptions.DEFAULT)) {
            for (int i = 0; i < SAMPLES; i++) {
                Map<String, Tensor> inputs = random(model, random);
                same(one.infer(inputs), two.infer(inputs), 1e-4f);
            }
        }
    }

    /** Along the last axis, along another one, of equal values, and behind a quantization. */
    @Test
    void theLargestOnesAreTheSameInBothRuntimes() {
        for (int axis : List.of(-1, 1)) {
            for (boolean quantized : List.of(false, true)) {
                Model model = largest(axis, quantized);
                byte[] file = ModelFile.tfliteBytes(model, Map.of());
                // a step of 1/4 makes many values equal; the first of them counts
                float[] values = new float[2 * 5 * 7];
                var random = new SplittableRandom(4);
                for (int i = 0; i < values.length; i++) {
                    values[i] = random.nextInt(-8, 8) / 4f;
                }
                Map<String, Tensor> inputs = Map.of("x", Tensor.ofFloats("x", new long[] {2, 5, 7}, values));
                try (Session onnx = runtime.open(model, PLAIN);
                        Session lite = LITE.open(file, "largest", SessionOptions.DEFAULT);
                        Session back = runtime.open(ModelFile.parse(file), PLAIN)) {
                    Map<String, Tensor> expected = onnx.infer(inputs);
                    assertThat(lite.infer(inputs)).isEqualTo(expected);
                    assertThat(back.infer(inputs)).isEqualTo(expected);
                }
            }
        }
    }

    private static Model largest(int axis, boolean quantized) {
        Node topK = Node.of(
                "TopK",
                List.of(quantized ? "known" : "x", "k"),
                List.of("values", "places"),
                Map.of("axis", Attribute.of(axis)));
        List<Node> nodes = quantized
                ? List.of(
                        Node.of("QuantizeLinear", List.of("x", "scale", "zero"), List.of("q")),
                        Node.of("DequantizeLinear", List.of("q", "scale", "zero"), List.of("known")),
                        topK)
                : List.of(topK);
        long[] out = axis == 1 ? new long[] {2, 3, 7} : new long[] {2, 5, 3};
        return Model.of(
                Graph.of(
                        "largest",
                        nodes,
                        List.of(
                                Tensor.ofLongs("k", new long[] {1}, 3),
                                Tensor.ofFloats("scale", new long[0], 0.25f),
                                Tensor.ofBytes("zero", DataType.INT8, new long[0], new byte[1])),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(2, 5, 7))),
                        List.of(
                                ValueInfo.of("values", DataType.FLOAT, Shape.of(out)),
                                ValueInfo.of("places", DataType.INT64, Shape.of(out)))),
                13);
    }

    private static void same(Map<String, Tensor> expected, Map<String, Tensor> found, float tolerance) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((output, tensor) -> assertThat(
                        java.util.Objects.requireNonNull(found.get(output)).toFloats())
                .containsExactly(tensor.toFloats(), within(tolerance)));
    }

    private void compare(Model model, Model back, float tolerance) {
        var random = new SplittableRandom(1);
        try (Session one = runtime.open(model, PLAIN);
                Session two = runtime.open(back, PLAIN)) {
            for (int i = 0; i < SAMPLES; i++) {
                Map<String, Tensor> inputs = random(model, random);
                same(one.infer(inputs), two.infer(inputs), tolerance);
            }
        }
    }

    /** Each case of the ONNX backend tests that can be written gives its expected outputs after being read back. */
    @Test
    void backendTests() throws IOException {
        List<String> failures = new ArrayList<>();
        int written = 0;
        for (ConformanceCase one : ConformanceTest.cases()) {
            byte[] file;
            try {
                file = ModelFile.tfliteBytes(ModelFile.read(one.folder().resolve("model.onnx")), Map.of());
            } catch (ProblemException unsupported) {
                if (!unsupported.problem().code().startsWith("tflite.")) {
                    failures.add(one.name() + ": " + unsupported.problem());
                }
                continue;
            }
            written++;
            String failure = one.failure(runtime, ModelFile.parse(file));
            if (failure != null) {
                failures.add(one.name() + ": " + failure);
            }
        }
        assertThat(failures).isEmpty();
        assertThat(written).isGreaterThan(500);
    }
}
