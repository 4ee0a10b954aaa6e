package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, constants, taps and integers inside branches and loops. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SubgraphsTest {
    private final RandomGenerator random = Samples.random(21);

    private static void assertSame(Model expected, Model actual, Samples samples) {
        for (Sample sample : samples) {
            Map<String, Tensor> before = Nets.run(expected, sample);
            Map<String, Tensor> after = Nets.run(actual, sample);
            before.forEach((name, tensor) -> {
                float[] values = after.get(name).toFloats();
                assertThat(values).hasSameSizeAs(tensor.toFloats());
                for (int i = 0; i < values.length; i++) {
                    assertThat((double) values[i]).isCloseTo(tensor.valueAt(i), within(1e-4));
                }
            });
        }
    }

    private static double sqnr(Model reference, Model other, Iterable<Sample> samples) {
        var ratio = new Sqnr();
        for (Sample sample : samples) {
            ratio.add(
                    Nets.run(reference, sample).get("y").toFloats(),
                    Nets.run(other, sample).get("y").toFloats());
        }
        return ratio.decibel();
    }

    private static Studied study(Model prepared, Samples samples) {
        return new Studied(prepared, samples, Nets.SESSIONS, Progress.NONE);
    }

    @Test
    void namesThatBranchesShareAreToldApart() {
        Model model = InnerNets.twoBranches(random);
        Graph unique = UniqueNames.make(model.graph());
        List<String> values = new ArrayList<>();
        List<String> nodes = new ArrayList<>();
        for (Graph graph : Subgraphs.all(unique)) {
            values.addAll(graph.initializers().keySet());
            graph.nodes().forEach(node -> {
                values.addAll(node.outputs());
                nodes.add(node.name());
            });
        }
        assertThat(values).doesNotHaveDuplicates().contains("w", "w_2", "out", "out_2", "r", "y");
        assertThat(nodes).doesNotHaveDuplicates().contains("first", "first_2");
        assertSame(model, model.withGraph(unique), InnerNets.conditional(model, 4, 2, random));
        assertThat(UniqueNames.make(unique)).isEqualTo(unique);
    }

    @ParameterizedTest
    @ValueSource(strings = {"silero_vad.onnx", "silero_vad_16k_op15.onnx"})
    void passesKeepAModelOfNestedBranches(String file) {
        Model model = Samples.model("silero-vad/" + file);
        var inputs = new java.util.HashMap<String, Tensor>();
        inputs.put("input", Samples.gaussian("input", random, 1, 576));
        inputs.put("state", Samples.gaussian("state", random, 2, 1, 128));
        inputs.put("sr", Tensor.ofLongs("sr", new long[0], 16000));
        Samples samples = new Samples(List.of(new Sample("noise", inputs, OptionalInt.empty(), true)));
        Graph graph = model.graph();
        for (Passes.Pass pass : Passes.ALL) {
            graph = pass.rewrite().apply(graph);
            ModelCheck.check(model.withGraph(graph));
        }
        assertSame(model, model.withGraph(graph), samples);
        assertThat(Subgraphs.allNodes(graph)).noneMatch(node -> node.is("Constant"));
        Map<String, Tensor> constants = Subgraphs.constants(graph);
        assertThat(Subgraphs.allNodes(graph))
                .filteredOn(node -> node.is("LSTM"))
                .isNotEmpty()
                .allMatch(node -> constants.containsKey(node.input(1)) && constants.containsKey(node.input(2)));
        assertSame(model, model.withGraph(ShortNames.shorten(graph)), samples);
        // both LSTMs of a rate read the same weights, which stay one
        assertThat(ModelFile.bytes(model.withGraph(graph)).length).isLessThan(ModelFile.bytes(model).length);
    }

    @Test
    void weightsThatBothBranchesReadStayOne() {
        Tensor weight = Samples.gaussian("w", random, 16, 16);
        Graph graph = Graph.of(
                "net",
                List.of(InnerNets.branching(
                        "c",
                        "y",
                        InnerNets.branch(
                                "then",
                                List.of(),
                                "a",
                                Node.of("Transpose", List.of("w"), List.of("t")),
                                Node.of("MatMul", List.of("x", "t"), List.of("a"))),
                        InnerNets.branch(
                                "else",
                                List.of(),
                                "b",
                                Node.of("Transpose", List.of("w"), List.of("u")),
                                Node.of("MatMul", List.of("x", "u"), List.of("m")),
                                Node.of("Relu", List.of("m"), List.of("b"))))),
                List.of(weight),
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(2, 16)),
                        ValueInfo.of("c", DataType.BOOL, Shape.of())),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(2, 16))));
        Model model = Model.of(graph, 13);
        Model prepared = Nets.prepared(model);
        assertThat(Subgraphs.constants(prepared.graph())).hasSize(1);
        assertThat(Subgraphs.allNodes(prepared.graph())).noneMatch(node -> node.is("Transpose"));
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            samples.add(new Sample(
                    "sample " + i,
                    Map.of(
                            "x",
                            Samples.gaussian("x", random, 2, 16),
                            "c",
                            Tensor.ofBytes("c", DataType.BOOL, new long[0], (byte) (i % 2))),
                    OptionalInt.empty(),
                    false));
        }
        assertSame(model, prepared, new Samples(samples));
        Studied studied = study(prepared, new Samples(samples));
        Quantizer.Quantized quantized = Quantizer.quantize(
                prepared, Scope.all(Set.of()), studied.ranges(RangeMethod.MINMAX), ActivationScheme.U8S8_REDUCED);
        assertThat(quantized.layers()).isEqualTo(2);
        assertThat(sqnr(model, quantized.model(), samples)).isGreaterThan(25);
        Graph shared = SharedConstants.share(quantized.model().graph());
        assertThat(Subgraphs.constants(shared).values().stream().filter(tensor -> tensor.elements() == 256))
                .hasSize(1);
        assertSame(quantized.model(), quantized.model().withGraph(shared), new Samples(samples));
    }

    @Test
    void valuesOfTheBranchThatRunsAreSeen() {
        Model prepared = Nets.prepared(InnerNets.twoBranches(random));
        Set<String> wanted = Set.of("h", "a_2", "r", "x");
        Taps.Tapped tapped = Taps.expose(prepared, wanted);
        assertThat(tapped.hidden()).isEmpty();
        for (int taken = 0; taken < 2; taken++) {
            Map<String, Tensor> outputs = Nets.run(
                    tapped.model(),
                    InnerNets.conditional(prepared, 1, taken, random).all().getFirst());
            assertThat(outputs.get("h").elements()).isEqualTo(taken == 1 ? 6 * 36 : 0);
            assertThat(outputs.get("a_2").elements()).isEqualTo(taken == 1 ? 0 : 6 * 36);
            assertThat(outputs.get("r").elements()).isEqualTo(256);
        }
    }

    @Test
    void valuesOfALoopAreSeenRoundByRound() {
        Model prepared = Nets.prepared(InnerNets.looping(random));
        Taps.Tapped tapped = Taps.expose(prepared, Set.of("m", "s"));
        assertThat(tapped.rounds()).containsEntry("m", 1).containsEntry("s", 1);
        Sample sample = Samples.random(prepared, 1, 4).all().getFirst();
        Map<String, Tensor> outputs = Nets.run(tapped.model(), sample);
        assertThat(outputs.get("m").dims()).containsExactly(5, 3, 16);
        float[] first = outputs.get("s").toFloats();
        assertThat(first).startsWith(sample.inputs().get("x").toFloats());
        Calibration calibration =
                study(prepared, Samples.random(prepared, 3, 4)).calibration();
        assertThat(calibration.ranks()).containsEntry("m", 2);
        assertThat(calibration.histograms().get("m").total()).isEqualTo(3 * 5 * 48);
        assertThat(Nets.run(Taps.tap(prepared, Set.of("m")), sample)).containsOnlyKeys("y");
    }

    @Test
    void whatCannotBeSeenIsNamed() {
        Graph inner = InnerNets.branch("inner", List.of(), "b", Node.of("Relu", List.of("s"), List.of("b")));
        Graph other = InnerNets.branch("other", List.of(), "d", Node.of("Neg", List.of("s"), List.of("d")));
        Graph body = Graph.of(
                "body",
                List.of(
                        InnerNets.branching("go", "v", inner, other),
                        Node.of("Concat", List.of("v", "v"), List.of("next"), Map.of("axis", Attribute.of(0))),
                        Node.of("Identity", List.of("go"), List.of("on"))),
                List.of(),
                List.of(
                        ValueInfo.of("i", DataType.INT64, Shape.of()),
                        ValueInfo.of("go", DataType.BOOL, Shape.of()),
                        InnerNets.untyped("s")),
                List.of(InnerNets.untyped("on"), InnerNets.untyped("next")));
        Model growing = Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of(
                                "Loop", List.of("n", "", "x"), List.of("y"), Map.of("body", Attribute.of(body)))),
                        List.of(Tensor.ofLongs("n", new long[0], 3)),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 2))),
                        List.of(InnerNets.untyped("y"))),
                13);
        Taps.Tapped tapped = Taps.expose(growing, Set.of("next", "b"));
        assertThat(tapped.hidden().get("next")).contains("another shape in each round");
        assertThat(tapped.hidden()).containsKey("b");
        assertThat(Nets.run(tapped.model(), Samples.random(growing, 1, 1).all().getFirst())
                        .get("y")
                        .dims())
                .containsExactly(8, 2);
    }

    @Test
    void layersInTheBranchThatRunsBecomeInteger() {
        Model model = InnerNets.twoBranches(random);
        Model prepared = Nets.prepared(model);
        Samples samples = InnerNets.conditional(prepared, 12, 12, random);
        Rewritten made = new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, ActivationScheme.U8S8_REDUCED)
                .apply(study(prepared, samples));
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "out");
        assertThat(sqnr(model, made.model(), samples)).isGreaterThan(25);
        assertThat(Nets.optimizedOps(made.model(), samples.all().getFirst()))
                .contains("QLinearConv")
                .doesNotContain("Conv", "FusedConv");
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::node, CompressionReport.KeptFloat::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "first_2", "it lies in a branch that no calibration sample took"),
                        org.assertj.core.groups.Tuple.tuple(
                                "second_2", "it lies in a branch that no calibration sample took"));
        // the other branch computes what it did
        Samples others = InnerNets.conditional(prepared, 2, 0, random);
        assertSame(model, made.model(), others);
        ModelCheck.check(made.model());
        Model brief = made.model().withGraph(ShortNames.shorten(made.model().graph()));
        assertSame(made.model(), brief, samples);
        Set<String> names = new HashSet<>();
        Subgraphs.all(brief.graph())
                .forEach(graph -> names.addAll(graph.initializers().keySet()));
        assertThat(names).allMatch(name -> name.length() <= 2);
    }

    @Test
    void layersOfALoopBecomeInteger() {
        Model model = InnerNets.looping(random);
        Model prepared = Nets.prepared(model);
        Samples samples = Samples.random(prepared, 12, 5);
        Rewritten made = new StaticInt8(Scope.layers(Set.of()), RangeMethod.MINMAX, ActivationScheme.U8S8_REDUCED)
                .apply(study(prepared, samples));
        assertThat(made.changed()).containsExactly("m");
        // five rounds of noise
        assertThat(sqnr(model, made.model(), samples)).isGreaterThan(20);
    }
}
