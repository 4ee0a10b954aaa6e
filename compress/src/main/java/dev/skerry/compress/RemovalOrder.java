package dev.skerry.compress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;

/**
 * In which order the channels of a group are given up. Each time it is the one without which the layers that read the group lose
 * least when the weights of the others do all they can to make up for it: tr(W_B [(H⁻¹)_BB]⁻¹ W_Bᵀ), B the channel's columns and
 * H the second moments of the layer's input. Weights and inverse are brought up to date after each.
 *
 * @see <a href="https://arxiv.org/abs/2208.11580">Frantar et al., Optimal brain compression, section 4 and appendix A.4</a>
 */
final class RemovalOrder {
    /** Steps in which a group is gone through at most; longer ones give up several channels at once. */
    private static final int MOST_STEPS = 256;

    private RemovalOrder() {}

    /** One layer that reads the channels. */
    private static final class Reader {
        final double[][] weights;
        final double[][] inverse;
        final boolean[] gone;
        final Map<Integer, int[]> columns = new HashMap<>();
        final double energy;

        Reader(WeightMatrix matrix, Gram gram, int[] units) {
            int count = matrix.columns();
            int area = count / units.length;
            for (int i = 0; i < units.length; i++) {
                int[] before = columns.getOrDefault(units[i], new int[0]);
                int[] all = Arrays.copyOf(before, before.length + area);
                for (int k = 0; k < area; k++) {
                    all[before.length + k] = i * area + k;
                }
                columns.put(units[i], all);
            }
            weights = new double[matrix.rows()][count + 1];
            for (int row = 0; row < weights.length; row++) {
                for (int i = 0; i < count; i++) {
                    weights[row][i] = matrix.values()[row * count + i];
                }
            }
            DMatrixRMaj moments = Reconstruction.moments(gram);
            energy = energy(moments, count);
            inverse = inverse(moments, Reconstruction.ridge(gram));
            gone = new boolean[count + 1];
        }

        /** Variance of the layer's output. */
        private double energy(DMatrixRMaj moments, int count) {
            double energy = Double.MIN_NORMAL;
            for (double[] row : weights) {
                for (int i = 0; i < count; i++) {
                    double sum = 0;
                    for (int j = 0; j < count; j++) {
                        sum += (moments.get(i, j) - moments.get(i, count) * moments.get(j, count)) * row[j];
                    }
                    energy += sum * row[i];
                }
            }
            return energy;
        }

        private static double[][] inverse(DMatrixRMaj moments, double damping) {
            int count = moments.numRows - 1;
            double trace = 0;
            for (int i = 0; i < count; i++) {
                trace += moments.get(i, i);
            }
            for (int i = 0; i <= count; i++) {
                moments.add(i, i, damping * trace / count + 1e-12);
            }
            var solver = LinearSolverFactory_DDRM.symmPosDef(count + 1);
            var inverted = new DMatrixRMaj(count + 1, count + 1);
            if (!solver.setA(moments)) {
                throw new ArithmeticException("second moments of a layer's input have no inverse");
            }
            solver.invert(inverted);
            double[][] rows = new double[count + 1][count + 1];
            for (int i = 0; i <= count; i++) {
                System.arraycopy(inverted.data, i * (count + 1), rows[i], 0, count + 1);
            }
            return rows;
        }

        double loss(int unit) {
            int[] block = columns.getOrDefault(unit, new int[0]);
            DMatrixRMaj core = core(block);
            double loss = 0;
            for (double[] row : weights) {
                for (int i = 0; i < block.length; i++) {
                    double sum = 0;
                    for (int j = 0; j < block.length; j++) {
                        sum += core.get(i, j) * row[block[j]];
                    }
                    loss += sum * row[block[i]];
                }
            }
            return loss / energy;
        }

        private DMatrixRMaj core(int[] block) {
            var core = new DMatrixRMaj(block.length, block.length);
            for (int i = 0; i < block.length; i++) {
                for (int j = 0; j < block.length; j++) {
                    core.set(i, j, inverse[block[i]][block[j]]);
                }
            }
            CommonOps_DDRM.invert(core);
            return core;
        }

        void remove(int unit) {
            int[] block = columns.getOrDefault(unit, new int[0]);
            DMatrixRMaj core = core(block);
            double[][] blockRows = new double[block.length][];
            for (int i = 0; i < block.length; i++) {
                blockRows[i] = inverse[block[i]].clone();
                gone[block[i]] = true;
            }
            for (double[] row : weights) {
                subtract(row, block, core, blockRows);
            }
            for (int i = 0; i < inverse.length; i++) {
                if (!gone[i]) {
                    subtract(inverse[i], block, core, blockRows);
                }
            }
        }

        /** row −= row_B · core · blockRows */
        private void subtract(double[] row, int[] block, DMatrixRMaj core, double[][] blockRows) {
            double[] factors = new double[block.length];
            for (int i = 0; i < block.length; i++) {
                for (int j = 0; j < block.length; j++) {
                    factors[i] += core.get(i, j) * row[block[j]];
                }
            }
            for (int i = 0; i < block.length; i++) {
                double factor = factors[i];
                double[] other = blockRows[i];
                for (int column = 0; column < row.length; column++) {
                    row[column] -= factor * other[column];
                }
            }
            for (int column : block) {
                row[column] = 0;
            }
        }
    }

    /** The first {@code most} of a group's free units to be given up. */
    static List<Integer> of(ChannelGroup group, ChannelFlow flow, Studied studied, int most) {
        var draft = new Draft(flow.graph);
        List<Reader> readers = new ArrayList<>();
        for (ChannelFlow.Layer layer : group.readers()) {
            int[] units = Arrays.stream(layer.reads()).map(flow.ties::root).toArray();
            WeightMatrix.of(layer.node(), draft.constant(layer.node().input(1)))
                    .ifPresent(matrix -> readers.add(new Reader(matrix, studied.gram(layer.node()), units)));
        }
        Set<Integer> left = new LinkedHashSet<>(group.free());
        List<Integer> order = new ArrayList<>();
        int atOnce = Math.ceilDiv(group.units().size(), MOST_STEPS);
        while (order.size() < most && !left.isEmpty()) {
            Sessions.stopIfInterrupted();
            Map<Integer, Double> losses = new HashMap<>();
            left.forEach(unit -> losses.put(
                    unit,
                    readers.stream().mapToDouble(reader -> reader.loss(unit)).sum()));
            List<Integer> next = left.stream()
                    .sorted(Comparator.comparingDouble(unit -> losses.getOrDefault(unit, 0.0)))
                    .limit(Math.min(atOnce, most - order.size()))
                    .toList();
            for (int unit : next) {
                readers.forEach(reader -> reader.remove(unit));
                left.remove(unit);
                order.add(unit);
            }
        }
        return order;
    }
}
