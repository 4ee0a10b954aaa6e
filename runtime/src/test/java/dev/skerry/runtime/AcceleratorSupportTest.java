package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.testing.SharedData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class AcceleratorSupportTest {
    private static final AcceleratorTable TABLE = AcceleratorTable.load();
    private static final AcceleratorSupport SUPPORT = new AcceleratorSupport(TABLE);

    /** A claim without a place where it can be looked up is none. */
    @Test
    void everyLineOfTheTableHasASourceOrSaysThatThereIsNone() {
        assertThat(TABLE.compilers()).hasSizeGreaterThanOrEqualTo(9).allSatisfy(compiler -> {
            var rules = TABLE.rules(compiler);
            if (rules.isEmpty()) {
                assertThat(compiler.complete()).as(compiler.name()).isFalse();
            }
            rules.values()
                    .forEach(rule -> assertThat(List.of(
                                    rule.source().document(),
                                    rule.source().version(),
                                    rule.source().place()))
                            .as(compiler.name() + " " + rule.operator())
                            .noneMatch(String::isBlank));
        });
    }

    /** A limit that isn't understood would be passed over. */
    @Test
    void everyLimitIsUnderstood() {
        var limits = new NodeLimits(numbers(conv(3, 1, 8, 8)));
        TABLE.compilers()
                .forEach(compiler -> TABLE.rules(compiler)
                        .values()
                        .forEach(rule -> limits.objection(
                                conv(3, 1, 8, 8).graph().nodes().getFirst(), rule)));
    }

    @Test
    void aFloatModelIsTakenByFloatCompilersAndByIntegerOnesOnlyAsInt8() {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/vww_float.onnx"));
        List<AcceleratorFit> fits = SUPPORT.of(model, Map.of());
        assertThat(fit(fits, "tensorrt").taken())
                .isEqualTo(fit(fits, "tensorrt").nodes());
        assertThat(fit(fits, "tensorrt").partitions()).isEqualTo(1);
        assertThat(fit(fits, "tensorrt").macsPercent()).isEqualTo(100.0);
        AcceleratorFit arm = fit(fits, "ethos-u");
        assertThat(arm.taken()).isZero();
        assertThat(arm.takenAsInt8()).isGreaterThan(50);
        assertThat(arm.fallback().getFirst().reason())
                .isEqualTo("it computes in float32, taken are int16, int8, uint8");
        assertThat(fit(fits, "hailo").unknown()).isEqualTo(fit(fits, "hailo").nodes());
        assertThat(fit(fits, "hailo").macsPercent()).isNull();
    }

    @Test
    void integersAreTakenByIntegerCompilersAndZeroPointsRefusedWhereTheyMustBeZero() {
        Model model = ModelFile.read(SharedData.at("mlperf-tiny/ad_int8_qdq.onnx"));
        List<AcceleratorFit> fits = SUPPORT.of(model, Map.of());
        assertThat(fit(fits, "ethos-u").taken()).isEqualTo(10);
        assertThat(fit(fits, "ethos-u").partitions()).isEqualTo(1);
        assertThat(fit(fits, "tensorrt").taken()).isZero();
        assertThat(fit(fits, "tensorrt").fallback().getFirst().reason()).contains("zero point of", "instead of 0");
    }

    @Test
    void limitsOfKernelAndStrideAreCheckedWithTheNodesNumbers() {
        AcceleratorFit large = fit(SUPPORT.of(conv(17, 1, 8, 64), Map.of()), "vitis-ai-dpu");
        assertThat(large.takenAsInt8()).isZero();
        Model steps = conv(3, 9, 8, 64);
        assertThat(fit(SUPPORT.of(steps, Map.of()), "vitis-ai-dpu").takenAsInt8())
                .isZero();
        assertThat(fit(SUPPORT.of(conv(3, 2, 8, 64), Map.of()), "vitis-ai-dpu").takenAsInt8())
                .isEqualTo(1);
        // 3 × 3 kernels over 4096 channels are 9 × 256 rows of a bank that holds 2048
        assertThat(fit(SUPPORT.of(conv(3, 1, 4096, 8), Map.of()), "vitis-ai-dpu")
                        .takenAsInt8())
                .isZero();
        var rule = TABLE.rules(compiler("vitis-ai-dpu")).get("Conv");
        assertThat(new NodeLimits(numbers(steps))
                        .objection(steps.graph().nodes().getFirst(), rule))
                .isEqualTo("stride 9, taken are 1 to 8");
    }

    /** What isn't fixed is refused by those that compile for fixed sizes; an open batch is one. */
    @Test
    void openSizesAreRefusedWhereShapesMustBeFixed() {
        Shape open = new Shape(List.of(new dev.skerry.model.Dim.Known(1), new dev.skerry.model.Dim.Symbolic("time")));
        Model model = Model.of(
                Graph.of(
                        "open",
                        List.of(Node.of("Relu", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, open)),
                        List.of(ValueInfo.of("y", DataType.FLOAT, open))),
                17);
        assertThat(fit(SUPPORT.of(model, Map.of()), "qnn-htp")
                        .fallback()
                        .getFirst()
                        .reason())
                .isEqualTo("its size isn't fixed");
        assertThat(fit(SUPPORT.of(model, Map.of("time", 16L)), "qnn-htp").taken())
                .isEqualTo(1);
        assertThat(fit(SUPPORT.of(model, Map.of()), "tensorrt").taken()).isEqualTo(1);
    }

    /** The middle one of three isn't taken: two pieces; beside each other they are one graph, and one piece. */
    @Test
    void piecesAreCountedByWaysOverTheCpu() {
        assertThat(fit(SUPPORT.of(chain("Relu", "Det", "Relu"), Map.of()), "tensorrt")
                        .partitions())
                .isEqualTo(2);
        assertThat(fit(SUPPORT.of(chain("Relu", "Relu", "Relu"), Map.of()), "tensorrt")
                        .partitions())
                .isEqualTo(1);
        assertThat(fit(SUPPORT.of(chain("Det", "Det"), Map.of()), "tensorrt").partitions())
                .isZero();
    }

    /** A damaged table never goes unnoticed, and never throws anything else. */
    @Test
    void tablesOfNonsenseAreRefused() {
        assertThatIllegalStateException().isThrownBy(() -> AcceleratorTable.parse("operator\tnobody\tConv\t-\t\t\tx"));
        assertThatIllegalStateException().isThrownBy(() -> AcceleratorTable.parse("whatever\ta\tb"));
        var random = new SplittableRandom(3);
        String whole = "source\ts\tdoc\t1\tplace\ncompiler\tc\tC\tX\tint8\tany\tany\tfirst\trefused\ts\n";
        assertThat(AcceleratorTable.parse(whole).compilers()).hasSize(1);
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder(whole);
            text.setCharAt(random.nextInt(text.length()), (char) ('a' + random.nextInt(26)));
            try {
                AcceleratorTable.parse(text.toString());
            } catch (IllegalStateException | ArrayIndexOutOfBoundsException refused) {
                assertThat(refused).isNotNull();
            }
        }
    }

    private static Model chain(String... operators) {
        var nodes = new ArrayList<Node>();
        for (int i = 0; i < operators.length; i++) {
            nodes.add(Node.of(operators[i], List.of("v" + i), List.of("v" + (i + 1))));
        }
        Shape shape = Shape.of(1, 4);
        return Model.of(
                Graph.of(
                        "chain",
                        nodes,
                        List.of(),
                        List.of(ValueInfo.of("v0", DataType.FLOAT, shape)),
                        List.of(ValueInfo.of("v" + operators.length, DataType.FLOAT, shape))),
                17);
    }

    private static Model conv(int kernel, int stride, int channels, int size) {
        Tensor weights =
                Tensor.ofFloats("w", new long[] {1, channels, kernel, kernel}, new float[channels * kernel * kernel]);
        long out = ((long) size - kernel) / stride + 1;
        return Model.of(
                Graph.of(
                        "conv",
                        List.of(Node.of("Conv", List.of("x", "w"), List.of("y"))
                                .withAttribute("strides", new Attribute.Ints(List.of((long) stride, (long) stride)))),
                        List.of(weights),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, channels, size, size))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1, out, out)))),
                17);
    }

    private static NodeNumbers numbers(Model model) {
        return new NodeNumbers(model.graph(), dev.skerry.model.ShapeInference.infer(model, Map.of()));
    }

    private static AcceleratorTable.Compiler compiler(String id) {
        return TABLE.compilers().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static AcceleratorFit fit(List<AcceleratorFit> fits, String id) {
        return fits.stream()
                .filter(each -> each.compiler().id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
