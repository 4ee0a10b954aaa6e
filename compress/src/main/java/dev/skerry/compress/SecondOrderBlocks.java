package dev.skerry.compress;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Codes that keep a layer's output: weights are rounded one column after the other, and each column's error is passed on to those
 * that are still to come, by the second moments of the layer's inputs. What remains is lowered by going over single codes and
 * over the scales again, of which each step lowers the same quadratic form.
 *
 * @see <a href="https://arxiv.org/abs/2210.17323">Frantar et al., GPTQ, 2022</a>
 */
final class SecondOrderBlocks {
    /** Added to the diagonal, as part of its mean: inputs that few samples showed aren't trusted to make up for others. */
    private static final double DAMPING = 0.01;

    private static final int SWEEPS = 4;

    private final BlockWeight made;
    private final float[] weights;
    private final int firstRow;
    private final int lastRow;
    private final DMatrixRMaj moments;

    private SecondOrderBlocks(BlockWeight made, float[] weights, int firstRow, int lastRow, DMatrixRMaj moments) {
        this.made = made;
        this.weights = weights;
        this.firstRow = firstRow;
        this.lastRow = lastRow;
        this.moments = moments;
    }

    static BlockWeight fit(WeightMatrix matrix, BlockFormat format, Gram gram) {
        var moments = new DMatrixRMaj[matrix.groups()];
        double[][] importance = new double[matrix.groups()][matrix.columns()];
        for (int group = 0; group < moments.length; group++) {
            DMatrixRMaj ofGroup = damped(gram.product(group));
            Arrays.setAll(importance[group], i -> ofGroup.get(i, i));
            moments[group] = ofGroup;
        }
        BlockWeight made = NearestBlocks.clipped(matrix, format, Optional.of(importance));
        for (int group = 0; group < moments.length; group++) {
            int first = group * matrix.rowsPerGroup();
            int last = first + matrix.rowsPerGroup();
            var fit = new SecondOrderBlocks(made, matrix.values(), first, last, moments[group]);
            fit.roundInOrder();
            for (int row = first; row < last; row++) {
                fit.refine(row);
            }
        }
        return made;
    }

    private static DMatrixRMaj damped(DMatrixRMaj moments) {
        double mean = CommonOps_DDRM.trace(moments) / moments.numRows;
        double added = mean > 0 ? DAMPING * mean : 1;
        for (int i = 0; i < moments.numRows; i++) {
            moments.add(i, i, added);
        }
        return moments;
    }

    /** Columns that matter most come first, while all others can still make up for them. */
    private void roundInOrder() {
        int columns = made.columns();
        int[] order = IntStream.range(0, columns)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -moments.get(i, i)))
                .mapToInt(Integer::intValue)
                .toArray();
        DMatrixRMaj factor = factorOfInverse(order);
        double[] rest = new double[columns];
        for (int row = firstRow; row < lastRow; row++) {
            for (int i = 0; i < columns; i++) {
                rest[i] = weights[row * columns + order[i]];
            }
            for (int i = 0; i < columns; i++) {
                int block = made.blockOf(row, order[i]);
                int code = made.nearest(block, rest[i]);
                made.code(row, order[i], code);
                double error = (rest[i] - made.valueOf(block, code)) / factor.data[i * columns + i];
                for (int later = i + 1; later < columns; later++) {
                    rest[later] -= error * factor.data[i * columns + later];
                }
            }
        }
    }

    /** The upper triangular factor of the inverse of the moments, in the given order. */
    private DMatrixRMaj factorOfInverse(int[] order) {
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
        return cholesky.getT(null);
    }

    private void refine(int row) {
        int columns = made.columns();
        double[] off = new double[columns];
        double[] outputs = times(given(row));
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int i = 0; i < columns; i++) {
                off[i] = weights[row * columns + i] - made.value(row, i);
            }
            boolean changed = changeCodes(row, times(off));
            fitScales(row, outputs);
            if (!changed) {
                break;
            }
        }
    }

    private double[] given(int row) {
        double[] given = new double[made.columns()];
        for (int i = 0; i < given.length; i++) {
            given[i] = weights[row * given.length + i];
        }
        return given;
    }

    private double[] times(double[] vector) {
        int columns = vector.length;
        double[] product = new double[columns];
        for (int i = 0; i < columns; i++) {
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                sum += moments.data[i * columns + j] * vector[j];
            }
            product[i] = sum;
        }
        return product;
    }

    /** Moves single codes to where the error is least, given all others. {@code slope} is moments × (weights − made). */
    private boolean changeCodes(int row, double[] slope) {
        int columns = made.columns();
        boolean changed = false;
        for (int column = 0; column < columns; column++) {
            int block = made.blockOf(row, column);
            int code = made.code(row, column);
            double steps = Math.rint(slope[column] / (made.scale(block) * moments.get(column, column)));
            int better = Math.clamp(code + (long) steps, 0, made.format().top());
            if (better != code) {
                double moved = made.valueOf(block, better) - made.valueOf(block, code);
                made.code(row, column, better);
                for (int j = 0; j < columns; j++) {
                    slope[j] -= moved * moments.data[column * columns + j];
                }
                changed = true;
            }
        }
        return changed;
    }

    /** All scales of a row at once, by least squares for the codes as they are. {@code outputs} is moments × weights. */
    private void fitScales(int row, double[] outputs) {
        int columns = made.columns();
        int blocks = made.blocks();
        var normal = new DMatrixRMaj(blocks, blocks);
        var right = new DMatrixRMaj(blocks, 1);
        double[] steps = new double[columns];
        for (int column = 0; column < columns; column++) {
            steps[column] = made.code(row, column) - made.zero(made.blockOf(row, column));
        }
        for (int i = 0; i < columns; i++) {
            int from = i / made.format().block();
            for (int to = 0; to < blocks; to++) {
                double sum = 0;
                for (int j = made.start(to); j < made.end(to); j++) {
                    sum += moments.data[i * columns + j] * steps[j];
                }
                normal.add(from, to, steps[i] * sum);
            }
            right.add(from, 0, steps[i] * outputs[i]);
        }
        for (int block = 0; block < blocks; block++) {
            if (normal.get(block, block) == 0) {
                // no code of this block differs from zero, so that its scale doesn't matter
                normal.set(block, block, 1);
                right.set(block, 0, made.scale(row * blocks + block));
            }
        }
        var scales = new DMatrixRMaj(blocks, 1);
        var solver = LinearSolverFactory_DDRM.symmPosDef(blocks);
        if (solver.setA(normal)) {
            solver.solve(right, scales);
            for (int block = 0; block < blocks; block++) {
                made.grid(row * blocks + block, (float) scales.get(block, 0), made.zero(row * blocks + block));
            }
        }
    }
}
