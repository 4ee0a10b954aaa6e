package dev.skerry.compress;

import java.util.Arrays;

/**
 * Winograd's minimal filtering in one dimension: {@code tile} values of a correlation with {@code taps} weights by
 * {@code tile + taps − 1} products instead of {@code tile × taps}. A polynomial is known by its values at as many points as it
 * has coefficients; so inputs and weights are taken to points, multiplied there, and taken back:
 * y = A·((G·weights) ⊙ (B·inputs)).
 *
 * @see <a href="https://arxiv.org/abs/1509.09308">Lavin and Gray, Fast Algorithms for Convolutional Neural Networks</a>
 */
record MinimalFilter(int tile, int taps) {
    /** The last point is infinity. Small, and with small inverses: what is lost to rounding grows with their powers. */
    private static final double[] POINTS = {0, 1, -1, 0.5, -2, -0.5, 2};

    MinimalFilter {
        if (tile < 2 || taps < 2 || tile + taps - 2 > POINTS.length) {
            throw new IllegalArgumentException("tiles of " + tile + " with " + taps + " taps");
        }
    }

    /** Products for each tile. */
    int points() {
        return tile + taps - 1;
    }

    /** G, [points, taps]. */
    double[][] ofWeights() {
        return powers(taps);
    }

    /** B, [points, points]: the transposed inverse of the matrix that takes coefficients to points. */
    double[][] ofInputs() {
        int size = points();
        double[][] rows = powers(size);
        double[][] inverse = new double[size][size];
        for (int i = 0; i < size; i++) {
            inverse[i][i] = 1;
        }
        for (int column = 0; column < size; column++) {
            int largest = column;
            for (int row = column + 1; row < size; row++) {
                largest = Math.abs(rows[row][column]) > Math.abs(rows[largest][column]) ? row : largest;
            }
            swap(rows, column, largest);
            swap(inverse, column, largest);
            double pivot = rows[column][column];
            scale(rows[column], 1 / pivot);
            scale(inverse[column], 1 / pivot);
            for (int row = 0; row < size; row++) {
                if (row != column) {
                    double factor = rows[row][column];
                    subtract(rows[row], rows[column], factor);
                    subtract(inverse[row], inverse[column], factor);
                }
            }
        }
        return transposed(inverse);
    }

    /** A, [tile, points]. */
    double[][] ofOutputs() {
        return transposed(powers(tile));
    }

    /** [points, count]: the powers 0 to count − 1 of each point; of infinity only the highest counts. */
    private double[][] powers(int count) {
        double[][] powers = new double[points()][count];
        for (int point = 0; point < points() - 1; point++) {
            for (int exponent = 0; exponent < count; exponent++) {
                powers[point][exponent] = Math.pow(POINTS[point], exponent);
            }
        }
        powers[points() - 1][count - 1] = 1;
        return powers;
    }

    private static void swap(double[][] rows, int one, int other) {
        double[] row = rows[one];
        rows[one] = rows[other];
        rows[other] = row;
    }

    private static void scale(double[] row, double factor) {
        Arrays.setAll(row, i -> row[i] * factor);
    }

    private static void subtract(double[] row, double[] other, double factor) {
        Arrays.setAll(row, i -> row[i] - factor * other[i]);
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] turned = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[0].length; j++) {
                turned[j][i] = matrix[i][j];
            }
        }
        return turned;
    }
}
