package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class SparsifyTest {
    /** Twelve numbers spread over 64 correlated ones of uneven size, of which a layer makes eight. */
    private static Model correlated() {
        RandomGenerator random = Samples.random(1);
        float[] spread = Samples.gaussian("a", random, 12, 64).toFloats();
        for (int i = 0; i < spread.length; i++) {
            spread[i] *= 0.1f + (i % 64 % 7) * (i % 64 % 7);
        }
        return Nets.net(
                13,
                new long[] {1, 12},
                new long[] {1, 8},
                List.of(Tensor.ofFloats("a", new long[] {12, 64}, spread), Samples.gaussian("w", random, 64, 8)),
                Node.of("MatMul", List.of("x", "a"), List.of("spread")),
                Node.of("Relu", List.of("spread"), List.of("r")),
                Node.of("MatMul", List.of("r", "w"), List.of("y")));
    }

    private static Model convolutions() {
        RandomGenerator random = Samples.random(2);
        return Nets.net(
                13,
                new long[] {1, 8, 6, 6},
                new long[] {1, 6, 6, 6},
                List.of(
                        Samples.gaussian("w", random, 16, 8, 3, 3),
                        Samples.gaussian("d", random, 16, 1, 3, 3),
                        Samples.gaussian("g", random, 6, 8, 3, 3)),
                Node.of("Conv", List.of("x", "w"), List.of("c"), Map.of("pads", Attribute.ofInts(1, 1, 1, 1))),
                Node.of(
                        "Conv",
                        List.of("c", "d"),
                        List.of("e"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(16))),
                Node.of(
                        "Conv",
                        List.of("e", "g"),
                        List.of("y"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(2))));
    }

    private static Rewritten sparse(Model model, SparsePattern pattern, Sparsify.Criterion criterion) {
        var studied = new Studied(model, Samples.random(model, 60, 3), Nets.SESSIONS, Progress.NONE);
        return new Sparsify(pattern, criterion).apply(studied);
    }

    private static double sqnr(Model model, Model changed) {
        var sqnr = new Sqnr();
        for (Sample sample : Samples.random(model, 50, 4).all()) {
            sqnr.add(
                    Nets.run(model, sample).get("y").toFloats(),
                    Nets.run(changed, sample).get("y").toFloats());
        }
        return sqnr.decibel();
    }

    private static long zeros(float[] values) {
        long zeros = 0;
        for (float value : values) {
            zeros += value == 0 ? 1 : 0;
        }
        return zeros;
    }

    @Test
    void theShareThatIsAskedForIsZero() {
        for (Sparsify.Criterion criterion : Sparsify.Criterion.values()) {
            Rewritten made = sparse(correlated(), new SparsePattern.Unstructured(50), criterion);
            assertThat(made.changed()).containsExactlyInAnyOrder("y");
            assertThat(made.keptFloat())
                    .extracting(CompressionReport.KeptFloat::node)
                    .containsExactly("MatMul_spread");
            assertThat(zeros(made.model().graph().initializers().get("w").toFloats()))
                    .isEqualTo(64 * 8 / 2);
        }
    }

    @Test
    void whatKnowsMoreOfTheInputLosesLess() {
        Model model = correlated();
        var pattern = new SparsePattern.Unstructured(60);
        double magnitude =
                sqnr(model, sparse(model, pattern, Sparsify.Criterion.MAGNITUDE).model());
        double wanda =
                sqnr(model, sparse(model, pattern, Sparsify.Criterion.WANDA).model());
        double secondOrder =
                sqnr(model, sparse(model, pattern, Sparsify.Criterion.SPARSEGPT).model());
        assertThat(wanda).isGreaterThan(magnitude + 1);
        assertThat(secondOrder).isGreaterThan(wanda + 1);
    }

    @Test
    void twoOfFourNeighbouringChannelsRemain() {
        for (Sparsify.Criterion criterion : Sparsify.Criterion.values()) {
            Rewritten made = sparse(convolutions(), new SparsePattern.OfEach(2, 4), criterion);
            assertThat(made.changed()).containsExactlyInAnyOrder("c", "y");
            assertThat(made.keptFloat())
                    .extracting(CompressionReport.KeptFloat::reason)
                    .containsExactly("9 weights per output channel are too few to choose from");
            float[] weights = made.model().graph().initializers().get("w").toFloats();
            for (int row = 0; row < 16; row++) {
                for (int at = 0; at < 9; at++) {
                    for (int channel = 0; channel < 8; channel += 4) {
                        int zeros = 0;
                        for (int i = 0; i < 4; i++) {
                            zeros += weights[(row * 8 + channel + i) * 9 + at] == 0 ? 1 : 0;
                        }
                        assertThat(zeros).isEqualTo(2);
                    }
                }
            }
        }
    }

    @Test
    void blocksMustDivideTheInputs() {
        Rewritten made = sparse(convolutions(), new SparsePattern.OfEach(1, 3), Sparsify.Criterion.WANDA);
        assertThat(made.changed()).isEmpty();
        assertThat(made.keptFloat())
                .extracting(CompressionReport.KeptFloat::reason)
                .contains("8 input channels don't divide into blocks of 3");
    }

    @Test
    void theFileIsAsLongAndPacksSmaller() {
        Model model = Nets.prepared(Samples.model("kws-dscnn/kws_dscnn.onnx"));
        Samples calibration = Samples.recorded("kws-dscnn", "calibration", model, 20);
        var studied = new Studied(model, calibration, Nets.SESSIONS, Progress.NONE);
        var technique = new Sparsify(new SparsePattern.Unstructured(50), Sparsify.Criterion.SPARSEGPT);
        Model made = technique.apply(studied).model();
        Sparsity before = Sparsity.of(model);
        Sparsity after = Sparsity.of(made);
        assertThat(after.fileBytes()).isEqualTo(before.fileBytes());
        assertThat(after.zeroPercent()).isBetween(40.0, 50.0);
        assertThat(after.deflatedBytes()).isBetween(before.deflatedBytes() / 2, before.deflatedBytes() * 8 / 10);
        assertThat(after.worth(before)).contains("dense kernels don't run it faster");
        assertThat(ModelFile.bytes(technique.apply(studied.with(model)).model()))
                .isEqualTo(ModelFile.bytes(made));
        assertThat(technique.label()).isEqualTo("sparse-50-sparsegpt");
    }
}
