package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Outputs of a real model, on samples that no fit has seen. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class BlockOutputsTest {
    private static final int CALIBRATION = 64;
    private static final int EVALUATION = 100;

    @Test
    void secondOrderKeepsTheScoresOfMagikaBetterThanNearestCodesOfTheSameSize() {
        Model model = Samples.model("magika/model.onnx");
        Samples calibration = Samples.recorded("magika", "calibration", model, CALIBRATION);
        Samples evaluation = Samples.recorded("magika", "evaluation", model, EVALUATION);
        var studied = new Studied(Nets.prepared(model), calibration, Nets.SESSIONS, Progress.NONE);
        // before the softmax, which hides errors of sure decisions and makes the others' large
        String scores = studied.model().graph().nodes().stream()
                .filter(node -> node.is("MatMul"))
                .toList()
                .getLast()
                .output(0);
        List<float[]> expected = outputs(studied.model(), scores, evaluation);
        for (int block : new int[] {16, 32, 128}) {
            for (boolean symmetric : new boolean[] {true, false}) {
                Model nearest =
                        technique(block, symmetric, BlockFit.RTN).apply(studied).model();
                Model secondOrder = technique(block, symmetric, BlockFit.GPTQ)
                        .apply(studied)
                        .model();
                assertThat(bytes(secondOrder)).isCloseTo(bytes(nearest), within(64));
                assertThat(bytes(secondOrder)).isLessThan(bytes(model) / 4);
                assertThat(decibel(expected, outputs(secondOrder, scores, evaluation)))
                        .as("%d weights a block, symmetric: %s", block, symmetric)
                        .isGreaterThan(decibel(expected, outputs(nearest, scores, evaluation)));
            }
        }
    }

    private static List<float[]> outputs(Model model, String value, Samples samples) {
        try (Sessions.Open session = Nets.SESSIONS.open(Taps.tap(model, Set.of(value)), "scores")) {
            return samples.all().stream()
                    .map(sample -> session.infer(sample).get(value).toFloats())
                    .toList();
        }
    }

    private static double decibel(List<float[]> expected, List<float[]> found) {
        var ratio = new Sqnr();
        for (int i = 0; i < expected.size(); i++) {
            ratio.add(expected.get(i), found.get(i));
        }
        return ratio.decibel();
    }

    private static org.assertj.core.data.Offset<Integer> within(int bytes) {
        return org.assertj.core.api.Assertions.within(bytes);
    }

    private static Int4 technique(int block, boolean symmetric, BlockFit fit) {
        return new Int4(Scope.all(Set.of()), block, symmetric, fit, BlockForm.EVERYWHERE, 4);
    }

    private static int bytes(Model model) {
        return ModelFile.bytes(model).length;
    }
}
