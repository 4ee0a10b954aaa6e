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

/** That outliers move from activations into weights, that outputs stay, and that INT8 gets truer. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SmoothQuantTest {
    private static final int WIDTH = 32;

    private static Studied studied(Model model, Samples samples) {
        return new Studied(model, samples, Nets.SESSIONS.literal(), Progress.NONE);
    }

    private static double sqnr(Model reference, Model other, Samples samples) {
        var ratio = new Sqnr();
        for (Sample sample : samples.all()) {
            ratio.add(
                    Nets.runLiterally(reference, sample).get("y").toFloats(),
                    Nets.runLiterally(other, sample).get("y").toFloats());
        }
        return ratio.decibel();
    }

    private static Tensor scaled(Tensor tensor, double by) {
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) by;
        }
        return Tensor.ofFloats(tensor.name(), tensor.dims(), values);
    }

    /** Two of the channels are {@code times} as large as others; weights that read them make up for it. */
    private static Tensor gamma(String name, double times) {
        float[] values = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            values[i] = i == 5 || i == 20 ? (float) times : 1;
        }
        return Tensor.ofFloats(name, new long[] {WIDTH}, values);
    }

    private static Tensor reading(String name, RandomGenerator random, double times, int outputs) {
        float[] values = Samples.gaussian(name, random, WIDTH, outputs).toFloats();
        for (int i = 0; i < values.length; i++) {
            int channel = i / outputs;
            values[i] *= (float) ((channel == 5 || channel == 20 ? 1 / times : 1) / Math.sqrt(WIDTH));
        }
        return Tensor.ofFloats(name, new long[] {WIDTH, outputs}, values);
    }

    /** A block of a transformer on seven tokens: attention and a dense part, each behind a layer normalization. */
    static Model transformer(double times) {
        RandomGenerator random = Samples.random(31);
        List<Tensor> weights = new ArrayList<>(List.of(
                gamma("g1", times),
                scaled(Samples.gaussian("o1", random, WIDTH), 0.1),
                reading("wq", random, times, WIDTH),
                reading("wk", random, times, WIDTH),
                reading("wv", random, times, WIDTH),
                scaled(Samples.gaussian("wo", random, WIDTH, WIDTH), 0.2),
                gamma("g2", times),
                reading("w1", random, times, 2 * WIDTH),
                scaled(Samples.gaussian("b1", random, 2 * WIDTH), 0.1),
                scaled(Samples.gaussian("w2", random, 2 * WIDTH, WIDTH), 0.1)));
        return Nets.net(
                17,
                new long[] {1, 7, WIDTH},
                new long[] {1, 7, WIDTH},
                weights,
                Node.of("LayerNormalization", List.of("x", "g1", "o1"), List.of("n1")),
                Node.of("MatMul", List.of("n1", "wq"), List.of("q")),
                Node.of("MatMul", List.of("n1", "wk"), List.of("k")),
                Node.of("MatMul", List.of("n1", "wv"), List.of("v")),
                Node.of("Transpose", List.of("k"), List.of("kt"), Map.of("perm", Attribute.ofInts(0, 2, 1))),
                Node.of("MatMul", List.of("q", "kt"), List.of("s")),
                Node.of("Softmax", List.of("s"), List.of("p"), Map.of("axis", Attribute.of(-1))),
                Node.of("MatMul", List.of("p", "v"), List.of("m")),
                Node.of("MatMul", List.of("m", "wo"), List.of("o")),
                Node.of("Add", List.of("x", "o"), List.of("r")),
                Node.of("LayerNormalization", List.of("r", "g2"), List.of("n2")),
                Node.of("MatMul", List.of("n2", "w1"), List.of("e")),
                Node.of("Add", List.of("e", "b1"), List.of("f")),
                Node.of("Relu", List.of("f"), List.of("h")),
                Node.of("MatMul", List.of("h", "w2"), List.of("z")),
                Node.of("Add", List.of("r", "z"), List.of("y")));
    }

    @Test
    void outliersOfActivationsNoLongerTakeTheRange() {
        Model model = transformer(40);
        Samples samples = Samples.random(model, 32, 32);
        var int8 = new StaticInt8(Scope.layers(Set.of()), RangeMethod.MINMAX, Nets.SCHEME);
        var smooth = new SmoothQuant(Nets.SCHEME);
        Model smoothed = smooth.apply(studied(model, samples)).model();
        assertThat(sqnr(model, smoothed, samples)).isGreaterThan(110);
        double plain = sqnr(model, int8.apply(studied(model, samples)).model(), samples);
        double truer = sqnr(
                model, Recipe.of(smooth, int8).make(studied(model, samples)).model(), samples);
        assertThat(truer).isGreaterThan(plain + 5);
        // all that read the normalization, and the dense layer behind the Relu
        for (String changed : List.of("g1", "o1", "wq", "wk", "wv", "g2", "w1")) {
            assertThat(smoothed.graph().initializers().get(changed).toFloats())
                    .isNotEqualTo(model.graph().initializers().get(changed).toFloats());
        }
    }

    @Test
    void nothingMovesWhereSomethingElseReadsTheValue() {
        RandomGenerator random = Samples.random(33);
        Model model = Nets.net(
                17,
                new long[] {1, 4, WIDTH},
                new long[] {1, 4, WIDTH},
                List.of(gamma("g", 40), reading("w", random, 40, WIDTH)),
                Node.of("LayerNormalization", List.of("x", "g"), List.of("n")),
                Node.of("MatMul", List.of("n", "w"), List.of("m")),
                Node.of("Add", List.of("n", "m"), List.of("y")));
        Samples samples = Samples.random(model, 8, 34);
        assertThat(ModelFile.bytes(new SmoothQuant(Nets.SCHEME)
                        .apply(studied(model, samples))
                        .model()))
                .isEqualTo(ModelFile.bytes(model));
    }

    @Test
    void normalizationsThatShareAConstantGetTheirOwn() {
        RandomGenerator random = Samples.random(35);
        Model model = Nets.net(
                17,
                new long[] {1, 4, WIDTH},
                new long[] {1, 4, WIDTH},
                List.of(gamma("g", 40), reading("w1", random, 40, WIDTH), reading("w2", random, 40, WIDTH)),
                Node.of("LayerNormalization", List.of("x", "g"), List.of("n")),
                Node.of("MatMul", List.of("n", "w1"), List.of("a")),
                // written out, as exporters for older operator sets do
                Node.of("Tanh", List.of("a"), List.of("t")),
                Node.of("Mul", List.of("t", "g"), List.of("b")),
                Node.of("MatMul", List.of("b", "w2"), List.of("y")));
        Samples samples = Samples.random(model, 8, 36);
        Model smoothed =
                new SmoothQuant(Nets.SCHEME).apply(studied(model, samples)).model();
        assertThat(sqnr(model, smoothed, samples)).isGreaterThan(110);
        assertThat(smoothed.graph().nodes().get(0).input(1))
                .isNotEqualTo(smoothed.graph().nodes().get(3).input(1));
    }

    @Test
    void evenChannelsAreLeftMuchAsTheyAre() {
        Model model = transformer(1);
        Samples samples = Samples.random(model, 32, 37);
        var int8 = new StaticInt8(Scope.layers(Set.of()), RangeMethod.MINMAX, Nets.SCHEME);
        double plain = sqnr(model, int8.apply(studied(model, samples)).model(), samples);
        double smooth = sqnr(
                model,
                Recipe.of(new SmoothQuant(Nets.SCHEME), int8)
                        .make(studied(model, samples))
                        .model(),
                samples);
        assertThat(smooth).isGreaterThan(plain - 1);
    }
}
