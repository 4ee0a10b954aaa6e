package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** Half precision: half the bytes, the same answers to three digits, and no value beyond what 16 bits can hold. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class HalfTest {
    private final RandomGenerator random = Samples.random(31);

    private static Rewritten half(boolean computed, Model model, Samples samples, String... asked) {
        return new Half(computed, Set.of(asked)).apply(new Studied(model, samples, Nets.SESSIONS, Progress.NONE));
    }

    private static DataType typeOf(Model model, String initializer) {
        return model.graph().initializers().get(initializer).type();
    }

    private Model convolutions() {
        return Nets.net(
                13,
                new long[] {1, 4, 8, 8},
                new long[] {1, 6, 4, 4},
                List.of(
                        Samples.gaussian("w", random, 6, 4, 3, 3),
                        Samples.gaussian("b", random, 6),
                        Samples.gaussian("v", random, 6, 6, 3, 3)),
                Node.of("Conv", List.of("x", "w", "b"), List.of("h")).withName("first"),
                Node.of("Relu", List.of("h"), List.of("a")),
                Node.of("Conv", List.of("a", "v"), List.of("y")).withName("second"));
    }

    @Test
    void storedWeightsAreHalfAsLargeAndCostNothing() {
        Model model = convolutions();
        Samples samples = Samples.random(model, 4, 1);
        Rewritten made = half(false, model, samples);
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "y");
        assertThat(typeOf(made.model(), "w_h")).isEqualTo(DataType.FLOAT16);
        // a bias is too small to be worth a node
        assertThat(typeOf(made.model(), "b")).isEqualTo(DataType.FLOAT);
        assertThat(ModelFile.bytes(made.model()).length).isLessThan((int) (0.8 * ModelFile.bytes(model).length));
        assertThat(Nets.optimizedOps(made.model(), samples.all().getFirst())).doesNotContain("Cast");
        assertThat(WeightInt8Test.sqnr(model, made.model(), samples)).isGreaterThan(60);
        assertThat(ModelFile.bytes(half(false, model, samples).model())).isEqualTo(ModelFile.bytes(made.model()));
    }

    @Test
    void arithmeticInHalfLeavesInputsAndOutputsAsTheyWere() {
        Model model = convolutions();
        Samples samples = Samples.random(model, 4, 1);
        Rewritten made = half(true, model, samples);
        ModelCheck.check(made.model());
        assertThat(made.model().graph().inputs()).isEqualTo(model.graph().inputs());
        assertThat(made.model().graph().outputs()).isEqualTo(model.graph().outputs());
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "y");
        // in once and out once, whatever lies between
        assertThat(made.model().graph().nodes().stream().filter(node -> node.is("Cast")))
                .hasSize(2);
        assertThat(WeightInt8Test.sqnr(model, made.model(), samples)).isBetween(45.0, 90.0);
        assertThat(ModelFile.bytes(half(true, model, samples).model())).isEqualTo(ModelFile.bytes(made.model()));
    }

    /** Ones in, so that a layer of equal weights gives their sum. */
    private static Samples ones(int columns) {
        float[] values = new float[columns];
        java.util.Arrays.fill(values, 1);
        return new Samples(IntStream.range(0, 3)
                .mapToObj(i -> new Sample(
                        "ones " + i,
                        Map.of("x", Tensor.ofFloats("x", new long[] {1, columns}, values)),
                        OptionalInt.empty(),
                        false))
                .toList());
    }

    private static Tensor equal(String name, float value, long... dims) {
        float[] values = new float[(int) (dims[0] * dims[1])];
        java.util.Arrays.fill(values, value);
        return Tensor.ofFloats(name, dims, values);
    }

    /** 32 inputs of one times {@code first}, summed, times {@code second}. */
    private static Model sums(float first, float second) {
        return Nets.net(
                13,
                new long[] {1, 32},
                new long[] {1, 32},
                List.of(equal("w", first, 32, 32), equal("v", second, 32, 32)),
                Node.of("MatMul", List.of("x", "w"), List.of("h")).withName("large"),
                Node.of("Tanh", List.of("h"), List.of("t")),
                Node.of("MatMul", List.of("t", "v"), List.of("y")).withName("small"));
    }

    @Test
    void whatWouldOverflowInCalibrationStaysFloat() {
        Model model = sums(3000, 0.01f); // 96,000
        Rewritten made = half(true, model, ones(32));
        assertThat(made.changed()).containsExactly("y");
        assertThat(made.keptFloat())
                .extracting(KeptFloat::node, KeptFloat::op, KeptFloat::reason)
                .containsExactly(Tuple.tuple("large", "MatMul", "its output comes near the end of FP16's range"));
        float[] values =
                Nets.run(made.model(), ones(32).all().getFirst()).get("y").toFloats();
        for (float value : values) {
            assertThat(value).isCloseTo(0.32f, org.assertj.core.api.Assertions.within(1e-3f));
        }
        // so it would have been without the guard
        assertThat(Float.float16ToFloat(Float.floatToFloat16(96_000))).isInfinite();
    }

    @Test
    void whatComesNearTheEndStaysFloatToo() {
        assertThat(half(true, sums(16_000 / 32f, 0.01f), ones(32)).changed()).contains("h");
        assertThat(half(true, sums(17_000 / 32f, 0.01f), ones(32)).changed()).doesNotContain("h");
    }

    @Test
    void aWeightBeyondTheRangeStaysAsItIs() {
        Model model = sums(70_000, 0.01f);
        for (boolean computed : new boolean[] {false, true}) {
            Rewritten made = half(computed, model, ones(32));
            assertThat(made.changed()).containsExactly("y");
            assertThat(typeOf(made.model(), "w")).isEqualTo(DataType.FLOAT);
            assertThat(made.keptFloat()).extracting(KeptFloat::node).containsExactly("large");
        }
        assertThat(half(false, model, ones(32)).keptFloat())
                .extracting(KeptFloat::reason)
                .containsExactly("a weight is beyond the range of FP16");
    }

    @Test
    void weightsThatWouldLoseTheirBitsStayAsTheyAre() {
        Rewritten made = half(false, sums(1e-6f, 0.01f), ones(32));
        assertThat(made.changed()).containsExactly("y");
        assertThat(made.keptFloat())
                .extracting(KeptFloat::reason)
                .containsExactly("100 % of its weights are too small for FP16");
    }

    @Test
    void sumsOverManyValuesAndExponentsStayFloat() {
        Model model = Nets.net(
                13,
                new long[] {1, 4, 8, 8},
                new long[] {1, 6, 1, 1},
                List.of(Samples.gaussian("w", random, 6, 4, 3, 3)),
                Node.of("Conv", List.of("x", "w"), List.of("h")).withName("conv"),
                Node.of("GlobalAveragePool", List.of("h"), List.of("p")),
                Node.of("Softmax", List.of("p"), List.of("y"), Map.of("axis", Attribute.of(1))));
        Rewritten made = half(true, model, Samples.random(model, 4, 1));
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactly("h");
        for (Node node : made.model().graph().nodes()) {
            if (node.is("GlobalAveragePool")) {
                assertThat(node.input(0)).isEqualTo("h");
            }
        }
        assertThat(WeightInt8Test.sqnr(model, made.model(), Samples.random(model, 4, 2)))
                .isGreaterThan(45);
    }

    @Test
    void whatIsAskedForStays() {
        Model model = convolutions();
        for (boolean computed : new boolean[] {false, true}) {
            Rewritten made = half(computed, model, Samples.random(model, 2, 1), "second");
            assertThat(made.changed()).containsExactly("h");
            assertThat(made.keptFloat())
                    .extracting(KeptFloat::node, KeptFloat::reason)
                    .containsExactly(Tuple.tuple("second", "asked for"));
        }
    }

    @Test
    void branchesComputeInHalfWhereTheyWereSeen() {
        Model prepared = Nets.prepared(InnerNets.twoBranches(random));
        Rewritten made = half(true, prepared, InnerNets.conditional(prepared, 6, 6, random));
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "out");
        assertThat(made.keptFloat())
                .extracting(KeptFloat::node, KeptFloat::reason)
                .contains(Tuple.tuple("first_2", "what it makes was never a finite float in calibration"));
        Samples both = InnerNets.conditional(prepared, 6, 3, random);
        assertThat(WeightInt8Test.sqnr(prepared, made.model(), both)).isGreaterThan(45);
        Rewritten stored = half(false, prepared, both);
        assertThat(stored.changed()).hasSize(4);
        assertThat(WeightInt8Test.sqnr(prepared, stored.model(), both)).isGreaterThan(60);
    }

    @Test
    void bodiesOfLoopsComputeInHalf() {
        Model prepared = Nets.prepared(InnerNets.looping(random));
        Samples samples = Samples.random(prepared, 4, 3);
        Rewritten made = half(true, prepared, samples);
        ModelCheck.check(made.model());
        assertThat(made.changed()).containsExactly("m");
        Graph body = made.model().graph().nodes().stream()
                .flatMap(node -> node.subgraphs().stream())
                .findFirst()
                .orElseThrow();
        assertThat(body.nodes()).anyMatch(node -> node.is("Cast"));
        assertThat(WeightInt8Test.sqnr(prepared, made.model(), samples)).isGreaterThan(45);
    }
}
