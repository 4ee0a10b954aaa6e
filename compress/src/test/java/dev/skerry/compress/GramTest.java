package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.junit.jupiter.api.Test;

/** Patches are what the runtime multiplies weights with: their products are its outputs. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class GramTest {
    @Test
    void patchesTimesWeightsAreTheConvolution() {
        var random = Samples.random(3);
        var attributes = Map.of(
                "group", Attribute.of(2),
                "strides", Attribute.ofInts(2, 1),
                "dilations", Attribute.ofInts(1, 2),
                "pads", Attribute.ofInts(1, 2, 0, 1));
        Node conv = Node.of("Conv", List.of("x", "w"), List.of("y"), attributes);
        Tensor weight = Samples.gaussian("w", random, 6, 2, 3, 2);
        Model model = Nets.net(13, new long[] {1, 4, 7, 8}, new long[] {1, 6, 3, 9}, List.of(weight), conv);
        var sample = Samples.random(model, 1, 5).all().getFirst();
        Tensor input = sample.inputs().get("x");
        Tensor output = Nets.run(model, sample).get("y");
        WeightMatrix matrix = WeightMatrix.of(conv, Optional.of(weight)).orElseThrow();
        Patches patches = Patches.of(conv, matrix);
        for (int group = 0; group < 2; group++) {
            DMatrixRMaj rows = patches.rows(input, group, Long.MAX_VALUE);
            assertThat(rows.numRows).isEqualTo(3 * 9);
            for (int position = 0; position < rows.numRows; position++) {
                for (int i = 0; i < 3; i++) {
                    int channel = group * 3 + i;
                    double sum = 0;
                    for (int k = 0; k < matrix.columns(); k++) {
                        sum += rows.get(position, k) * matrix.values()[channel * matrix.columns() + k];
                    }
                    assertThat(sum).isCloseTo(output.valueAt(channel * 27L + position), within(1e-4));
                }
            }
        }
    }

    @Test
    void momentsOfAMatrixProductAreThoseOfItsInput() {
        var random = Samples.random(4);
        Node gemm = Node.of("Gemm", List.of("x", "w"), List.of("y"), Map.of());
        Model model =
                Nets.net(13, new long[] {1, 3}, new long[] {1, 2}, List.of(Samples.gaussian("w", random, 3, 2)), gemm);
        Samples samples = Samples.random(model, 20, 6);
        Gram gram = new Studied(model, samples, Nets.SESSIONS, Progress.NONE).gram(gemm);
        double[][] expected = new double[3][3];
        double[] means = new double[3];
        var rows = new ArrayList<float[]>();
        samples.all().forEach(sample -> rows.add(sample.inputs().get("x").toFloats()));
        for (float[] row : rows) {
            for (int i = 0; i < 3; i++) {
                means[i] += row[i] / 20.0;
                for (int j = 0; j < 3; j++) {
                    expected[i][j] += (double) row[i] * row[j];
                }
            }
        }
        assertThat(gram.rows()).isEqualTo(20);
        for (int i = 0; i < 3; i++) {
            assertThat(gram.means(0)[i]).isCloseTo(means[i], within(1e-9));
            for (int j = 0; j < 3; j++) {
                assertThat(gram.product(0).get(i, j)).isCloseTo(expected[i][j], within(1e-9));
            }
        }
    }

    @Test
    void weightsByRowGoBackIntoTheirLayout() {
        Tensor weight = Samples.gaussian("w", Samples.random(7), 3, 2);
        Node matmul = Node.of("MatMul", List.of("x", "w"), List.of("y"), Map.of());
        WeightMatrix matrix = WeightMatrix.of(matmul, Optional.of(weight)).orElseThrow();
        assertThat(matrix.rows()).isEqualTo(2);
        assertThat(matrix.columns()).isEqualTo(3);
        assertThat(matrix.values()[1]).isEqualTo(weight.toFloats()[2]);
        assertThat(matrix.toTensor(matrix.values())).isEqualTo(weight);
        assertThat(matrix.toLayout(new byte[] {1, 2, 3, 4, 5, 6})).containsExactly(1, 4, 2, 5, 3, 6);
    }
}
