package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fewer products give the same correlation. */
final class MinimalFilterTest {
    @ParameterizedTest
    @CsvSource({"2, 2", "2, 3", "3, 3", "4, 3", "2, 5", "4, 4", "4, 5", "5, 4", "6, 3"})
    void givesWhatACorrelationGives(int tile, int taps) {
        var filter = new MinimalFilter(tile, taps);
        RandomGenerator random = Samples.random(tile * 10L + taps);
        double[] inputs = random.doubles(filter.points(), -1, 1).toArray();
        double[] weights = random.doubles(taps, -1, 1).toArray();

        double[] atInputs = times(filter.ofInputs(), inputs);
        double[] atWeights = times(filter.ofWeights(), weights);
        double[] products = new double[filter.points()];
        for (int i = 0; i < products.length; i++) {
            products[i] = atInputs[i] * atWeights[i];
        }
        double[] results = times(filter.ofOutputs(), products);

        assertThat(products).hasSize(tile + taps - 1);
        assertThat(results).hasSize(tile);
        for (int place = 0; place < tile; place++) {
            double expected = 0;
            for (int tap = 0; tap < taps; tap++) {
                expected += weights[tap] * inputs[place + tap];
            }
            assertThat(results[place]).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void thereAreOnlySoManyPoints() {
        assertThatThrownBy(() -> new MinimalFilter(6, 5)).isInstanceOf(IllegalArgumentException.class);
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < vector.length; j++) {
                product[i] += matrix[i][j] * vector[j];
            }
        }
        return product;
    }
}
