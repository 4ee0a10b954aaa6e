package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeInferenceTest {
    private static final Map<String, Long> SILERO =
            Map.of("batch", 1L, "sequence", 576L, "input[0]", 1L, "input[1]", 288L, "state[1]", 1L);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models/magika/model.onnx",
                "models/silero-vad/silero_vad.onnx",
                "models/silero-vad/silero_vad_16k_op15.onnx",
                "models/silero-vad/silero_vad_half.onnx",
                "models/resnet8-cifar10/resnet8.onnx",
                "models/kws-dscnn/kws_dscnn.onnx",
                "models/ultraface/version-RFB-320.onnx",
                "models/ultraface/version-slim-320.onnx",
                "models/mnist-cnn/mnist.onnx",
                "models/har-motion/har_cnn1d.onnx",
                "mlperf-tiny/vww_float.onnx",
                "mlperf-tiny/vww_int8_qdq.onnx",
                "mlperf-tiny/ic_int8_qdq.onnx",
                "mlperf-tiny/kws_int8_qdq.onnx",
                "mlperf-tiny/ad_int8_qdq.onnx"
            })
    void everyValueOfARealModelIsKnownOnceItsDimensionsArePinned(String file) {
        Model model = ModelFile.read(SharedData.at(file));
        Map<String, Long> pins = new HashMap<>(Map.of("N", 1L, "unk__214", 1L));
        if (file.contains("silero")) {
            pins.putAll(SILERO);
        }
        Types types = ShapeInference.infer(model.withGraph(model.graph().withValues(List.of())), pins);
        assertThat(types.unresolved()).isEmpty();
        assertThat(types.contradictions()).isEmpty();
    }

    @Test
    void sizesThatAreNamesAreFollowedThroughTheirArithmetic() {
        // x.reshape(x.shape[0], -1), as PyTorch exports it
        Types types = ShapeInference.infer(
                model(
                        input("N", "3", "8", "8"),
                        List.of(
                                Node.of("Shape", List.of("x"), List.of("shape")),
                                Node.of("Gather", List.of("shape", "zero"), List.of("n")),
                                Node.of("Unsqueeze", List.of("n", "axes"), List.of("n1")),
                                Node.of(
                                        "Concat",
                                        List.of("n1", "rest"),
                                        List.of("to"),
                                        Map.of("axis", Attribute.of(0))),
                                Node.of("Reshape", List.of("x", "to"), List.of("y"))),
                        Tensor.ofLongs("zero", new long[] {}, 0),
                        Tensor.ofLongs("axes", new long[] {1}, 0),
                        Tensor.ofLongs("rest", new long[] {1}, -1)),
                Map.of());
        assertThat(types.of("y")).hasToString("Optional[float32[N×192]]");
    }

    @Test
    void aConvolutionThatDoesNotFitIsAProblemThatNamesNodeAndShapes() {
        Types types = ShapeInference.infer(
                model(
                        input("1", "4", "8", "8"),
                        List.of(
                                Node.of("Conv", List.of("x", "w"), List.of("y")).withName("stem"),
                                Node.of("Relu", List.of("y"), List.of("z"))),
                        Tensor.ofFloats("w", new long[] {8, 3, 3, 3}, new float[216])),
                Map.of());
        assertThat(types.contradictions())
                .singleElement()
                .asString()
                .contains("stem", "[1×4×8×8]", "[8×3×3×3]", "4 channels");
        assertThat(types.unresolved()).extracting(Types.Unresolved::value).containsExactly("y", "z");
    }

    @Test
    void matricesWhoseInnerDimensionsDifferAreAProblem() {
        Types types = ShapeInference.infer(
                model(
                        input("N", "4"),
                        List.of(Node.of("MatMul", List.of("x", "w"), List.of("y"))),
                        Tensor.ofFloats("w", new long[] {3, 2}, new float[6])),
                Map.of());
        assertThat(types.contradictions()).singleElement().asString().contains("inner dimensions", "[N×4]", "[3×2]");
    }

    @Test
    void anUnknownOperatorLeavesItsTypeOpenAndSaysSo() {
        Node mystery = new Node(
                "m", "Mystery", "org.example", "", List.of("x"), List.of("y"), Map.of(), "", Map.of(), Extras.NONE);
        Types types = ShapeInference.infer(model(input("1", "4"), List.of(mystery)), Map.of());
        assertThat(types.of("y")).isEmpty();
        assertThat(types.unresolved())
                .singleElement()
                .extracting(Types.Unresolved::why)
                .asString()
                .contains("org.example:Mystery");
    }

    @Test
    void attributesOfTheWrongLengthAreAProblemAndNothingIsThrown() {
        Types types = ShapeInference.infer(
                model(
                        input("1", "4", "8", "8"),
                        List.of(Node.of(
                                "MaxPool",
                                List.of("x"),
                                List.of("y"),
                                Map.of("kernel_shape", Attribute.ofInts(2, 2), "strides", Attribute.ofInts(2))))),
                Map.of());
        assertThat(types.contradictions()).hasSize(1);
    }

    @Test
    void aBranchThatIsNotTakenMayBeWrong() {
        Graph good = Graph.of(
                "good", List.of(Node.of("Relu", List.of("x"), List.of("a"))), List.of(), List.of(), List.of(open("a")));
        Graph bad = Graph.of(
                "bad",
                List.of(Node.of("Squeeze", List.of("x", "one"), List.of("b"))),
                List.of(),
                List.of(),
                List.of(open("b")));
        Node branch = Node.of(
                "If",
                List.of("no"),
                List.of("y"),
                Map.of("then_branch", Attribute.of(bad), "else_branch", Attribute.of(good)));
        Types types = ShapeInference.infer(
                model(
                        input("1", "4"),
                        List.of(branch),
                        Tensor.ofBytes("no", DataType.BOOL, new long[] {}, (byte) 0),
                        Tensor.ofLongs("one", new long[] {1}, 1)),
                Map.of());
        assertThat(types.contradictions()).isEmpty();
        assertThat(types.of("y")).hasToString("Optional[float32[1×4]]");
        assertThat(types.within(good).of("a")).hasToString("Optional[float32[1×4]]");
    }

    @Test
    void aLocalFunctionIsInferredWithTheAttributesOfItsCall() {
        Node body =
                Node.of("Concat", List.of("a", "a"), List.of("b"), Map.of("axis", new Attribute.Reference("along", 2)));
        Function twice = new Function(
                "Twice",
                "local",
                "",
                List.of("a"),
                List.of("b"),
                List.of("along"),
                Map.of(),
                List.of(body),
                Map.of("", 17L),
                List.of(),
                "",
                Map.of(),
                Extras.NONE);
        Node call = new Node(
                "c",
                "Twice",
                "local",
                "",
                List.of("x"),
                List.of("y"),
                Map.of("along", Attribute.of(1)),
                "",
                Map.of(),
                Extras.NONE);
        Model plain = model(input("N", "4"), List.of(call));
        Model model = new Model(
                plain.irVersion(),
                plain.opsets(),
                "",
                "",
                "",
                0,
                "",
                plain.graph(),
                List.of(twice),
                Map.of(),
                Extras.NONE);
        assertThat(ShapeInference.infer(model, Map.of("N", 3L)).of("y")).hasToString("Optional[float32[3×8]]");
    }

    private static ValueInfo open(String name) {
        return new ValueInfo(name, null, "", Map.of(), Extras.NONE);
    }

    private static ValueInfo input(String... dims) {
        List<Dim> sizes = java.util.Arrays.stream(dims)
                .map(dim -> Character.isDigit(dim.charAt(0)) ? Dim.of(Long.parseLong(dim)) : Dim.of(dim))
                .toList();
        return ValueInfo.of("x", DataType.FLOAT, new Shape(sizes));
    }

    private static Model model(ValueInfo input, List<Node> nodes, Tensor... weights) {
        String output = nodes.getLast().output(0);
        return Model.of(Graph.of("g", nodes, List.of(weights), List.of(input), List.of(open(output))), 17);
    }
}
