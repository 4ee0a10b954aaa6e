package dev.skerry.compress;

/**
 * Scales and zero points by half-quadratic splitting: errors of rounding are parted into a few large ones, which a proximal step
 * of the p-norm with p below 1 takes out, and the rest, to which the grid is fitted by least squares. Needs no samples. The
 * published form has zero points between the codes; here they stay codes, and the scale is fitted instead.
 *
 * @see <a href="https://mobiusml.github.io/hqq_blog/">Badri and Shaji, Half-Quadratic Quantization of Large Machine Learning
 *     Models, 2023</a>
 */
final class HalfQuadratic {
    private static final double P = 0.7;
    private static final int ROUNDS = 20;

    /** Weight of the split in steps of the grid: errors below about half a step count as small. */
    private static final double FIRST_BETA = 2;

    private static final double GROWTH = 1.05;

    private final BlockWeight made;
    private final float[] weights;

    private HalfQuadratic(BlockWeight made, float[] weights) {
        this.made = made;
        this.weights = weights;
    }

    static BlockWeight fit(WeightMatrix matrix, BlockFormat format) {
        BlockWeight spanning = NearestBlocks.spanning(matrix, format);
        var fit = new HalfQuadratic(spanning, matrix.values());
        for (int row = 0; row < matrix.rows(); row++) {
            for (int block = 0; block < spanning.blocks(); block++) {
                fit.fit(row, block);
            }
        }
        return spanning;
    }

    private void fit(int row, int block) {
        int at = row * made.blocks() + block;
        float bestScale = made.scale(at);
        int bestZero = made.zero(at);
        double step = Math.abs(bestScale);
        double best = norm(row, block, step);
        double beta = FIRST_BETA;
        for (int round = 0; round < ROUNDS; round++, beta *= GROWTH) {
            refit(row, block, step, beta);
            made.round(row, block, weights);
            double norm = norm(row, block, step);
            if (norm < best) {
                best = norm;
                bestScale = made.scale(at);
                bestZero = made.zero(at);
            }
        }
        made.grid(at, bestScale, bestZero);
        made.round(row, block, weights);
    }

    /** The grid for the weights without their large errors. */
    private void refit(int row, int block, double step, double beta) {
        int at = row * made.blocks() + block;
        int start = made.start(block);
        int count = made.end(block) - start;
        double[] targets = new double[count];
        double codes = 0;
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double weight = weights[row * made.columns() + start + i];
            double off = (weight - made.value(row, start + i)) / step;
            targets[i] = weight - step * shrunk(off, beta);
            codes += made.code(row, start + i);
            sum += targets[i];
        }
        int zero = made.format().symmetric()
                ? made.zero(at)
                : Math.clamp(
                        Math.round((codes - sum / made.scale(at)) / count),
                        0,
                        made.format().top());
        double product = 0;
        double square = 0;
        for (int i = 0; i < count; i++) {
            int steps = made.code(row, start + i) - zero;
            product += steps * targets[i];
            square += (double) steps * steps;
        }
        made.grid(at, square > 0 ? (float) (product / square) : made.scale(at), zero);
    }

    /** The proximal step of the p-norm: what of an error counts as large. */
    private static double shrunk(double off, double beta) {
        double size = Math.abs(off);
        return size == 0 ? 0 : Math.signum(off) * Math.max(0, size - Math.pow(size, P - 1) / beta);
    }

    private double norm(int row, int block, double step) {
        double norm = 0;
        for (int column = made.start(block); column < made.end(block); column++) {
            double off = weights[row * made.columns() + column] - made.value(row, column);
            norm += Math.pow(Math.abs(off) / step, P);
        }
        return norm;
    }
}
