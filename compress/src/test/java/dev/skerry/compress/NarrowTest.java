package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class NarrowTest {
    private static Studied studied(Model model, int samples) {
        return new Studied(model, Samples.random(model, samples, 9), Nets.SESSIONS, Progress.NONE);
    }

    private static double sqnr(Model model, Model changed, Samples samples) {
        var sqnr = new Sqnr();
        for (Sample sample : samples.all()) {
            Map<String, Tensor> expected = Nets.run(model, sample);
            Map<String, Tensor> actual = Nets.run(changed, sample);
            expected.forEach(
                    (name, value) -> sqnr.add(value.toFloats(), actual.get(name).toFloats()));
        }
        return sqnr.decibel();
    }

    private static long macs(Model model) {
        return Cost.of(model, Map.of("N", 1L)).macs();
    }

    /** Rows (of the first axis) from {@code from} on become a mix of those before. */
    private static Tensor dependent(Tensor weight, int from, float[] factors) {
        float[] values = weight.toFloats();
        int each = values.length / (int) weight.dims()[0];
        for (int row = from; row < weight.dims()[0]; row++) {
            for (int i = 0; i < each; i++) {
                values[row * each + i] = factors[row - from] * values[(row - from) * each + i];
            }
        }
        return Tensor.ofFloats(weight.name(), weight.dims(), values);
    }

    private static final Map<String, Attribute> PADDED = Map.of("pads", Attribute.ofInts(1, 1, 1, 1));

    /**
     * A residual block of eight channels, of which the last three are multiples of the first; then depthwise, pooling, Concat of
     * two branches, and a dense layer behind a Flatten.
     */
    private static Model redundant() {
        RandomGenerator random = Samples.random(5);
        float[] factors = {0.5f, 2, 1.5f};
        float[] depthwise = Samples.gaussian("d", random, 8, 1, 3, 3).toFloats();
        for (int i = 0; i < 27; i++) {
            depthwise[45 + i] = depthwise[i];
        }
        List<Tensor> weights = new ArrayList<>(List.of(
                dependent(Samples.gaussian("a", random, 8, 3, 3, 3), 5, factors),
                Samples.gaussian("b", random, 8, 8, 3, 3),
                Tensor.ofFloats("d", new long[] {8, 1, 3, 3}, depthwise),
                Samples.gaussian("e", random, 4, 8, 1, 1),
                Samples.gaussian("f", random, 10, 12 * 9),
                Tensor.ofLongs("shape", new long[] {2}, 1, 108)));
        // what is added depends in the same way
        weights.set(1, dependent(weights.get(1), 5, factors));
        return Nets.net(
                13,
                new long[] {1, 3, 6, 6},
                new long[] {1, 10},
                weights,
                Node.of("Conv", List.of("x", "a"), List.of("c1"), PADDED),
                Node.of("Relu", List.of("c1"), List.of("r1")),
                Node.of("Conv", List.of("r1", "b"), List.of("c2"), PADDED),
                Node.of("Add", List.of("c2", "r1"), List.of("sum")),
                Node.of("Relu", List.of("sum"), List.of("r2")),
                Node.of(
                        "Conv",
                        List.of("r2", "d"),
                        List.of("dw"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(8))),
                Node.of("Conv", List.of("dw", "e"), List.of("c4")),
                Node.of("Concat", List.of("dw", "c4"), List.of("both"), Map.of("axis", Attribute.of(1))),
                Node.of(
                        "MaxPool",
                        List.of("both"),
                        List.of("pooled"),
                        Map.of("kernel_shape", Attribute.ofInts(2, 2), "strides", Attribute.ofInts(2, 2))),
                Node.of("Reshape", List.of("pooled", "shape"), List.of("flat")),
                Node.of("Gemm", List.of("flat", "f"), List.of("y"), Map.of("transB", Attribute.of(1))));
    }

    @Test
    void channelsThatOthersCanTellAreTakenWithoutLoss() {
        Model model = redundant();
        Rewritten made = Narrow.to(Map.of("Conv_c1", 5)).apply(studied(model, 300));
        Map<String, Tensor> weights = made.model().graph().initializers();
        assertThat(weights.get("a").dims()).containsExactly(5, 3, 3, 3);
        assertThat(weights.get("b").dims()).containsExactly(5, 5, 3, 3);
        assertThat(weights.get("d").dims()).containsExactly(5, 1, 3, 3);
        assertThat(weights.get("e").dims()).containsExactly(4, 5, 1, 1);
        assertThat(weights.get("f").dims()).containsExactly(10, 9 * 9);
        assertThat(weights.get("shape").toLongs()).containsExactly(1, 81);
        assertThat(made.changed()).contains("c1", "c2", "dw", "c4", "y");
        assertThat(sqnr(model, made.model(), Samples.random(model, 20, 10))).isGreaterThan(45);
    }

    @Test
    void aShareOfTheWorkIsSaved() {
        Model model = redundant();
        Rewritten made = Narrow.share(25).apply(studied(model, 300));
        assertThat(macs(made.model())).isLessThanOrEqualTo(macs(model) * 3 / 4);
        assertThat(sqnr(model, made.model(), Samples.random(model, 20, 10))).isGreaterThan(30);
        assertThat(made.model().graph().outputs()).isEqualTo(model.graph().outputs());
        assertThat(ModelFile.bytes(Narrow.share(25).apply(studied(model, 300)).model()))
                .isEqualTo(ModelFile.bytes(made.model()));
    }

    /** Two heads of four features each out of eight; the other two heads repeat them. */
    private static Model attention() {
        RandomGenerator random = Samples.random(6);
        List<Tensor> weights = new ArrayList<>();
        for (String name : List.of("q", "k", "v")) {
            float[] values = Samples.gaussian(name, random, 12, 16).toFloats();
            for (int row = 0; row < 12; row++) {
                System.arraycopy(values, row * 16, values, row * 16 + 8, 8);
            }
            weights.add(Tensor.ofFloats(name, new long[] {12, 16}, values));
        }
        weights.add(Samples.gaussian("o", random, 16, 12));
        weights.add(Tensor.ofLongs("heads", new long[] {4}, 1, 6, 4, 4));
        weights.add(Tensor.ofLongs("joined", new long[] {3}, 0, 0, -1));
        weights.add(Tensor.ofFloats("scale", new long[0], 0.1f));
        weights.add(Samples.gaussian("bias", random, 16));
        List<Node> nodes = new ArrayList<>();
        for (String name : List.of("q", "k", "v")) {
            nodes.add(Node.of("MatMul", List.of("x", name), List.of(name + "0")));
            nodes.add(Node.of("Reshape", List.of(name + "0", "heads"), List.of(name + "1")));
            nodes.add(Node.of(
                    "Transpose",
                    List.of(name + "1"),
                    List.of(name + "2"),
                    Map.of("perm", name.equals("k") ? Attribute.ofInts(0, 2, 3, 1) : Attribute.ofInts(0, 2, 1, 3))));
        }
        nodes.add(Node.of("MatMul", List.of("q2", "k2"), List.of("scores")));
        nodes.add(Node.of("Mul", List.of("scores", "scale"), List.of("scaled")));
        nodes.add(Node.of("Softmax", List.of("scaled"), List.of("weights"), Map.of("axis", Attribute.of(-1))));
        nodes.add(Node.of("MatMul", List.of("weights", "v2"), List.of("mixed")));
        nodes.add(
                Node.of("Transpose", List.of("mixed"), List.of("back"), Map.of("perm", Attribute.ofInts(0, 2, 1, 3))));
        nodes.add(Node.of("Reshape", List.of("back", "joined"), List.of("context")));
        nodes.add(Node.of("MatMul", List.of("context", "o"), List.of("out")));
        nodes.add(Node.of("Add", List.of("out", "x"), List.of("y")));
        return Nets.net(13, new long[] {1, 6, 12}, new long[] {1, 6, 12}, weights, nodes.toArray(Node[]::new));
    }

    @Test
    void headsGoAsAWhole() {
        Model model = attention();
        Rewritten made = Narrow.to(Map.of("MatMul_v0", 2)).apply(studied(model, 60));
        Map<String, Tensor> weights = made.model().graph().initializers();
        for (String name : List.of("q", "k", "v")) {
            assertThat(weights.get(name).dims()).containsExactly(12, 8);
        }
        assertThat(weights.get("o").dims()).containsExactly(8, 12);
        assertThat(sqnr(model, made.model(), Samples.random(model, 20, 11))).isGreaterThan(45);
        assertThat(Narrow.share(30)
                        .apply(studied(model, 30))
                        .model()
                        .graph()
                        .initializers()
                        .get("v")
                        .dims()[1])
                .isIn(4L, 8L);
    }

    @Test
    void whatIsAnOutputOrUnknownKeepsItsChannels() {
        RandomGenerator random = Samples.random(7);
        Model model = Nets.net(
                13,
                new long[] {1, 4, 5, 5},
                new long[] {1, 4, 5, 5},
                List.of(
                        Samples.gaussian("a", random, 8, 4, 1, 1),
                        Samples.gaussian("b", random, 8, 8, 1, 1),
                        Samples.gaussian("c", random, 4, 8, 1, 1)),
                Node.of("Conv", List.of("x", "a"), List.of("one")),
                Node.of("LRN", List.of("one"), List.of("n"), Map.of("size", Attribute.of(3))),
                Node.of("Conv", List.of("n", "b"), List.of("two")),
                Node.of("Relu", List.of("two"), List.of("r")),
                Node.of("Conv", List.of("r", "c"), List.of("y")));
        Rewritten made = Narrow.share(60).apply(studied(model, 20));
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::node, CompressionReport.KeptFloat::reason)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("Conv_one", "keeps its channels: read by LRN"),
                        org.assertj.core.groups.Tuple.tuple(
                                "Conv_y", "keeps its channels: it is an output of the model"));
        assertThat(made.model().graph().initializers().get("a").dims()).containsExactly(8, 4, 1, 1);
        assertThat(made.model().graph().initializers().get("b").dims()[0]).isLessThan(8);
        assertThat(Nets.run(made.model(), Samples.random(model, 1, 3).all().getFirst())
                        .get("y")
                        .dims())
                .containsExactly(1, 4, 5, 5);
    }

    @Test
    void whatAConvolutionInGroupsReadsStays() {
        RandomGenerator random = Samples.random(13);
        Model model = Nets.net(
                13,
                new long[] {1, 4, 5, 5},
                new long[] {1, 4, 5, 5},
                List.of(
                        Samples.gaussian("a", random, 8, 4, 1, 1),
                        Samples.gaussian("g", random, 8, 4, 3, 3),
                        Samples.gaussian("b", random, 16, 8, 1, 1),
                        Samples.gaussian("c", random, 4, 16, 1, 1)),
                Node.of("Conv", List.of("x", "a"), List.of("one")),
                Node.of(
                        "Conv",
                        List.of("one", "g"),
                        List.of("two"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(2))),
                Node.of("Conv", List.of("two", "b"), List.of("three")),
                Node.of("Conv", List.of("three", "c"), List.of("y")));
        Rewritten made = Narrow.share(20).apply(studied(model, 40));
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::reason)
                .contains("keeps its channels: read by a convolution in groups");
        Map<String, Tensor> weights = made.model().graph().initializers();
        assertThat(weights.get("g").dims()).containsExactly(8, 4, 3, 3);
        assertThat(weights.get("b").dims()).containsExactly(8, 8, 1, 1);
        // nothing stands between the last two layers, and their product has four channels only
        assertThat(sqnr(model, made.model(), Samples.random(model, 10, 14))).isGreaterThan(40);
    }

    @Test
    void widthsThatCannotBeAreSaidSo() {
        Studied studied = studied(redundant(), 8);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Narrow.to(Map.of("Conv_c9", 4)).apply(studied))
                .withMessageContaining("no layer of this name");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Narrow.to(Map.of("Conv_c1", 9)).apply(studied))
                .withMessageContaining("9 channels can't remain");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Narrow.to(Map.of("Gemm_y", 5)).apply(studied))
                .withMessageContaining("it is an output of the model");
    }

    @Test
    void aNarrowedModelIsQuantizedWithStatisticsOfItsOwn() {
        Model model = Nets.prepared(Samples.model("mnist-cnn/mnist.onnx"));
        Samples calibration = Samples.recorded("mnist-cnn", "calibration", model, 100);
        Samples evaluation = Samples.recorded("mnist-cnn", "evaluation", model, 1000);
        var studied = new Studied(model, calibration, Nets.SESSIONS, Progress.NONE);
        Recipe recipe = Recipe.of(
                Narrow.share(25),
                new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, ActivationScheme.U8S8_REDUCED));
        Rewritten made = recipe.make(studied);
        assertThat(recipe.name()).isEqualTo("narrow-25-int8-all-minmax");
        assertThat(made.integerNodes()).isGreaterThan(3);
        assertThat(macs(made.model())).isLessThan(macs(model) * 3 / 4);
        Types types = ShapeInference.infer(made.model(), Map.of());
        assertThat(types.contradictions()).isEmpty();
        assertThat(types.unresolved()).isEmpty();
        Evaluation judged = Evaluation.run(
                Map.of(Evaluation.FLOAT, model, "small", made.model()),
                evaluation,
                Nets.SESSIONS,
                Judging.by(Metric.TOP_1),
                "",
                Progress.NONE);
        assertThat(judged.failures()).isEmpty();
        assertThat(judged.outcome("small").drop()).isLessThan(3);
    }

    @Test
    void whatRemainsMakesUpForMostOfWhatGoes() {
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        Samples calibration = Samples.recorded("kws-dscnn", "calibration", model, 100);
        Samples others = Samples.recorded("kws-dscnn", "evaluation", model, 60);
        var studied = new Studied(model, calibration, Nets.SESSIONS, Progress.NONE);
        NarrowPlan plan = studied.narrowing(8);
        Set<Integer> removed = plan.byShare(20);
        double plain = sqnr(model, plan.without(removed), others);
        double repaired = sqnr(model, Narrow.share(20).apply(studied).model(), others);
        assertThat(repaired).isGreaterThan(plain + 6);
    }

    @Test
    void whatLooksCheapOnlyWhereItWasLearnedIsNotWhatGoes() {
        // 96 inputs of noise fit 40 samples exactly, so that without held-out ones all of them would look replaceable
        RandomGenerator random = Samples.random(12);
        Model model = Nets.net(
                13,
                new long[] {1, 24},
                new long[] {1, 6},
                List.of(
                        Samples.gaussian("a", random, 24, 96),
                        Samples.gaussian("b", random, 96, 96),
                        Samples.gaussian("c", random, 96, 6)),
                Node.of("MatMul", List.of("x", "a"), List.of("one")),
                Node.of("Relu", List.of("one"), List.of("r1")),
                Node.of("MatMul", List.of("r1", "b"), List.of("two")),
                Node.of("Relu", List.of("two"), List.of("r2")),
                Node.of("MatMul", List.of("r2", "c"), List.of("y")));
        Studied studied = studied(model, 40);
        SampleSplit split = SampleSplit.heldOut(studied.samples(), false);
        assertThat(split.calibration().size()).isEqualTo(27);
        assertThat(split.evaluation().size()).isEqualTo(13);
        NarrowPlan plan = studied.narrowing(8);
        Set<Integer> removed = plan.byShare(30);
        var honest = new NarrowTrial(plan.studied().on(split.calibration()), plan.flow(), split.evaluation(), 1);
        var flattering = new NarrowTrial(plan.studied().on(split.calibration()), plan.flow(), split.calibration(), 1);
        assertThat(honest.loss(removed)).isGreaterThan(2 * flattering.loss(removed));
    }

    @Test
    void largerSharesGoOnFromSmallerOnes() {
        Model model = redundant();
        NarrowPlan plan = studied(model, 300).narrowing(1);
        Set<Integer> some = plan.byShare(10);
        Set<Integer> more = plan.byShare(40);
        assertThat(some).isNotEmpty();
        assertThat(more).containsAll(some).hasSizeGreaterThan(some.size());
        assertThat(plan.byShare(10)).isEqualTo(some);
    }

    @Test
    void whereNothingCanGoNothingIsMade() {
        RandomGenerator random = Samples.random(8);
        Model model = Nets.net(
                13,
                new long[] {1, 12},
                new long[] {1, 8},
                List.of(Samples.gaussian("w", random, 12, 8)),
                Node.of("MatMul", List.of("x", "w"), List.of("y")));
        Studied studied = studied(model, 20);
        Rewritten made = Recipe.of(
                        Narrow.share(25), new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, Nets.SCHEME))
                .make(studied);
        assertThat(made.changed()).isEmpty();
        assertThat(made.integerNodes()).isZero();
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::reason)
                .containsExactly("keeps its channels: it is an output of the model");
    }
}
