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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** That equalization changes nothing but the scale of channels, and that this helps weights with one scale. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class EqualizeTest {
    private static final Tensor ZERO = Tensor.ofFloats("zero", new long[0], 0);
    private static final Tensor SIX = Tensor.ofFloats("six", new long[0], 6);

    /** Weights whose output channels differ by up to 2 to the power of {@code spread}. */
    private static Tensor uneven(String name, RandomGenerator random, double spread, double factor, long... dims) {
        float[] values = Samples.gaussian(name, random, dims).toFloats();
        int inner = values.length / (int) dims[0];
        for (int channel = 0; channel < dims[0]; channel++) {
            double scale = factor * Math.pow(2, -spread * random.nextDouble());
            for (int i = 0; i < inner; i++) {
                values[channel * inner + i] *= (float) scale;
            }
        }
        return Tensor.ofFloats(name, dims, values);
    }

    private static Node conv(String from, String weight, String bias, String to, int group, int pad) {
        return Node.of(
                "Conv",
                List.of(from, weight, bias),
                List.of(to),
                Map.of("group", Attribute.of(group), "pads", Attribute.ofInts(pad, pad, pad, pad)));
    }

    private static Node clip(String from, String to) {
        return Node.of("Clip", List.of(from, "zero", "six"), List.of(to));
    }

    /** As MobileNet has it: widen, depthwise, narrow, with ReLU6 between; and a dense end. */
    static Model mobile(double spread, double factor) {
        RandomGenerator random = Samples.random(3);
        return Nets.net(
                13,
                new long[] {1, 4, 8, 8},
                new long[] {1, 5},
                List.of(
                        ZERO,
                        SIX,
                        uneven("w1", random, spread, 0.4 * factor, 24, 4, 1, 1),
                        uneven("b1", random, spread, factor, 24),
                        uneven("w2", random, spread, 0.4, 24, 1, 3, 3),
                        uneven("b2", random, spread, 0.5, 24),
                        uneven("w3", random, spread, 0.3, 12, 24, 1, 1),
                        uneven("b3", random, spread, 0.5, 12),
                        uneven("w4", random, spread, 0.3, 16, 12, 1, 1),
                        Samples.gaussian("w5", random, 16, 8),
                        Samples.gaussian("w6", random, 5, 8)),
                conv("x", "w1", "b1", "c1", 1, 0),
                clip("c1", "a1"),
                conv("a1", "w2", "b2", "c2", 24, 1),
                clip("c2", "a2"),
                conv("a2", "w3", "b3", "c3", 1, 0),
                Node.of("Conv", List.of("c3", "w4"), List.of("c4")),
                Node.of("Relu", List.of("c4"), List.of("a4")),
                Node.of("GlobalAveragePool", List.of("a4"), List.of("p")),
                Node.of("Flatten", List.of("p"), List.of("f")),
                Node.of("Gemm", List.of("f", "w5"), List.of("g")),
                Node.of("Relu", List.of("g"), List.of("h")),
                Node.of("Gemm", List.of("h", "w6"), List.of("y"), Map.of("transB", Attribute.of(1))));
    }

    private static Studied studied(Model model, Samples samples) {
        return new Studied(model, samples, Nets.SESSIONS, Progress.NONE);
    }

    private static double sqnr(Model reference, Model other, Samples samples) {
        var ratio = new Sqnr();
        for (Sample sample : samples.all()) {
            ratio.add(
                    Nets.run(reference, sample).get("y").toFloats(),
                    Nets.runLiterally(other, sample).get("y").toFloats());
        }
        return ratio.decibel();
    }

    private static StaticInt8 perTensor() {
        return new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, Nets.SCHEME).perTensor();
    }

    @Test
    void outputsStayAsTheyWere() {
        for (double factor : new double[] {0.3, 1, 4}) {
            Model model = mobile(6, factor);
            Samples samples = Samples.random(model, 32, 4);
            Model equalized = new Equalize().apply(studied(model, samples)).model();
            // rounding of float32 only
            assertThat(sqnr(model, equalized, samples)).isGreaterThan(110);
            assertThat(ModelFile.bytes(equalized)).isNotEqualTo(ModelFile.bytes(model));
        }
    }

    @Test
    void oneScalePerLayerServesEqualizedWeights() {
        Model model = mobile(6, 0.5);
        Samples samples = Samples.random(model, 32, 4);
        double plain = sqnr(model, perTensor().apply(studied(model, samples)).model(), samples);
        Rewritten made = Recipe.of(new Equalize(), perTensor()).make(studied(model, samples));
        assertThat(sqnr(model, made.model(), samples)).isGreaterThan(plain + 6);
    }

    @Test
    void bothLayersHaveTheSameLargestWeightPerChannel() {
        RandomGenerator random = Samples.random(5);
        Model model = Nets.net(
                13,
                new long[] {1, 3, 5, 5},
                new long[] {1, 2, 5, 5},
                List.of(uneven("w1", random, 3, 1, 6, 3, 1, 1), Samples.gaussian("w2", random, 2, 6, 1, 1)),
                Node.of("Conv", List.of("x", "w1"), List.of("a")),
                Node.of("Conv", List.of("a", "w2"), List.of("y")));
        Samples samples = Samples.random(model, 8, 6);
        var draft =
                new Draft(new Equalize().apply(studied(model, samples)).model().graph());
        ChannelWeights first = ChannelWeights.of(draft.nodes.get(0), draft);
        ChannelWeights second = ChannelWeights.of(draft.nodes.get(1), draft);
        int equal = 0;
        for (int channel = 0; channel < 6; channel++) {
            double ratio = first.largestOfOutput(channel) / second.largestOfInput(channel, 6);
            // stretched as far as the widest activation allows, or until they are the same
            assertThat(ratio).isLessThan(1.01);
            equal += ratio > 0.99 ? 1 : 0;
        }
        assertThat(equal).isGreaterThanOrEqualTo(3);
    }

    @Test
    void aChannelThatReachesTheCapKeepsItsFactorAndTheClipStays() {
        Model model = Nets.net(
                13,
                new long[] {1, 1, 4, 4},
                new long[] {1, 1, 4, 4},
                List.of(
                        ZERO,
                        SIX,
                        Tensor.ofFloats("w1", new long[] {2, 1, 1, 1}, 8, 0.01f),
                        Tensor.ofFloats("w2", new long[] {1, 2, 1, 1}, 0.5f, 4)),
                Node.of("Conv", List.of("x", "w1"), List.of("c")),
                clip("c", "a"),
                Node.of("Conv", List.of("a", "w2"), List.of("y")));
        Samples samples = Samples.random(model, 16, 7);
        Model equalized = new Equalize().apply(studied(model, samples)).model();
        float[] weights = equalized.graph().initializers().get("w1").toFloats();
        assertThat(weights[0]).isEqualTo(8);
        assertThat(weights[1]).isGreaterThan(0.1f);
        assertThat(equalized.graph().nodes().get(1).op()).isEqualTo("Clip");
        double highest = 0;
        for (Sample sample : samples.all()) {
            Model tapped = Taps.tap(equalized, Set.of("c"));
            float[] made = Nets.run(tapped, sample).get("c").toFloats();
            for (int i = 16; i < 32; i++) {
                highest = Math.max(highest, made[i]);
            }
        }
        assertThat(highest).isLessThanOrEqualTo(3.001);
        assertThat(sqnr(model, equalized, samples)).isGreaterThan(110);
    }

    @Test
    void highBiasesAreAbsorbedWhereTheNextLayerPadsNothing() {
        for (int pad = 0; pad < 2; pad++) {
            int size = 6 + 2 * pad - 2;
            RandomGenerator random = Samples.random(8);
            Model model = Nets.net(
                    13,
                    new long[] {1, 2, 6, 6},
                    new long[] {1, 3, size, size},
                    List.of(
                            Samples.gaussian("w1", random, 4, 2, 1, 1),
                            Tensor.ofFloats("b1", new long[] {4}, 40, 0, 60, -1),
                            Samples.gaussian("w2", random, 3, 4, 3, 3)),
                    Node.of("Conv", List.of("x", "w1", "b1"), List.of("c")),
                    Node.of("Relu", List.of("c"), List.of("a")),
                    Node.of(
                            "Conv",
                            List.of("a", "w2"),
                            List.of("y"),
                            Map.of("pads", Attribute.ofInts(pad, pad, pad, pad))));
            Samples samples = Samples.random(model, 16, 9);
            Model equalized = new Equalize().apply(studied(model, samples)).model();
            assertThat(sqnr(model, equalized, samples)).isGreaterThan(100);
            Node second = equalized.graph().nodes().getLast();
            assertThat(second.inputs()).hasSize(pad == 0 ? 3 : 2);
            var channels = studied(equalized, samples).channels().of("a").orElseThrow();
            if (pad == 0) {
                // what all values of the channel had in common is gone
                assertThat(channels.min(0)).isLessThan(0.2f * channels.max(0));
                assertThat(channels.min(2)).isLessThan(0.2f * channels.max(2));
            }
        }
    }

    @Test
    void valuesThatOthersReadTooKeepTheirScale() {
        RandomGenerator random = Samples.random(10);
        Model model = Nets.net(
                13,
                new long[] {1, 4, 5, 5},
                new long[] {1, 4, 5, 5},
                List.of(
                        uneven("w1", random, 4, 1, 4, 4, 1, 1),
                        uneven("w2", random, 4, 1, 4, 4, 1, 1),
                        uneven("w3", random, 4, 1, 4, 4, 1, 1)),
                Node.of("Conv", List.of("x", "w1"), List.of("a")),
                Node.of("Conv", List.of("a", "w2"), List.of("b")),
                Node.of("Add", List.of("a", "b"), List.of("s")),
                // weights of two layers
                Node.of("Conv", List.of("s", "w3"), List.of("d")),
                Node.of("Conv", List.of("d", "w3"), List.of("y")));
        Model equalized = new Equalize()
                .apply(studied(model, Samples.random(model, 4, 11)))
                .model();
        assertThat(ModelFile.bytes(equalized)).isEqualTo(ModelFile.bytes(model));
        assertThat(ChannelPair.of(new Draft(model.graph()))).isEmpty();
    }

    @Test
    void sameSamplesSameBytes() {
        Model model = mobile(4, 1);
        Samples samples = Samples.random(model, 8, 12);
        List<byte[]> made = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            made.add(ModelFile.bytes(Recipe.of(new Equalize(), BiasCorrection.of(perTensor()))
                    .make(studied(model, samples))
                    .model()));
        }
        assertThat(made.get(0)).isEqualTo(made.get(1));
    }

    @Test
    void layersAreComparedWithTheEqualizedFloatModel() {
        Model model = mobile(4, 1);
        Samples samples = Samples.random(model, 16, 13);
        Recipe recipe = Recipe.of(new Equalize(), perTensor());
        Rewritten made = recipe.make(studied(model, samples));
        Model followed = recipe.followed(studied(model, samples));
        var layers = LayerSignals.measure(followed, made, samples, Nets.SESSIONS.literal());
        assertThat(layers)
                .hasSize(6)
                .allSatisfy(layer -> assertThat(layer.sqnrDecibel()).isGreaterThan(15));
        assertThat(sqnr(model, followed, samples)).isGreaterThan(110);
        assertThat(recipe.name()).startsWith("eq-int8-all-minmax");
    }
}
