package dev.skerry.compress;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * Sparsity that later weights make up for. Columns are gone through in order; a weight w that becomes zero costs
 * w² / U², U the diagonal of the Cholesky factor of the inverse second moments, and the weights that follow in its row move so
 * that the row's output changes least.
 *
 * @see <a href="https://arxiv.org/abs/2301.00774">Frantar and Alistarh, SparseGPT, algorithm 1</a>
 */
final class SecondOrderSparsity {
    /** Columns among which an unstructured mask is chosen at once. */
    private static final int BLOCK = 128;

    private static final double DAMPING = 0.01;

    private final DMatrixRMaj upper;
    private final boolean[] dead;

    /**
     * @param product XᵀX of the layer's input
     * @param order the column of {@code product} at each place of a row
     */
    SecondOrderSparsity(DMatrixRMaj product, int[] order) {
        int columns = order.length;
        dead = new boolean[columns];
        var moments = new DMatrixRMaj(columns, columns);
        double trace = 0;
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                moments.set(i, j, product.get(order[i], order[j]));
            }
            trace += moments.get(i, i);
        }
        double damping = Math.max(DAMPING * trace / columns, Double.MIN_NORMAL);
        for (int i = 0; i < columns; i++) {
            dead[i] = moments.get(i, i) == 0;
            moments.add(i, i, dead[i] ? 1 : damping);
        }
        var inverse = new DMatrixRMaj(columns, columns);
        var cholesky = DecompositionFactory_DDRM.chol(columns, false);
        if (!CommonOps_DDRM.invert(moments, inverse) || !cholesky.decompose(inverse)) {
            throw new ArithmeticException("second moments of a layer's input have no inverse");
        }
        upper = cholesky.getT(null);
    }

    /** Changes the rows in place. */
    void prune(double[][] rows, SparsePattern pattern) {
        for (double[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] = dead[i] ? 0 : row[i];
            }
        }
        int columns = upper.numCols;
        for (int from = 0; from < columns; from += BLOCK) {
            int end = Math.min(from + BLOCK, columns);
            switch (pattern) {
                case SparsePattern.Unstructured(int percent) -> {
                    boolean[][] zero = lowest(rows, from, end, percent);
                    for (int i = 0; i < rows.length; i++) {
                        for (int column = from; column < end; column++) {
                            if (zero[i][column - from]) {
                                zero(rows[i], column);
                            }
                        }
                    }
                }
                case SparsePattern.OfEach(int kept, int of) -> {
                    // a block of columns may end inside of a group; then the group is decided at its first column
                    for (double[] row : rows) {
                        for (int start = Math.ceilDiv(from, of) * of; start < end; start += of) {
                            int first = start;
                            int[] zero = IntStream.range(first, first + of)
                                    .boxed()
                                    .sorted(Comparator.comparingDouble(column -> cost(row, column)))
                                    .limit(of - kept)
                                    .sorted()
                                    .mapToInt(Integer::intValue)
                                    .toArray();
                            Arrays.stream(zero).forEach(column -> zero(row, column));
                        }
                    }
                }
            }
        }
    }

    private boolean[][] lowest(double[][] rows, int from, int end, int percent) {
        int width = end - from;
        boolean[][] zero = new boolean[rows.length][width];
        IntStream.range(0, rows.length * width)
                .boxed()
                .sorted(Comparator.comparingDouble(at -> cost(rows[at / width], from + at % width)))
                .limit((long) rows.length * width * percent / 100)
                .toList()
                .forEach(at -> zero[at / width][at % width] = true);
        return zero;
    }

    private double cost(double[] row, int column) {
        double ratio = row[column] / upper.get(column, column);
        return ratio * ratio;
    }

    private void zero(double[] row, int column) {
        double error = row[column] / upper.get(column, column);
        for (int later = column + 1; later < row.length; later++) {
            row[later] -= error * upper.get(column, later);
        }
        row[column] = 0;
    }
}
