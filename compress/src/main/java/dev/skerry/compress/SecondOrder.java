package dev.skerry.compress;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Second moments of a layer's inputs, and how an error in one of them is made up for by others.
 *
 * @param moments damped, so that they have an inverse
 * @param order of columns: those that matter most first, while all others can still make up for them
 * @param factor the upper triangular factor of the inverse of the moments in that order, row by row
 * @see <a href="https://arxiv.org/abs/2210.17323">Frantar et al., GPTQ, section 3</a>
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record SecondOrder(DMatrixRMaj moments, int[] order, double[] factor) {
    /** Added to the diagonal, as part of its mean: inputs that few samples showed aren't trusted to make up for others. */
    private static final double DAMPING = 0.01;

    /**
     * @param moments are changed
     * @param rows how many inputs they are of
     */
    static SecondOrder of(DMatrixRMaj moments, long rows) {
        shrink(moments, rows);
        double mean = CommonOps_DDRM.trace(moments) / moments.numRows;
        double added = mean > 0 ? DAMPING * mean : 1;
        for (int i = 0; i < moments.numRows; i++) {
            moments.add(i, i, added);
        }
        int[] order = IntStream.range(0, moments.numRows)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -moments.get(i, i)))
                .mapToInt(Integer::intValue)
                .toArray();
        return new SecondOrder(moments, order, factorOfInverse(moments, order));
    }

    /**
     * Draws what is off the diagonal towards zero, the more the fewer inputs were seen: of 256 inputs, 512 columns seem to move
     * together that don't, and errors that are made up for so come back on other inputs.
     *
     * @see <a href="https://arxiv.org/abs/0907.4698">Chen et al., Shrinkage algorithms for MMSE covariance estimation, 2010</a>,
     *     equation 23
     */
    private static void shrink(DMatrixRMaj moments, long rows) {
        int size = moments.numRows;
        double trace = CommonOps_DDRM.trace(moments);
        double squares = 0;
        for (double value : moments.data) {
            squares += value * value;
        }
        double spread = squares - trace * trace / size;
        double part = spread > 0
                ? Math.min(1, ((1 - 2.0 / size) * squares + trace * trace) / ((rows + 1 - 2.0 / size) * spread))
                : 1;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                if (i != j) {
                    moments.set(i, j, (1 - part) * moments.get(i, j));
                }
            }
        }
    }

    private static double[] factorOfInverse(DMatrixRMaj moments, int[] order) {
        int size = order.length;
        var ordered = new DMatrixRMaj(size, size);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                ordered.set(i, j, moments.get(order[i], order[j]));
            }
        }
        var inverse = new DMatrixRMaj(size, size);
        var solver = LinearSolverFactory_DDRM.symmPosDef(size);
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(size, false);
        if (!solver.setA(ordered)) {
            throw new IllegalStateException("damped moments aren't positive definite");
        }
        solver.invert(inverse);
        if (!cholesky.decompose(inverse)) {
            throw new IllegalStateException("the inverse of damped moments isn't positive definite");
        }
        return cholesky.getT(null).data;
    }
}
