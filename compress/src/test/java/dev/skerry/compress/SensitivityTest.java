package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.Sensitivity.Alone;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SensitivityTest {
    /** A layer whose weights span such a range that eight bits leave nothing of most of them. */
    @Test
    void theLayerThatHurtsIsFoundAndLeftFloat() {
        var random = Samples.random(2);
        Tensor good = Samples.gaussian("w1", random, 16, 16);
        float[] spread = Samples.gaussian("w2", random, 16, 16).toFloats();
        for (int i = 0; i < spread.length; i += 16) {
            // one input that is nearly always silent has weights thousands of times larger than the others
            for (int column = 0; column < 16; column++) {
                spread[column] = 4000;
            }
        }
        float[] third = Samples.gaussian("w3", random, 16, 16).toFloats();
        Tensor silent = Tensor.ofFloats("mask", new long[] {16}, mask());
        Model model = Nets.net(
                13,
                new long[] {1, 16},
                new long[] {1, 16},
                List.of(
                        good,
                        silent,
                        Tensor.ofFloats("w2", new long[] {16, 16}, spread),
                        Tensor.ofFloats("w3", new long[] {16, 16}, third)),
                Node.of("Gemm", List.of("x", "w1"), List.of("a"), Map.of()),
                Node.of("Mul", List.of("a", "mask"), List.of("b"), Map.of()),
                Node.of("Gemm", List.of("b", "w2"), List.of("c"), Map.of()),
                Node.of("Gemm", List.of("c", "w3"), List.of("y"), Map.of()));
        Samples samples = Samples.random(model, 16, 3);
        var studied = new Studied(model, samples, Nets.SESSIONS, Progress.NONE);
        Sensitivity sensitivity = Sensitivity.measure(
                studied,
                new StaticInt8(Scope.layers(Set.of()), RangeMethod.MINMAX, Nets.SCHEME),
                samples,
                Nets.SESSIONS,
                Progress.NONE);
        assertThat(sensitivity.layers()).extracting(Alone::output).containsExactly("a", "c", "y");
        assertThat(sensitivity.layers().get(1).sqnrDecibel())
                .isLessThan(sensitivity.layers().get(0).sqnrDecibel() - 10)
                .isLessThan(sensitivity.layers().get(2).sqnrDecibel() - 10);
        assertThat(sensitivity.worst(0.5, Set.of("a", "c", "y"))).containsExactly("c");
    }

    @Test
    void atMostHalfOfTheLayersStayFloat() {
        var sensitivity = new Sensitivity(List.of(
                new Alone("a", "a", "Conv", 10, 1),
                new Alone("b", "b", "Conv", 10, 1),
                new Alone("c", "c", "Conv", 12, 1),
                new Alone("d", "d", "Conv", 40, 1)));
        assertThat(sensitivity.worst(0.0001, Set.of("a", "b", "c", "d"))).containsExactly("a", "b");
        assertThat(sensitivity.worst(0.0001, Set.of("c", "d"))).containsExactly("c");
        assertThat(sensitivity.worst(1, Set.of("a", "b", "c", "d"))).isEmpty();
    }

    private static float[] mask() {
        float[] mask = new float[16];
        java.util.Arrays.fill(mask, 1);
        mask[0] = 1e-6f;
        return mask;
    }
}
