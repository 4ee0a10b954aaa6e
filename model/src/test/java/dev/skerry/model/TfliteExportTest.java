package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteTensor;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class TfliteExportTest {
    private static final int SAMPLES = 32;

    private static TfliteGraph graph(byte[] file) {
        return TfliteReader.read(MemorySegment.ofArray(file), "test")
                .subgraphs()
                .getFirst();
    }

    private static TfliteGraph original(String name) throws IOException {
        return graph(Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + ".tflite")));
    }

    private static byte[] written(String name) {
        return ModelFile.tfliteBytes(TfliteImportTest.model(name), Map.of());
    }

    private static Map<String, Long> operators(TfliteGraph graph) {
        return graph.operators().stream()
                .collect(Collectors.groupingBy(TfliteOperators::name, TreeMap::new, Collectors.counting()));
    }

    /** What operators read: types, sizes, scales, and of constants every byte. Names, and ways to say a shape, are left out. */
    private static List<String> tensors(TfliteGraph graph) {
        return graph.operators().stream()
                .filter(operator -> !TfliteOperators.name(operator).equals("RESHAPE"))
                .flatMap(operator -> Arrays.stream(operator.inputs())
                        .filter(input -> input >= 0)
                        .mapToObj(input -> describe(graph.tensors().get(input))))
                .toList();
    }

    private static String describe(TfliteTensor tensor) {
        String content = tensor.data() == null
                ? ""
                : Integer.toHexString(Arrays.hashCode(tensor.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)));
        String scales = tensor.scales() == null || tensor.type() == DataType.INT32
                ? ""
                : Arrays.toString(tensor.scales().scales())
                        + Arrays.toString(tensor.scales().zeroPoints());
        return tensor.type() + Arrays.toString(tensor.dims()) + scales + content;
    }

    /** Reference models come out with the same operators on the same weights, biases, scales and zero points. */
    @ParameterizedTest
    @ValueSource(
            strings = {"ic_float", "vww_float", "ad_float", "kws_hybrid", "kws_int8", "ic_int8", "vww_int8", "ad_int8"})
    void whatWasReadIsWrittenAgain(String name) throws IOException {
        TfliteGraph from = original(name);
        TfliteGraph to = graph(written(name));
        assertThat(operators(to)).isEqualTo(operators(from));
        assertThat(tensors(to)).isEqualTo(tensors(from));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kws_int8", "kws_hybrid", "vww_float", "sww_int8"})
    void sameBytesEachTime(String name) {
        assertThat(written(name)).isEqualTo(written(name));
    }

    /** The reference kernels' bytes, by the arithmetic that what was written carries when it is read. */
    @ParameterizedTest
    @CsvSource({"kws, 2, 1", "ad, 4, 0"})
    void integersGiveTheReferenceBytes(String name, int samples, int step) throws IOException {
        var reference = new IntegerReference(ModelFile.parse(written(name + "_int8")));
        byte[] inputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.input.i8"));
        byte[] outputs = Files.readAllBytes(SharedData.at("mlperf-tiny/" + name + "_random32.output.i8"));
        for (int i = 0; i < samples; i++) {
            int[] found = reference.run(slice(inputs, i));
            byte[] expected = slice(outputs, i);
            for (int j = 0; j < found.length; j++) {
                assertThat(Math.abs(found[j] - expected[j])).isLessThanOrEqualTo(step);
            }
        }
    }

    private static byte[] slice(byte[] all, int sample) {
        int size = all.length / SAMPLES;
        return Arrays.copyOfRange(all, sample * size, (sample + 1) * size);
    }

    private static Model net(DataType type, long[] x, long[] y, List<Tensor> weights, Node... nodes) {
        return Model.of(
                Graph.of(
                        "net",
                        List.of(nodes),
                        weights,
                        List.of(ValueInfo.of("x", type, Shape.of(x))),
                        List.of(ValueInfo.of("y", type, Shape.of(y)))),
                17);
    }

    private static Tensor zeros(String name, long... dims) {
        long count = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        return Tensor.ofFloats(name, dims, new float[(int) count]);
    }

    private static TfliteGraph written(Model model) {
        return graph(ModelFile.tfliteBytes(model, Map.of()));
    }

    @Test
    void oneTransposeAtEachEndOfImages() {
        Model model = net(
                DataType.FLOAT,
                new long[] {1, 3, 8, 8},
                new long[] {1, 4, 8, 8},
                List.of(zeros("w", 4, 3, 1, 1), zeros("v", 4, 4, 1, 1)),
                Node.of("Conv", List.of("x", "w"), List.of("a")),
                Node.of("Relu", List.of("a"), List.of("b")),
                Node.of("Conv", List.of("b", "v"), List.of("c")),
                Node.of("Add", List.of("c", "b"), List.of("y")));
        TfliteGraph graph = written(model);
        assertThat(graph.operators().stream().map(TfliteOperators::name))
                .containsExactly("TRANSPOSE", "CONV_2D", "CONV_2D", "ADD", "TRANSPOSE");
        assertThat(graph.operators().get(1).options().byteAt(3, 0)).as("RELU").isEqualTo((byte) 1);
    }

    /** A stride that leaves SAME's padding on the other side has its padding made before it, with the zero point. */
    @Test
    void paddingThatIsNotThatOfTensorFlow() {
        Model model = net(
                DataType.FLOAT,
                new long[] {1, 1, 8, 8},
                new long[] {1, 1, 4, 4},
                List.of(zeros("w", 1, 1, 3, 3)),
                Node.of(
                        "Conv",
                        List.of("x", "w"),
                        List.of("y"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "strides", Attribute.ofInts(2, 2))));
        assertThat(operators(written(model))).containsKey("PAD");
    }

    @Test
    void signalsAreImagesOfHeightOne() {
        Model model = net(
                DataType.FLOAT,
                new long[] {1, 3, 16},
                new long[] {1, 4, 14},
                List.of(zeros("w", 4, 3, 3)),
                Node.of("Conv", List.of("x", "w"), List.of("y")));
        TfliteGraph graph = written(model);
        TfliteOperator conv = graph.operators().stream()
                .filter(operator -> TfliteOperators.name(operator).equals("CONV_2D"))
                .findFirst()
                .orElseThrow();
        assertThat(graph.tensors().get(conv.inputs()[0]).dims()).containsExactly(1, 1, 16, 3);
        assertThat(graph.tensors().get(conv.inputs()[1]).dims()).containsExactly(4, 1, 3, 3);
    }

    /** Between unsigned ends, kernels compute with signed bytes of a zero point 128 lower. */
    @Test
    void unsignedBytesBecomeSignedInside() {
        Tensor scale = Tensor.ofFloats("s", new long[0], 0.5f);
        Tensor zero = Tensor.ofBytes("z", DataType.UINT8, new long[0], (byte) 130);
        Model model = net(
                DataType.UINT8,
                new long[] {1, 4},
                new long[] {1, 4},
                List.of(scale, zero),
                Node.of("DequantizeLinear", List.of("x", "s", "z"), List.of("a")),
                Node.of("Add", List.of("a", "a"), List.of("b")),
                Node.of("QuantizeLinear", List.of("b", "s", "z"), List.of("y")));
        TfliteGraph graph = written(model);
        assertThat(graph.operators().stream().map(TfliteOperators::name))
                .containsExactly("QUANTIZE", "ADD", "QUANTIZE");
        TfliteTensor inner = graph.tensors().get(graph.operators().get(1).inputs()[0]);
        assertThat(inner.type()).isEqualTo(DataType.INT8);
        assertThat(inner.scales().zeroPoint()).isEqualTo(2);
        assertThat(graph.tensors().get(graph.inputs()[0]).type()).isEqualTo(DataType.UINT8);
    }

    /** SOFTMAX makes steps of 1/256 from −128, whatever the model says. */
    @Test
    void scalesThatKernelsFixAreConvertedAfterThem() {
        Tensor scale = Tensor.ofFloats("s", new long[0], 0.01f);
        Tensor zero = Tensor.ofBytes("z", DataType.INT8, new long[0], (byte) 0);
        Model model = net(
                DataType.INT8,
                new long[] {1, 4},
                new long[] {1, 4},
                List.of(scale, zero),
                Node.of("DequantizeLinear", List.of("x", "s", "z"), List.of("a")),
                Node.of("Softmax", List.of("a"), List.of("b")),
                Node.of("QuantizeLinear", List.of("b", "s", "z"), List.of("y")));
        TfliteGraph graph = written(model);
        assertThat(graph.operators().stream().map(TfliteOperators::name)).containsExactly("SOFTMAX", "QUANTIZE");
        assertThat(graph.tensors()
                        .get(graph.operators().get(0).outputs()[0])
                        .scales()
                        .zeroPoint())
                .isEqualTo(-128);
    }

    /** Integer weights under a layer that makes real numbers are widened by the runtime, a bias of 32 bits is by nobody. */
    @Test
    void weightsOfRealLayersStaySmallAndBiasesDoNot() {
        Tensor scale = Tensor.ofFloats("s", new long[0], 0.5f);
        Model model = net(
                DataType.FLOAT,
                new long[] {1, 4},
                new long[] {1, 2},
                List.of(
                        scale,
                        Tensor.ofBytes("w", DataType.INT8, new long[] {2, 4}, new byte[8]),
                        Tensor.ofInts("b", new long[] {2}, 2, 3)),
                Node.of("DequantizeLinear", List.of("w", "s"), List.of("v")),
                Node.of("DequantizeLinear", List.of("b", "s"), List.of("c")),
                Node.of("Gemm", List.of("x", "v", "c"), List.of("y"), Map.of("transB", Attribute.of(1))));
        TfliteGraph graph = written(model);
        assertThat(graph.operators().stream().map(TfliteOperators::name))
                .containsExactly("DEQUANTIZE", "FULLY_CONNECTED");
        TfliteTensor bias = graph.tensors().get(graph.operators().get(1).inputs()[2]);
        assertThat(Tensor.of("b", bias.type(), bias.dims(), bias.data()).toFloats())
                .containsExactly(1, 1.5f);
    }

    @Test
    void whatCannotBeWrittenIsNamed(@TempDir Path folder) throws IOException {
        Model model = net(
                DataType.FLOAT,
                new long[] {1, 4},
                new long[] {1, 4},
                List.of(),
                Node.of("Erf", List.of("x"), List.of("y")).withName("error function"));
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> ModelFile.writeTflite(model, Map.of(), folder.resolve("m.tflite")))
                .satisfies(thrown -> {
                    assertThat(thrown.problem().code()).isEqualTo("tflite.unsupported");
                    assertThat(thrown.problem().toString()).contains("error function", "Erf");
                });
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void openSizesAreAskedFor() {
        Model open = Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of("Relu", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, new Shape(List.of(Dim.of("N"), Dim.of("T"))))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, new Shape(List.of(Dim.of("N"), Dim.of("T")))))),
                17);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> ModelFile.tfliteBytes(open, Map.of()))
                .satisfies(thrown -> assertThat(thrown.problem().code()).isEqualTo("tflite.shape"));
        TfliteGraph graph = graph(ModelFile.tfliteBytes(open, Map.of("T", 7L)));
        assertThat(graph.tensors().get(graph.inputs()[0]).dims()).containsExactly(1, 7);
    }

    /** Kernels map constants where they lie, and want them at multiples of 16 bytes. */
    @Test
    void constantsAreAligned() throws IOException {
        Path file = Files.createTempFile("aligned", ".tflite");
        try {
            ModelFile.writeTflite(TfliteImportTest.model("kws_int8"), Map.of(), file);
            byte[] all = Files.readAllBytes(file);
            MemorySegment whole = MemorySegment.ofArray(all);
            TfliteReader.read(whole, "test").subgraphs().getFirst().tensors().stream()
                    .filter(tensor -> tensor.data() != null)
                    .forEach(tensor -> assertThat(tensor.data().address() - whole.address())
                            .matches(offset -> offset % 16 == 0));
        } finally {
            Files.delete(file);
        }
    }

    /** The table in the page for users is that of the code. */
    @Test
    void everyOperatorStandsInThePage() throws IOException {
        StringBuilder table = new StringBuilder();
        TfliteLowerings.all()
                .forEach((op, entry) -> table.append("| ")
                        .append(op)
                        .append(" | ")
                        .append(entry.becomes())
                        .append(" | ")
                        .append(
                                switch (entry.integers()) {
                                    case YES -> "yes";
                                    case MOVED -> "moved";
                                    case FIXED -> "fixed";
                                    case NO -> "no";
                                })
                        .append(" |\n"));
        assertThat(Files.readString(SharedData.projectRoot().resolve("docs/tflite.md")))
                .contains(table);
    }
}
