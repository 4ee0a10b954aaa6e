package dev.skerry.compress;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;

/**
 * Codes that keep a layer's output: weights are rounded one column after the other, and each column's error is passed on to those
 * that are still to come, by the second moments of the layer's inputs. What remains is lowered by going over single codes and
 * over the scales again, of which each step lowers the same quadratic form.
 *
 * @see <a href="https://arxiv.org/abs/2210.17323">Frantar et al., GPTQ, 2022</a>
 */
final class SecondOrderBlocks {
    private static final int SWEEPS = 4;

    /** Rows that are worked on together: so many that what they need stays in the cache while the moments pass by. */
    private static final int TILE = 16;

    private final BlockWeight made;
    private final float[] weights;
    private final DMatrixRMaj moments;
    private final int[] order;
    private final double[] factor;

    private SecondOrderBlocks(BlockWeight made, float[] weights, SecondOrder second) {
        this.made = made;
        this.weights = weights;
        moments = second.moments();
        order = second.order();
        factor = second.factor();
    }

    static BlockWeight fit(WeightMatrix matrix, BlockFormat format, Gram gram) {
        double[][] importance = new double[matrix.groups()][matrix.columns()];
        for (int group = 0; group < importance.length; group++) {
            DMatrixRMaj moments = gram.solved(group).moments();
            Arrays.setAll(importance[group], i -> moments.get(i, i));
        }
        BlockWeight made = NearestBlocks.clipped(matrix, format, Optional.of(importance));
        for (int group = 0; group < importance.length; group++) {
            int first = group * matrix.rowsPerGroup();
            int rows = matrix.rowsPerGroup();
            var fit = new SecondOrderBlocks(made, matrix.values(), gram.solved(group));
            IntStream.range(0, Math.ceilDiv(rows, TILE))
                    .parallel()
                    .forEach(tile -> fit.fit(first + tile * TILE, first + Math.min(rows, (tile + 1) * TILE)));
        }
        return made;
    }

    private void fit(int firstRow, int lastRow) {
        roundInOrder(firstRow, lastRow);
        double[][] outputs = outputs(firstRow, lastRow);
        for (int row = firstRow; row < lastRow; row++) {
            refine(row, outputs[row - firstRow]);
        }
    }

    private void roundInOrder(int firstRow, int lastRow) {
        int columns = made.columns();
        double[][] rest = new double[lastRow - firstRow][columns];
        for (int row = firstRow; row < lastRow; row++) {
            for (int i = 0; i < columns; i++) {
                rest[row - firstRow][i] = weights[row * columns + order[i]];
            }
        }
        for (int i = 0; i < columns; i++) {
            for (int row = firstRow; row < lastRow; row++) {
                double[] ofRow = rest[row - firstRow];
                int block = made.blockOf(row, order[i]);
                int code = made.nearest(block, ofRow[i]);
                made.code(row, order[i], code);
                double error = (ofRow[i] - made.valueOf(block, code)) / factor[i * columns + i];
                add(ofRow, -error, factor, i * columns, i + 1);
            }
        }
    }

    /** Moments × weights, for each row. */
    private double[][] outputs(int firstRow, int lastRow) {
        int columns = made.columns();
        double[][] outputs = new double[lastRow - firstRow][columns];
        for (int i = 0; i < columns; i++) {
            for (int row = firstRow; row < lastRow; row++) {
                add(outputs[row - firstRow], weights[row * columns + i], moments.data, i * columns, 0);
            }
        }
        return outputs;
    }

    /** Lowers the error of a row by turns: all scales at once, then codes one by one. {@code outputs} is moments × weights. */
    private void refine(int row, double[] outputs) {
        double[][] parts = new double[made.blocks()][made.columns()];
        boolean changed = true;
        for (int sweep = 0; sweep < SWEEPS && changed; sweep++) {
            fitScales(row, outputs, parts);
            changed = changeCodes(row, slope(row, outputs, parts));
        }
        if (changed) {
            fitScales(row, outputs, parts);
        }
    }

    /** Moments × (weights − made), where {@code parts} are moments × steps, by block. */
    private double[] slope(int row, double[] outputs, double[][] parts) {
        double[] slope = outputs.clone();
        for (int block = 0; block < parts.length; block++) {
            add(slope, -made.scale(row * parts.length + block), parts[block], 0, 0);
        }
        return slope;
    }

    /** Moves single codes to where the error is least, given all others. */
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
                add(slope, -moved, moments.data, column * columns, 0);
                changed = true;
            }
        }
        return changed;
    }

    /** All scales of a row at once, by least squares for the codes as they are. Fills in {@code parts}. */
    private void fitScales(int row, double[] outputs, double[][] parts) {
        int columns = made.columns();
        int blocks = made.blocks();
        var normal = new DMatrixRMaj(blocks, blocks);
        var right = new DMatrixRMaj(blocks, 1);
        double[] steps = new double[columns];
        for (int column = 0; column < columns; column++) {
            steps[column] = made.code(row, column) - made.zero(made.blockOf(row, column));
        }
        for (int block = 0; block < blocks; block++) {
            Arrays.fill(parts[block], 0);
            for (int column = made.start(block); column < made.end(block); column++) {
                add(parts[block], steps[column], moments.data, column * columns, 0);
            }
            for (int from = 0; from < blocks; from++) {
                double sum = 0;
                for (int column = made.start(from); column < made.end(from); column++) {
                    sum += steps[column] * parts[block][column];
                }
                normal.set(from, block, sum);
            }
            double sum = 0;
            for (int column = made.start(block); column < made.end(block); column++) {
                sum += steps[column] * outputs[column];
            }
            right.set(block, 0, sum);
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

    /** Adds a multiple of a row of a matrix, from a column on. The compiler makes vector instructions of it. */
    private static void add(double[] to, double factor, double[] matrix, int start, int from) {
        if (factor != 0) {
            for (int i = from; i < to.length; i++) {
                to[i] += factor * matrix[start + i];
            }
        }
    }
}
