package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of real numbers, and what is fused around models, give as compiled C what ONNX Runtime gives. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class FloatModelsTest {
    private static final int VECTORS = 2;

    @TempDir
    static Path folder;

    /** Integers between the ends of a model may fall on the other side of a rounding, so that they may be a step off. */
    @ParameterizedTest
    @CsvSource({
        "mlperf-tiny/ic_float.onnx,0",
        "mlperf-tiny/vww_float.onnx,0",
        "mlperf-tiny/ad_float.tflite,0",
        "mlperf-tiny/kws_hybrid.tflite,0",
        "mlperf-tiny/kws_int8_qdq.onnx,0.01",
        "models/mnist-cnn/mnist.onnx,0",
        "models/har-motion/har_cnn1d.onnx,0",
        "models/kws-dscnn/kws_dscnn.onnx,0",
        "models/silero-vad/silero_vad_half.onnx,0"
    })
    void agreesWithOnnxRuntime(String file, double step) throws Exception {
        compare(ModelFile.read(SharedData.at(file)), Map.of("N", 1L, "batch", 1L, "sequence", 576L), step);
    }

    /** Operators on integers, of ONNX and of ONNX Runtime's own domain: to the letter, and as kernels of integers. */
    @Test
    void operatorsOnIntegersAreWhatTheyStandFor() throws Exception {
        Model model = operatorsOnIntegers();
        compare(model, Map.of(), 0.051);
        Firmware integers = Firmware.of(Firmware.inIntegers(model, Map.of()).orElseThrow(), "integers", Map.of());
        assertThat(integers.steps())
                .extracting(Firmware.Step::kernel)
                .contains("convolution", "addition", "fully connected");
    }

    private static Model operatorsOnIntegers() {
        List<Node> nodes = List.of(
                Node.of("QuantizeLinear", List.of("x", "sx", "zx"), List.of("q")),
                Node.of("QLinearConv", List.of("q", "sx", "zx", "w", "sw", "zw", "sc", "zx", "b"), List.of("c")),
                own("QLinearAdd", List.of("c", "sc", "zx", "c", "sc", "zx", "sa", "zx"), "a"),
                own("QLinearGlobalAveragePool", List.of("a", "sa", "zx", "sa", "zx"), "p"),
                Node.of("Flatten", List.of("p"), List.of("f")),
                own("QGemm", List.of("f", "sa", "zx", "g", "sg", "zg", "", "so", "zx"), "o"),
                Node.of("DequantizeLinear", List.of("o", "so", "zx"), List.of("y")));
        byte[] kernel = new byte[4 * 2 * 9];
        byte[] matrix = new byte[4 * 3];
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = (byte) (i * 37 % 101 - 50);
        }
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (byte) (i * 53 % 91 - 45);
        }
        var constants = new LinkedHashMap<String, Tensor>();
        constants.put("zx", Tensor.ofBytes("zx", DataType.INT8, new long[0], (byte) -3));
        constants.put("zw", Tensor.ofBytes("zw", DataType.INT8, new long[] {4}, new byte[4]));
        constants.put("zg", Tensor.ofBytes("zg", DataType.INT8, new long[0], (byte) 0));
        constants.put("w", Tensor.ofBytes("w", DataType.INT8, new long[] {4, 2, 3, 3}, kernel));
        constants.put("g", Tensor.ofBytes("g", DataType.INT8, new long[] {4, 3}, matrix));
        constants.put("b", Tensor.ofInts("b", new long[] {4}, 100, -200, 300, 0));
        constants.put("sw", Tensor.ofFloats("sw", new long[] {4}, new float[] {0.01f, 0.02f, 0.015f, 0.012f}));
        Map.of("sx", 0.02f, "sc", 0.03f, "sa", 0.05f, "sg", 0.02f, "so", 0.05f)
                .forEach((name, scale) -> constants.put(name, Tensor.ofFloats(name, new long[0], new float[] {scale})));
        Graph graph = Graph.of(
                "integers",
                nodes,
                List.copyOf(constants.values()),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 2, 6, 6))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 3))));
        return Model.of(graph, 17).withOpset("com.microsoft", 1);
    }

    private static Node own(String op, List<String> inputs, String output) {
        Node node = Node.of(op, inputs, List.of(output));
        return new Node(
                node.name(),
                op,
                "com.microsoft",
                node.overload(),
                node.inputs(),
                node.outputs(),
                node.attributes(),
                node.doc(),
                node.metadata(),
                node.extras());
    }

    @Test
    void soundBecomesFeaturesAndADecision() throws Exception {
        Node mel = Node.of("MelWeightMatrix", List.of("mels", "size", "rate", "low", "high"), List.of("weights"));
        Graph graph = Graph.of(
                "front",
                List.of(
                        Node.of("Unsqueeze", List.of("sound", "last"), List.of("signal")),
                        Node.of("HannWindow", List.of("size"), List.of("window")),
                        Node.of("STFT", List.of("signal", "step", "window"), List.of("spectrum")),
                        Node.of(
                                "ReduceSumSquare",
                                List.of("spectrum"),
                                List.of("power"),
                                Map.of("axes", Attribute.ofInts(3), "keepdims", Attribute.of(0))),
                        mel,
                        Node.of("MatMul", List.of("power", "weights"), List.of("bands")),
                        Node.of("Add", List.of("bands", "floor"), List.of("lifted")),
                        Node.of("Log", List.of("lifted"), List.of("logs")),
                        Node.of("MatMul", List.of("logs", "cosines"), List.of("features")),
                        Node.of("Softmax", List.of("features"), List.of("shares")),
                        Node.of("ArgMax", List.of("shares"), List.of("best"), Map.of("axis", Attribute.of(2)))),
                List.of(
                        Tensor.ofLongs("last", new long[] {1}, 2),
                        Tensor.ofLongs("size", new long[0], 256),
                        Tensor.ofLongs("step", new long[0], 128),
                        Tensor.ofLongs("mels", new long[0], 20),
                        Tensor.ofLongs("rate", new long[0], 16000),
                        Tensor.ofFloats("low", new long[0], 20),
                        Tensor.ofFloats("high", new long[0], 7000),
                        Tensor.ofFloats("floor", new long[0], 1e-3f),
                        cosines(20, 10)),
                List.of(ValueInfo.of("sound", DataType.FLOAT, Shape.of(1, 1024))),
                List.of(
                        ValueInfo.of("features", DataType.FLOAT, Shape.of(1, 7, 10)),
                        ValueInfo.of("shares", DataType.FLOAT, Shape.of(1, 7, 10)),
                        ValueInfo.of("best", DataType.INT64, Shape.of(1, 7, 1))));
        compare(Model.of(graph, 17), Map.of(), 0);
    }

    /** Bytes with their channels last become real numbers with their channels first, where another operator reads them. */
    @Test
    void integersOfTensorFlowLiteMeetRealNumbers() throws Exception {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/kws_int8.tflite"));
        Graph graph = model.graph();
        Node real = graph.nodes().stream()
                .filter(node -> node.is("DequantizeLinear"))
                .filter(node -> graph.nodes().stream()
                        .anyMatch(other ->
                                other.is("QuantizeLinear") && other.output(0).equals(node.input(0))))
                .findFirst()
                .orElseThrow();
        Node most = Node.of("ReduceMax", List.of(real.output(0), "places"), List.of("most"));
        Map<String, Tensor> constants = new LinkedHashMap<>(graph.initializers());
        constants.put("places", Tensor.ofLongs("places", new long[] {2}, 2, 3));
        List<Node> nodes = new ArrayList<>(graph.nodes());
        nodes.add(most);
        List<ValueInfo> outputs = new ArrayList<>(graph.outputs());
        outputs.add(ValueInfo.of("most", DataType.FLOAT, Shape.of(1, 64, 1, 1)));
        Model more = model.withGraph(graph.withNodes(nodes).withOutputs(outputs).withInitializers(constants));
        double step = graph.initializers().get(real.input(1)).valueAt(0);
        assertThat(Firmware.of(more, "more", Map.of()).steps())
                .extracting(Firmware.Step::kernel)
                .contains("convolution", "Transpose", "DequantizeLinear", "ReduceMax", "softmax");
        compare(more, Map.of(), 1.001 * step);
    }

    /** The transform that makes coefficients of logarithms of bands. */
    private static Tensor cosines(int bands, int count) {
        float[] values = new float[bands * count];
        for (int i = 0; i < values.length; i++) {
            int band = i / count;
            values[i] = (float) Math.cos(Math.PI / bands * (band + 0.5) * (i % count));
        }
        return Tensor.ofFloats("cosines", new long[] {bands, count}, values);
    }

    private static void compare(Model model, Map<String, Long> dims, double step) throws Exception {
        Firmware firmware = Firmware.of(model, "model", dims);
        var inputs = new ByteArrayOutputStream();
        for (int vector = 0; vector < VECTORS; vector++) {
            Map<String, Tensor> generated = firmware.generated(vector);
            firmware.inputs().forEach(end -> inputs.writeBytes(bytes(generated.get(end.name()))));
        }
        byte[] given = GeneratedC.run(firmware, folder, inputs.toByteArray());
        int at = 0;
        try (Session session = new OnnxRuntime().open(model, SessionOptions.DEFAULT)) {
            for (int vector = 0; vector < VECTORS; vector++) {
                Map<String, Tensor> expected = session.infer(firmware.generated(vector));
                for (Firmware.End end : firmware.outputs()) {
                    byte[] part = Arrays.copyOfRange(given, at, at + end.bytes());
                    at += end.bytes();
                    requireClose(expected.get(end.name()), end, part, step);
                }
            }
        }
        assertThat(at).isEqualTo(given.length);
    }

    private static byte[] bytes(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }

    private static void requireClose(Tensor expected, Firmware.End end, byte[] given, double step) {
        assertThat(end.type()).isEqualTo(expected.type());
        Tensor found = Tensor.of(end.name(), end.type(), expected.dims(), MemorySegment.ofArray(given));
        double largest = 0;
        for (int i = 0; i < expected.elements(); i++) {
            largest = Math.max(largest, Math.abs(expected.valueAt(i)));
        }
        for (int i = 0; i < expected.elements(); i++) {
            double wanted = expected.valueAt(i);
            assertThat(Math.abs(found.valueAt(i) - wanted))
                    .as("%s[%d]: %s, expected %s", end.name(), i, found.valueAt(i), wanted)
                    .isLessThanOrEqualTo(
                            (end.type() == DataType.INT8 ? 1 : step) + 1e-5 * largest + 1e-3 * Math.abs(wanted));
        }
    }
}
