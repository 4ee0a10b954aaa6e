package dev.skerry.compress;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;

/**
 * What remains of a layer's input stands in for what is gone, by least squares: of the columns that were removed, that part is
 * added to the weights of the others which can be told from them, and their mean to the bias.
 *
 * @see <a href="https://arxiv.org/abs/1707.06168">He et al., Channel pruning for accelerating very deep neural networks, section
 *     3.1</a>
 */
final class Reconstruction {
    private static final double LEAST_RIDGE = 1e-4;
    private static final double MOST_RIDGE = 0.1;

    private Reconstruction() {}

    /** A layer's weights by row, zero where columns are gone, and what is added to its bias. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Repaired(float[] weights, double[] shift) {}

    /** How far moments are to be trusted: the more inputs for the rows that were seen, the less. */
    static double ridge(Gram gram) {
        return Math.max(LEAST_RIDGE, MOST_RIDGE * Math.min(1, gram.columns() / (double) Math.max(1, gram.rows())));
    }

    /** Means of products of the inputs, with a one for the bias behind them. */
    static DMatrixRMaj moments(Gram gram) {
        int count = gram.columns();
        DMatrixRMaj product = gram.product(0);
        double[] means = gram.means(0);
        double rows = Math.max(1, gram.rows());
        var moments = new DMatrixRMaj(count + 1, count + 1);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                moments.set(i, j, product.get(i, j) / rows);
            }
            moments.set(i, count, means[i]);
            moments.set(count, i, means[i]);
        }
        moments.set(count, count, 1);
        return moments;
    }

    /**
     * @param kept columns that remain
     * @param bias whether there is a bias that can take over a mean
     */
    static Repaired of(WeightMatrix matrix, Gram gram, int[] kept, boolean bias) {
        DMatrixRMaj moments = moments(gram);
        int columns = matrix.columns();
        int[] with = bias ? Arrays.copyOf(kept, kept.length + 1) : kept;
        if (bias) {
            with[kept.length] = columns;
        }
        boolean[] remains = new boolean[columns + 1];
        Arrays.stream(kept).forEach(column -> remains[column] = true);
        var left = new DMatrixRMaj(with.length, with.length);
        var right = new DMatrixRMaj(with.length, matrix.rows());
        for (int i = 0; i < with.length; i++) {
            for (int j = 0; j < with.length; j++) {
                left.set(i, j, moments.get(with[i], with[j]));
            }
            for (int column = 0; column < columns; column++) {
                if (!remains[column]) {
                    double moment = moments.get(with[i], column);
                    for (int row = 0; row < matrix.rows(); row++) {
                        right.add(i, row, moment * matrix.values()[row * columns + column]);
                    }
                }
            }
        }
        DMatrixRMaj change = solve(left, right, ridge(gram));
        float[] weights = new float[matrix.rows() * columns];
        double[] shift = new double[matrix.rows()];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int i = 0; i < kept.length; i++) {
                int at = row * columns + kept[i];
                weights[at] = (float) (matrix.values()[at] + change.get(i, row));
            }
            shift[row] = bias ? change.get(kept.length, row) : 0;
        }
        return new Repaired(weights, shift);
    }

    /** The x of (A + ridge · diag A) x = b; what is left as it is. */
    static DMatrixRMaj solve(DMatrixRMaj moments, DMatrixRMaj right, double ridge) {
        DMatrixRMaj damped = moments.copy();
        double floor = 1e-9 * CommonOps_DDRM.trace(moments) / moments.numRows + Double.MIN_NORMAL;
        for (int i = 0; i < damped.numRows; i++) {
            damped.add(i, i, ridge * moments.get(i, i) + floor);
        }
        var solver = LinearSolverFactory_DDRM.symmPosDef(damped.numRows);
        var solution = new DMatrixRMaj(right.numRows, right.numCols);
        if (!solver.setA(damped)) {
            throw new ArithmeticException("second moments of a layer's input have no inverse");
        }
        solver.solve(right, solution);
        return solution;
    }
}
