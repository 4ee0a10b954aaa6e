package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
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
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights in blocks against the same weights dequantized here, and what stays float. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Int4Test {
    private static final RandomGenerator RANDOM = Samples.random(4);
    private static final Scope ALL = Scope.all(Set.of());

    record Case(String name, Model model, int bits, int block, boolean symmetric, BlockForm form) {
        @Override
        public String toString() {
            return name + ", " + bits + " bits by " + block + (symmetric ? "" : ", with zero points") + ", " + form;
        }

        Technique technique(BlockFit fit) {
            return bits == 4
                    ? new Int4(ALL, block, symmetric, fit, form, 0)
                    : new Int8Blocks(ALL, block, symmetric, fit, form, 0);
        }
    }

    static Stream<Case> cases() {
        var models = new LinkedHashMap<String, Model>();
        models.put("MatMul", matMul(64, 24));
        models.put("MatMul with a short last block", matMul(72, 24));
        models.put("MatMul shorter than a block", matMul(40, 48));
        models.put("Gemm", gemm(Map.of()));
        models.put("Gemm with transB", gemm(Map.of("transB", Attribute.of(1))));
        models.put("Gemm with alpha and beta", gemm(Map.of("alpha", Attribute.of(0.5f), "beta", Attribute.of(2f))));
        models.put("Conv", conv(6, 24, 1));
        models.put("Conv in groups", conv(8, 32, 2));
        models.put("Conv of one pixel", conv(48, 24, 1, 1));
        var cases = new ArrayList<Case>();
        models.forEach((name, model) -> {
            for (BlockForm form : BlockForm.values()) {
                for (boolean symmetric : new boolean[] {true, false}) {
                    if (form != BlockForm.MATMUL_NBITS || !name.startsWith("Conv")) {
                        cases.add(new Case(name, model, 4, 16, symmetric, form));
                        cases.add(new Case(name, model, 4, 64, symmetric, form));
                        cases.add(new Case(name, model, 8, 32, symmetric, form));
                    }
                }
            }
        });
        return cases.stream();
    }

    private static Model matMul(int k, int n) {
        return net(
                17,
                new long[] {2, 3, k},
                new long[] {2, 3, n},
                List.of(Samples.gaussian("w", RANDOM, k, n)),
                Node.of("MatMul", List.of("x", "w"), List.of("y")));
    }

    private static Model gemm(Map<String, Attribute> attributes) {
        boolean turned = attributes.containsKey("transB");
        return net(
                13,
                new long[] {2, 48},
                new long[] {2, 40},
                List.of(
                        turned ? Samples.gaussian("w", RANDOM, 40, 48) : Samples.gaussian("w", RANDOM, 48, 40),
                        Samples.gaussian("b", RANDOM, 40)),
                Node.of("Gemm", List.of("x", "w", "b"), List.of("y"), attributes));
    }

    private static Model conv(int in, int out, int groups) {
        return conv(in, out, groups, 3);
    }

    private static Model conv(int in, int out, int groups, int kernel) {
        return net(
                15,
                new long[] {1, in, 6, 6},
                new long[] {1, out, 7 - kernel, 7 - kernel},
                List.of(
                        Samples.gaussian("w", RANDOM, out, in / groups, kernel, kernel),
                        Samples.gaussian("b", RANDOM, out)),
                Node.of("Conv", List.of("x", "w", "b"), List.of("y"), Map.of("group", Attribute.of(groups))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void onnxRuntimeReadsTheBlocksAsTheyWereFitted(Case each) {
        Samples samples = Samples.random(each.model(), 1, 5);
        Rewritten made = each.technique(BlockFit.RTN).apply(studied(each.model(), samples));
        assertThat(made.changed()).containsExactly("y");
        // blocks of DequantizeLinear are whole where they can be
        boolean isWhole = each.form() == BlockForm.DEQUANTIZE && each.name().startsWith("Gemm");
        int block = isWhole ? Math.min(16, each.block()) : each.block();
        BlockFormat format = new BlockFormat(each.bits(), block, each.symmetric());
        boolean isSpread = each.form() == BlockForm.STORED
                || each.form() == BlockForm.EVERYWHERE && each.name().startsWith("Conv");
        Model reference = withWeights(each.model(), format, isSpread);
        for (var sample : samples.all()) {
            float[] expected = Nets.run(reference, sample).get("y").toFloats();
            assertThat(distance(expected, asWritten(made.model(), sample))).isLessThan(2e-6);
            // where it is joined to MatMulNBits, ONNX Runtime takes level 4 by itself, which rounds activations
            double joined = each.form() == BlockForm.DEQUANTIZE ? 0.01 : 2e-6;
            assertThat(distance(
                            expected, Nets.run(made.model(), sample).get("y").toFloats()))
                    .isLessThan(joined);
        }
    }

    private static float[] asWritten(Model model, Sample sample) {
        SessionOptions plain = SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);
        try (Session session = Nets.RUNTIME.open(ModelFile.bytes(model), "as written", plain)) {
            return session.infer(sample.inputs()).get("y").toFloats();
        }
    }

    /** The float model with the weights that its blocks stand for. */
    private static Model withWeights(Model model, BlockFormat format, boolean isSpread) {
        Node node = model.graph().nodes().getFirst();
        Tensor weight = model.graph().initializers().get("w");
        WeightMatrix matrix = WeightMatrix.of(node, Optional.of(weight)).orElseThrow();
        float[] values = BlockFit.RTN
                .fit(matrix, isSpread ? format.spread(matrix.columns()) : format, Optional.empty())
                .dequantized();
        var initializers = new LinkedHashMap<>(model.graph().initializers());
        initializers.put("w", matrix.toTensor(values));
        return model.withGraph(model.graph().withInitializers(initializers));
    }

    private static double distance(float[] expected, float[] actual) {
        assertThat(actual).hasSameSizeAs(expected);
        double off = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            off += Math.pow(expected[i] - actual[i], 2);
            size += Math.pow(expected[i], 2);
        }
        return Math.sqrt(off / size);
    }

    private static Studied studied(Model model, Samples samples) {
        return new Studied(model, samples, Nets.SESSIONS, Progress.NONE);
    }

    @Test
    void matMulNBitsRoundsActivationsAtLevelFour() {
        Model model = matMul(256, 64);
        Samples samples = Samples.random(model, 4, 9);
        Studied studied = studied(model, samples);
        Model exact = new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.MATMUL_NBITS, 0)
                .apply(studied)
                .model();
        Model rounded = new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.MATMUL_NBITS, 4)
                .apply(studied)
                .model();
        var sqnr = new Sqnr();
        samples.all()
                .forEach(sample -> sqnr.add(
                        Nets.run(exact, sample).get("y").toFloats(),
                        Nets.run(rounded, sample).get("y").toFloats()));
        assertThat(sqnr.decibel()).isBetween(30.0, 70.0);
    }

    @Test
    void onnxRuntimeJoinsTheStandardFormToMatMulNBits() {
        Model model = matMul(64, 24);
        Samples samples = Samples.random(model, 1, 9);
        for (boolean symmetric : new boolean[] {true, false}) {
            Model made = new Int4(ALL, 32, symmetric, BlockFit.RTN, BlockForm.DEQUANTIZE, 4)
                    .apply(studied(model, samples))
                    .model();
            assertThat(made.opset()).isEqualTo(21);
            assertThat(Nets.optimizedOps(made, samples.all().getFirst())).containsExactly("MatMulNBits");
        }
    }

    @Test
    void standardBlocksAreWholeSoThatTheyAreJoined() {
        Model model = matMul(80, 24);
        Samples samples = Samples.random(model, 1, 9);
        Model made = new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.DEQUANTIZE, 4)
                .apply(studied(model, samples))
                .model();
        assertThat(Nets.optimizedOps(made, samples.all().getFirst())).containsExactly("MatMulNBits");
    }

    @Test
    void standardBlocksAreJoinedBeforeAnActivationToo() {
        Model model = net(
                13,
                new long[] {1, 64},
                new long[] {1, 32},
                List.of(Samples.gaussian("w", RANDOM, 32, 64), Samples.gaussian("b", RANDOM, 32)),
                Node.of("Gemm", List.of("x", "w", "b"), List.of("h"), Map.of("transB", Attribute.of(1))),
                Node.of("Relu", List.of("h"), List.of("y")));
        Samples samples = Samples.random(model, 1, 9);
        Model made = new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.DEQUANTIZE, 4)
                .apply(studied(model, samples))
                .model();
        assertThat(Nets.optimizedOps(made, samples.all().getFirst()))
                .contains("MatMulNBits")
                .doesNotContain("DequantizeLinear");
    }

    @Test
    void unnamedNodesAndEqualNamesDontCollide() {
        Tensor weight = Samples.gaussian("w", RANDOM, 64, 64);
        Node first = Node.of("Gemm", List.of("x", "w", "b"), List.of("w_n")).withName("");
        Node second =
                Node.of("Gemm", List.of("w_n", "w", "w_s"), List.of("w_n_p")).withName("");
        Node third = Node.of("MatMul", List.of("w_n_p", "w2"), List.of("y")).withName("");
        Model model = net(
                13,
                new long[] {2, 64},
                new long[] {2, 64},
                List.of(
                        weight,
                        Samples.gaussian("w2", RANDOM, 64, 64),
                        Samples.gaussian("b", RANDOM, 64),
                        Samples.gaussian("w_s", RANDOM, 2, 64)),
                first,
                second,
                third);
        Samples samples = Samples.random(model, 1, 3);
        for (BlockForm form : BlockForm.values()) {
            Rewritten made = new Int4(ALL, 16, false, BlockFit.CLIP, form, 0).apply(studied(model, samples));
            assertThat(made.changed()).containsExactlyInAnyOrder("w_n", "w_n_p", "y");
            assertThat(Nets.run(made.model(), samples.all().getFirst()).get("y").elements())
                    .isEqualTo(128);
            // the first two layers share their weights, before and after
            assertThat(made.model().graph().initializers().keySet().stream()
                            .filter(name -> made.model()
                                            .graph()
                                            .initializers()
                                            .get(name)
                                            .elements()
                                    >= 2048))
                    .hasSize(2);
        }
    }

    @Test
    void whatStaysFloatIsNamedWithTheReason() {
        Model model = net(
                13,
                new long[] {1, 4, 6, 6},
                new long[] {1, 1},
                List.of(
                        Samples.gaussian("w", RANDOM, 6, 4, 3, 3),
                        Samples.gaussian("u", RANDOM, 96, 32),
                        Samples.gaussian("v", RANDOM, 32, 1)),
                Node.of("Conv", List.of("x", "w"), List.of("c")),
                Node.of("Flatten", List.of("c"), List.of("f")),
                Node.of("Gemm", List.of("f", "u"), List.of("g")),
                Node.of("Gemm", List.of("g", "v"), List.of("y")));
        Studied studied = studied(model, Samples.random(model, 1, 3));
        assertThat(new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.MATMUL_NBITS, 4)
                        .apply(studied)
                        .keptFloat())
                .extracting(CompressionReport.KeptFloat::node, CompressionReport.KeptFloat::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Conv_c", "MatMulNBits is for matrix products"),
                        org.assertj.core.groups.Tuple.tuple("Gemm_y", "too small to gain by it"));
        assertThat(new Int4(ALL, 32, true, BlockFit.RTN, BlockForm.DEQUANTIZE, 4)
                        .apply(studied)
                        .keptFloat())
                .contains(new CompressionReport.KeptFloat(
                        "Conv_c", "Conv", "float arithmetic on weights that each inference makes float"));
        Scope asked = Scope.all(Set.of("Gemm_g"));
        Rewritten nothing = new Int4(asked, 32, true, BlockFit.RTN, BlockForm.MATMUL_NBITS, 4).apply(studied);
        assertThat(nothing.changed()).isEmpty();
        assertThat(nothing.model()).isEqualTo(model);
        assertThat(nothing.keptFloat()).contains(new CompressionReport.KeptFloat("Gemm_g", "Gemm", "asked for"));
    }

    @Test
    void sameSamplesGiveTheSameBytes() {
        Model model = matMul(96, 32);
        Samples samples = Samples.random(model, 40, 3);
        for (BlockFit fit : BlockFit.values()) {
            var technique = new Int4(ALL, 32, false, fit, BlockForm.MATMUL_NBITS, 4);
            assertThat(ModelFile.bytes(technique.apply(studied(model, samples)).model()))
                    .isEqualTo(ModelFile.bytes(
                            technique.apply(studied(model, samples)).model()));
        }
    }

    @Test
    void convolutionsInIntegersAndMatricesInFourBits() {
        Model model = net(
                13,
                new long[] {1, 4, 6, 6},
                new long[] {1, 32},
                List.of(
                        Samples.gaussian("w", RANDOM, 6, 4, 3, 3),
                        Samples.gaussian("v", RANDOM, 6, 6, 3, 3),
                        Samples.gaussian("u", RANDOM, 24, 32)),
                Node.of("Conv", List.of("x", "w"), List.of("c")),
                Node.of("Conv", List.of("c", "v"), List.of("d")),
                Node.of("Flatten", List.of("d"), List.of("f")),
                Node.of("Gemm", List.of("f", "u"), List.of("y")));
        Samples samples = Samples.random(model, 4, 3);
        Recipe recipe = Recipe.of(
                new StaticInt8(Scope.convolutions(Set.of()), RangeMethod.MINMAX, ActivationScheme.U8S8_REDUCED),
                new Int4(ALL, 16, true, BlockFit.GPTQ, BlockForm.MATMUL_NBITS, 4));
        Rewritten made = recipe.make(studied(model, samples));
        assertThat(recipe.name()).isEqualTo("int8-conv-minmax-int4-b16-gptq-nbits");
        assertThat(made.changed()).containsExactlyInAnyOrder("c", "d", "y");
        assertThat(Nets.optimizedOps(made.model(), samples.all().getFirst()))
                .contains("QLinearConv", "MatMulNBits")
                .doesNotContain("Conv", "Gemm");
    }

    /** One layer before a branch and one in each, of which samples take the first only. */
    static Model branched() {
        Graph then = inner("a", "t");
        Graph otherwise = inner("e", "o");
        var branches = new LinkedHashMap<String, Attribute>();
        branches.put("then_branch", Attribute.of(then));
        branches.put("else_branch", Attribute.of(otherwise));
        return net(
                13,
                new long[] {4, 64},
                new long[] {4, 64},
                List.of(Samples.gaussian("w", RANDOM, 64, 64), Tensor.ofBytes("yes", DataType.BOOL, new long[0], (byte)
                        1)),
                Node.of("MatMul", List.of("x", "w"), List.of("h")),
                Node.of("If", List.of("yes"), List.of("y"), branches));
    }

    private static Graph inner(String weight, String output) {
        return Graph.of(
                output,
                List.of(
                        Node.of("MatMul", List.of("h", weight), List.of(output + "1")),
                        Node.of("MatMul", List.of(output + "1", "w"), List.of(output))),
                List.of(Samples.gaussian(weight, RANDOM, 64, 64)),
                List.of(),
                List.of(ValueInfo.of(output, DataType.FLOAT, Shape.of(4, 64))));
    }

    @Test
    void layersInsideBranchesGetBlocksToo() {
        Model model = branched();
        Samples samples = Samples.random(model, 16, 3);
        Sample sample = samples.all().getFirst();
        float[] expected = Nets.run(model, sample).get("y").toFloats();
        for (BlockForm form : BlockForm.values()) {
            Rewritten made = new Int4(ALL, 16, false, BlockFit.GPTQ, form, 0).apply(studied(model, samples));
            assertThat(made.changed()).containsExactlyInAnyOrder("h", "t1", "t", "o1", "o");
            assertThat(made.keptFloat())
                    .allMatch(row -> form == BlockForm.STORED && row.reason().contains("weights stored in INT4"));
            assertThat(ModelFile.bytes(made.model()).length).isLessThan(ModelFile.bytes(model).length / 2);
            assertThat(distance(
                            expected, Nets.run(made.model(), sample).get("y").toFloats()))
                    .isLessThan(0.25);
        }
    }
}
