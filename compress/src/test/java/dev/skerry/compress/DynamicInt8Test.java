package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** That ONNX Runtime finds the fused kernels, and that their outputs are those of the float layers, nearly. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class DynamicInt8Test {
    private static final RandomGenerator RANDOM = Samples.random(8);

    record Case(String name, Model model) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> layers() {
        long[] in = {3, 32};
        long[] out = {3, 24};
        Tensor bias = Samples.gaussian("b", RANDOM, 24);
        return Stream.of(
                new Case(
                        "MatMul",
                        net(
                                13,
                                new long[] {2, 3, 32},
                                new long[] {2, 3, 24},
                                List.of(Samples.gaussian("w", RANDOM, 32, 24)),
                                Node.of("MatMul", List.of("x", "w"), List.of("y")))),
                new Case(
                        "Gemm",
                        net(
                                13,
                                in,
                                out,
                                List.of(Samples.gaussian("w", RANDOM, 32, 24), bias),
                                Node.of(
                                        "Gemm",
                                        List.of("x", "w", "b"),
                                        List.of("y"),
                                        Map.of("alpha", Attribute.of(0.5f))))),
                new Case(
                        "Gemm with transB, its bias a matrix of one row",
                        net(
                                13,
                                in,
                                out,
                                List.of(Samples.gaussian("w", RANDOM, 24, 32), Samples.gaussian("b", RANDOM, 1, 24)),
                                Node.of(
                                        "Gemm",
                                        List.of("x", "w", "b"),
                                        List.of("y"),
                                        Map.of("transB", Attribute.of(1))))));
    }

    private static Rewritten apply(Model model, ActivationScheme scheme, Scope scope) {
        return new DynamicInt8(scope, scheme)
                .apply(new Studied(model, Samples.random(model, 1, 1), Nets.SESSIONS, Progress.NONE));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void layersRunInOneIntegerKernelWithScalesOfTheirOwn(Case each) {
        Samples samples = Samples.random(each.model(), 4, 2);
        Model made = apply(each.model(), ActivationScheme.U8S8_REDUCED, Scope.all(Set.of()))
                .model();
        assertThat(Nets.optimizedOps(made, samples.all().getFirst())).containsExactly("DynamicQuantizeMatMul");
        var sqnr = new Sqnr();
        samples.all()
                .forEach(sample -> sqnr.add(
                        Nets.run(each.model(), sample).get("y").toFloats(),
                        Nets.run(made, sample).get("y").toFloats()));
        assertThat(sqnr.decibel()).isGreaterThan(32);
    }

    @ParameterizedTest
    @EnumSource(ActivationScheme.class)
    void everySchemeComputesWhatItsIntegersSay(ActivationScheme scheme) {
        Model model = layers().findFirst().orElseThrow().model();
        Rewritten made = apply(model, scheme, Scope.all(Set.of()));
        Tensor weight = made.model().graph().initializers().get("w_q");
        assertThat(weight.type()).isEqualTo(scheme.weightType());
        Samples samples = Samples.random(model, 1, 2);
        assertThat(Nets.run(made.model(), samples.all().getFirst()).get("y").elements())
                .isEqualTo(144);
        for (long code : weight.toLongs()) {
            assertThat(Math.abs(code - scheme.weightZero())).isLessThanOrEqualTo(scheme.weightSteps());
        }
    }

    @Test
    void layersThatReadTheSameValueShareItsIntegersAndConvolutionsStayFloat() {
        Model model = net(
                13,
                new long[] {1, 4, 6, 6},
                new long[] {1, 32},
                List.of(
                        Samples.gaussian("w", RANDOM, 6, 4, 3, 3),
                        Samples.gaussian("u", RANDOM, 96, 32),
                        Samples.gaussian("v", RANDOM, 96, 32)),
                Node.of("Conv", List.of("x", "w"), List.of("c")).withName(""),
                Node.of("Flatten", List.of("c"), List.of("f")).withName(""),
                Node.of("Gemm", List.of("f", "u"), List.of("g")).withName(""),
                Node.of("Gemm", List.of("f", "v"), List.of("h")).withName(""),
                Node.of("Add", List.of("g", "h"), List.of("y")).withName(""));
        Rewritten made = apply(model, ActivationScheme.U8S8_REDUCED, Scope.all(Set.of()));
        assertThat(made.changed()).containsExactlyInAnyOrder("g", "h");
        assertThat(made.integerNodes()).isEqualTo(2);
        assertThat(made.keptFloat())
                .containsExactly(new CompressionReport.KeptFloat(
                        "Conv → c", "Conv", "a convolution with dynamic scales is slower than the float one"));
        assertThat(made.model().graph().nodes())
                .filteredOn(node -> node.is("DynamicQuantizeLinear"))
                .hasSize(1);
        assertThat(Nets.optimizedOps(
                        made.model(), Samples.random(model, 1, 4).all().getFirst()))
                .contains("MatMulIntegerToFloat", "DynamicQuantizeLinear");
    }

    @Test
    void askedLayersAndLayersWithoutConstantWeightsAreNamed() {
        Model model = layers().findFirst().orElseThrow().model();
        Rewritten made = apply(model, ActivationScheme.U8S8, Scope.all(Set.of("MatMul_y")));
        assertThat(made.model()).isSameAs(model);
        assertThat(made.keptFloat())
                .containsExactly(new CompressionReport.KeptFloat("MatMul_y", "MatMul", "asked for"));
    }

    @Test
    void layersInsideBranchesRunInIntegersToo() {
        Model model = Int4Test.branched();
        Rewritten made = apply(model, ActivationScheme.U8S8_REDUCED, Scope.all(Set.of()));
        assertThat(made.changed()).containsExactlyInAnyOrder("h", "t1", "t", "o1", "o");
        var sample = Samples.random(model, 1, 3).all().getFirst();
        assertThat(Sqnr.decibel(
                        Nets.run(model, sample).get("y").toFloats(),
                        Nets.run(made.model(), sample).get("y").toFloats()))
                .isGreaterThan(25);
    }
}
