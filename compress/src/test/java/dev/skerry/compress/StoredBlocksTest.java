package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights of all kinds of layers in four bits in the file, float at work; and tables that stay in four bits at work. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class StoredBlocksTest {
    private static final RandomGenerator RANDOM = Samples.random(8);

    record Case(String name, Model model, boolean symmetric) {
        @Override
        public String toString() {
            return name + (symmetric ? "" : ", with zero points");
        }
    }

    static Stream<Case> cases() {
        var models = new LinkedHashMap<String, Model>();
        models.put(
                "Conv over one dimension, whose last block is short",
                net(
                        13,
                        new long[] {1, 20, 9},
                        new long[] {1, 32, 5},
                        List.of(Samples.gaussian("w", RANDOM, 32, 20, 5)),
                        Node.of("Conv", List.of("x", "w"), List.of("y"))));
        models.put(
                "Conv by depth",
                net(
                        13,
                        new long[] {1, 64, 6, 6},
                        new long[] {1, 64, 4, 4},
                        List.of(Samples.gaussian("w", RANDOM, 64, 1, 3, 3)),
                        Node.of("Conv", List.of("x", "w"), List.of("y"), Map.of("group", Attribute.of(64)))));
        models.put(
                "ConvTranspose",
                net(
                        13,
                        new long[] {1, 36, 4, 4},
                        new long[] {1, 8, 6, 6},
                        List.of(Samples.gaussian("w", RANDOM, 36, 8, 3, 3)),
                        Node.of("ConvTranspose", List.of("x", "w"), List.of("y"))));
        models.put(
                "LSTM",
                net(
                        14,
                        new long[] {5, 1, 40},
                        new long[] {5, 1, 1, 24},
                        List.of(Samples.gaussian("w", RANDOM, 1, 96, 40), Samples.gaussian("r", RANDOM, 1, 96, 24)),
                        Node.of(
                                "LSTM",
                                List.of("x", "w", "r"),
                                List.of("y"),
                                Map.of("hidden_size", Attribute.of(24)))));
        models.put(
                "MatMul with constant first factor",
                net(
                        13,
                        new long[] {40, 3},
                        new long[] {64, 3},
                        List.of(Samples.gaussian("w", RANDOM, 64, 40)),
                        Node.of("MatMul", List.of("w", "x"), List.of("y"))));
        models.put(
                "MatMul of three matrices",
                net(
                        13,
                        new long[] {3, 2, 40},
                        new long[] {3, 2, 24},
                        List.of(Samples.gaussian("w", RANDOM, 3, 40, 24)),
                        Node.of("MatMul", List.of("x", "w"), List.of("y"))));
        models.put(
                "Gemm, transposed",
                net(
                        13,
                        new long[] {40, 2},
                        new long[] {2, 30},
                        List.of(Samples.gaussian("w", RANDOM, 30, 40)),
                        Node.of(
                                "Gemm",
                                List.of("x", "w"),
                                List.of("y"),
                                Map.of("transA", Attribute.of(1), "transB", Attribute.of(1)))));
        return models.entrySet().stream()
                .flatMap(each -> Stream.of(
                        new Case(each.getKey(), each.getValue(), true),
                        new Case(each.getKey(), each.getValue(), false)));
    }

    private static Int4 stored(boolean symmetric, BlockFit fit) {
        return new Int4(Scope.all(Set.of()), 16, symmetric, fit, BlockForm.STORED, 4);
    }

    private static Studied studied(Model model, Samples samples) {
        return new Studied(model, samples, Nets.SESSIONS, Progress.NONE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void weightsAreThoseOfTheirBlocksAndCostNothingAtWork(Case each) {
        Samples samples = Samples.random(each.model(), 4, 5);
        Rewritten made = stored(each.symmetric(), BlockFit.RTN).apply(studied(each.model(), samples));
        assertThat(made.changed()).containsExactly("y");
        assertThat(ModelFile.bytes(made.model()).length).isLessThan(ModelFile.bytes(each.model()).length / 2);
        Sample sample = samples.all().getFirst();
        assertThat(Nets.run(made.model(), sample).get("y").toFloats())
                .usingComparatorWithPrecision(1e-4f)
                .containsExactly(Nets.run(reference(each), sample).get("y").toFloats());
        assertThat(Nets.optimizedOps(made.model(), sample)).doesNotContain("Cast", "Mul", "Slice", "Sub");
        assertThat(stored(each.symmetric(), BlockFit.GPTQ)
                        .apply(studied(each.model(), samples))
                        .changed())
                .containsExactly("y");
    }

    /** The float model with weights rounded here: along what is summed over, on grids that span each block. */
    private static Model reference(Case each) {
        var initializers = new LinkedHashMap<>(each.model().graph().initializers());
        StoredWeights.of(each.model().graph()).forEach((name, use) -> {
            long[] dims = use.weight().dims();
            int last = dims.length - 1;
            boolean isConv = use.first().is("Conv");
            boolean isTranspose = use.first().is("ConvTranspose");
            boolean isSecond = use.first().is("MatMul") && use.input() == 1;
            int sum = 1;
            int stride = 1;
            for (int axis = 0; axis <= last; axis++) {
                boolean isSummed =
                        isConv ? axis > 0 : isTranspose ? axis == 0 : isSecond ? axis == last - 1 : axis == last;
                sum *= isSummed ? (int) dims[axis] : 1;
                stride *= isTranspose && axis > 0 || isSecond && axis == last ? (int) dims[axis] : 1;
            }
            float[] values = use.weight().toFloats();
            for (int row = 0; row < values.length / sum; row++) {
                int start = row / stride * sum * stride + row % stride;
                int blocks = Math.ceilDiv(sum, 16);
                int block = Math.ceilDiv(sum, blocks);
                for (int from = 0; from < sum; from += block) {
                    round(values, start + from * stride, stride, Math.min(block, sum - from), each.symmetric());
                }
            }
            initializers.put(name, Tensor.ofFloats(name, dims, values));
        });
        return each.model().withGraph(each.model().graph().withInitializers(initializers));
    }

    private static void round(float[] values, int start, int stride, int count, boolean symmetric) {
        float low = 0;
        float high = 0;
        for (int i = 0; i < count; i++) {
            low = Math.min(low, values[start + i * stride]);
            high = Math.max(high, values[start + i * stride]);
        }
        float scale = symmetric ? (float) ((high > -low ? (double) high : low) / -8) : (high - low) / 15;
        long zero = symmetric ? 8 : Math.clamp(Math.round((double) -low / scale), 0, 15);
        for (int i = 0; i < count; i++) {
            double code = Math.rint((double) values[start + i * stride] / scale) + zero;
            values[start + i * stride] = scale * (Math.clamp((long) code, 0, 15) - zero);
        }
    }

    @Test
    void rowsOfATableAreMadeFloatAsTheyAreLookedUp() {
        Model model = net(
                17,
                new long[] {3},
                new long[] {3, 40},
                List.of(Samples.gaussian("t", RANDOM, 50, 40)),
                Node.of("Cast", List.of("x"), List.of("i"), Map.of("to", Attribute.of(DataType.INT64.code()))),
                Node.of("Gather", List.of("t", "i"), List.of("y")));
        var sample = new Sample(
                "rows", Map.of("x", Tensor.ofFloats("x", new long[] {3}, 49, 0, 17)), OptionalInt.empty(), false);
        var samples = new Samples(List.of(sample));
        for (int bits : new int[] {4, 8}) {
            for (boolean symmetric : new boolean[] {true, false}) {
                for (int block : new int[] {16, 32, 64}) {
                    BlockForm form = BlockForm.EVERYWHERE;
                    Scope scope = Scope.all(Set.of());
                    Technique technique = bits == 4
                            ? new Int4(scope, block, symmetric, BlockFit.CLIP, form, 4)
                            : new Int8Blocks(scope, block, symmetric, BlockFit.CLIP, form, 4);
                    Rewritten made = technique.apply(studied(model, samples));
                    assertThat(made.changed()).containsExactly("y");
                    assertThat(Nets.optimizedOps(made.model(), sample)).containsExactly("Cast", "GatherBlockQuantized");
                    float[] expected = BlockFit.CLIP
                            .fit(
                                    new SummedAxis(50, 40, 1)
                                            .matrix(model.graph().initializers().get("t")),
                                    new BlockFormat(bits, block, symmetric),
                                    java.util.Optional.empty())
                            .dequantized();
                    float[] actual = Nets.run(made.model(), sample).get("y").toFloats();
                    for (int row = 0; row < 3; row++) {
                        for (int column = 0; column < 40; column++) {
                            int of = new int[] {49, 0, 17}[row];
                            assertThat(actual[row * 40 + column])
                                    .as(technique.label() + " row " + of + " column " + column)
                                    .isEqualTo(expected[of * 40 + column]);
                        }
                    }
                }
            }
        }
    }

    @Test
    void weightsInsideALoopAreStoredToo() {
        Graph body = Graph.of(
                "body",
                List.of(
                        Node.of("Conv", List.of("h", "w"), List.of("g")),
                        Node.of("Identity", List.of("go"), List.of("on"))),
                List.of(Samples.gaussian("w", RANDOM, 24, 24, 3)),
                List.of(
                        ValueInfo.of("round", DataType.INT64, Shape.of()),
                        ValueInfo.of("go", DataType.BOOL, Shape.of()),
                        ValueInfo.of("h", DataType.FLOAT, null)),
                List.of(ValueInfo.of("on", DataType.BOOL, Shape.of()), ValueInfo.of("g", DataType.FLOAT, null)));
        Model model = net(
                13,
                new long[] {1, 24, 9},
                new long[] {1, 24, 5},
                List.of(Tensor.ofLongs("twice", new long[0], 2)),
                Node.of("Loop", List.of("twice", "", "x"), List.of("y"), Map.of("body", Attribute.of(body))));
        Samples samples = Samples.random(model, 8, 5);
        for (BlockFit fit : BlockFit.values()) {
            Rewritten made = stored(false, fit).apply(studied(model, samples));
            assertThat(made.changed()).containsExactly("g");
            assertThat(ModelFile.bytes(made.model()).length).isLessThan(ModelFile.bytes(model).length / 2);
            assertThat(Nets.run(made.model(), samples.all().getFirst()).get("y").elements())
                    .isEqualTo(120);
        }
    }

    @Test
    void whatStaysFloatAndWhatIsFloatAtWorkIsNamed() {
        Model model = net(
                13,
                new long[] {1, 16, 6, 6},
                new long[] {1, 1, 2, 2},
                List.of(
                        Samples.gaussian("w", RANDOM, 24, 16, 3, 3),
                        Samples.gaussian("v", RANDOM, 24, 24, 3, 3),
                        Samples.gaussian("u", RANDOM, 1, 24, 1, 1)),
                Node.of("Conv", List.of("x", "w"), List.of("c")),
                Node.of("Conv", List.of("c", "v"), List.of("d")),
                Node.of("Conv", List.of("d", "u"), List.of("y")));
        Rewritten made = new Int4(Scope.all(Set.of("Conv_c")), 32, true, BlockFit.RTN, BlockForm.STORED, 4)
                .apply(studied(model, Samples.random(model, 1, 3)));
        assertThat(made.changed()).containsExactly("d");
        assertThat(made.integerNodes()).isZero();
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::node, CompressionReport.KeptFloat::reason)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("Conv_c", "asked for"),
                        org.assertj.core.groups.Tuple.tuple("Conv_d", "float arithmetic on weights stored in INT4"),
                        org.assertj.core.groups.Tuple.tuple("Conv_y", "too small to gain by it"));
    }
}
