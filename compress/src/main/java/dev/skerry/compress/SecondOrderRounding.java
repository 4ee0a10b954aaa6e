package dev.skerry.compress;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Rounds weights one input after the other, and lets those that are still to come make up for what rounding did to the layer's
 * output so far. The output error of a row e of weight errors is e·G·eᵀ, with G the second moments of the layer's inputs. With
 * G = RᵀR it is |R·e|², in which the last input stands alone, the one before it stands with the last, and so on: going from the
 * last to the first, each weight is rounded at the value that is best given those already rounded.
 *
 * @see <a href="https://arxiv.org/abs/2210.17323">Frantar et al., GPTQ, sections 3.1 to 3.3</a>; it works with the inverse of G
 *     and comes to the same numbers
 */
final class SecondOrderRounding {
    /** Of the mean of the diagonal; what is added to the diagonal, so that inputs that hardly move don't take up all errors. */
    static final double DAMPING = 0.01;

    /** Rows that go through the triangle at once. */
    private static final int TILE = 64;

    /** Where the integers of a weight lie: real = scale × (integer − zero). */
    interface Steps {
        float scale(int row, int column);

        default float zero(int row, int column) {
            return 0;
        }
    }

    private final int columns;
    private final int[] order;
    private final double[] triangle;

    private SecondOrderRounding(int columns, int[] order, double[] triangle) {
        this.columns = columns;
        this.order = order;
        this.triangle = triangle;
    }

    /**
     * Rounds all groups of a layer.
     *
     * @param low the least integer
     * @param high the largest integer
     * @param gram of the layer's inputs
     * @return integers by row, as {@link WeightMatrix#values}
     */
    static int[] round(WeightMatrix weights, Steps steps, int low, int high, Gram gram, double damping) {
        int[] rounded = new int[weights.values().length];
        int rows = weights.rowsPerGroup();
        int size = rows * weights.columns();
        for (int group = 0; group < weights.groups(); group++) {
            int first = group * rows;
            int[] part = of(gram.product(group), damping)
                    .round(
                            Arrays.copyOfRange(weights.values(), group * size, (group + 1) * size),
                            rows,
                            shifted(steps, first),
                            low,
                            high);
            System.arraycopy(part, 0, rounded, group * size, size);
        }
        return rounded;
    }

    private static Steps shifted(Steps steps, int first) {
        return new Steps() {
            @Override
            public float scale(int row, int column) {
                return steps.scale(first + row, column);
            }

            @Override
            public float zero(int row, int column) {
                return steps.zero(first + row, column);
            }
        };
    }

    /**
     * Prepares for all rows that read the same inputs. Inputs with the largest moments are rounded first, when there are most
     * left to make up for it.
     *
     * @param gram XᵀX, columns × columns; not changed
     * @param damping relative to the mean of the diagonal; raised where that isn't enough for the matrix to be definite
     */
    static SecondOrderRounding of(DMatrixRMaj gram, double damping) {
        int columns = gram.numCols;
        int[] order = IntStream.range(0, columns)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer column) -> gram.get(column, column)))
                .mapToInt(Integer::intValue)
                .toArray();
        double mean = 0;
        for (int column = 0; column < columns; column++) {
            mean += gram.get(column, column) / columns;
        }
        if (!(mean > 0) || Double.isInfinite(mean)) {
            return new SecondOrderRounding(columns, order, new double[0]);
        }
        for (double added = Math.max(damping, 1e-6); ; added *= 10) {
            CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(columns, false);
            if (cholesky.decompose(ordered(gram, order, added * mean))) {
                return new SecondOrderRounding(columns, order, cholesky.getT(null).data);
            }
        }
    }

    private static DMatrixRMaj ordered(DMatrixRMaj gram, int[] order, double added) {
        int columns = order.length;
        var ordered = new DMatrixRMaj(columns, columns);
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                ordered.set(i, j, gram.get(order[i], order[j]));
            }
            ordered.add(i, i, added);
        }
        return ordered;
    }

    /**
     * Rounds rows of weights.
     *
     * @param weights row-major, {@code rows × columns}
     * @return integers between {@code low} and {@code high}, in the same order
     */
    int[] round(float[] weights, int rows, Steps steps, int low, int high) {
        int[] rounded = new int[weights.length];
        // where no input was ever anything but zero, each weight is as good as any other
        boolean plain = triangle.length == 0;
        double[] errors = new double[columns * TILE];
        double[] made = new double[TILE];
        for (int first = 0; first < rows; first += TILE) {
            int tile = Math.min(TILE, rows - first);
            for (int i = columns - 1; i >= 0; i--) {
                int column = order[i];
                if (!plain) {
                    errorsSoFar(i, errors, made);
                }
                double diagonal = plain ? 1 : triangle[i * columns + i];
                for (int t = 0; t < tile; t++) {
                    int at = (first + t) * columns + column;
                    double wanted = weights[at] + made[t] / diagonal;
                    float scale = steps.scale(first + t, column);
                    float zero = steps.zero(first + t, column);
                    int integer = Math.clamp((long) Math.rint(wanted / scale + zero), low, high);
                    rounded[at] = integer;
                    errors[i * TILE + t] = weights[at] - scale * ((double) integer - zero);
                }
            }
        }
        return rounded;
    }

    /** Products of row {@code i} of the triangle, right of the diagonal, with the errors of each row of weights. */
    private void errorsSoFar(int i, double[] errors, double[] made) {
        Arrays.fill(made, 0);
        int at = i * columns;
        int j = i + 1;
        for (; j + 3 < columns; j += 4) {
            double a = triangle[at + j];
            double b = triangle[at + j + 1];
            double c = triangle[at + j + 2];
            double d = triangle[at + j + 3];
            int e = j * TILE;
            for (int t = 0; t < TILE; t++) {
                made[t] += a * errors[e + t]
                        + b * errors[e + t + TILE]
                        + c * errors[e + t + 2 * TILE]
                        + d * errors[e + t + 3 * TILE];
            }
        }
        for (; j < columns; j++) {
            double a = triangle[at + j];
            for (int t = 0; t < TILE; t++) {
                made[t] += a * errors[j * TILE + t];
            }
        }
    }

    /**
     * The sum of e·G·eᵀ over the rows e of {@code weights} less what the integers stand for: squared output error over all rows
     * of the input that G was made of.
     */
    static double outputError(float[] weights, int[] integers, int rows, Steps steps, DMatrixRMaj gram) {
        int columns = gram.numCols;
        double[] error = new double[columns];
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int at = row * columns + column;
                double real = steps.scale(row, column) * ((double) integers[at] - steps.zero(row, column));
                error[column] = weights[at] - real;
            }
            for (int i = 0; i < columns; i++) {
                double inner = 0;
                for (int j = 0; j < columns; j++) {
                    inner += gram.data[i * columns + j] * error[j];
                }
                sum += error[i] * inner;
            }
        }
        return sum;
    }
}
