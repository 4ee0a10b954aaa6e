package dev.skerry.compress;

import java.util.Optional;

/** Blocks whose weights are rounded to the nearest code: on the grid that spans them, or on one with less error. */
final class NearestBlocks {
    /** Steps of the search for the ends of a grid, and how far inwards it goes. */
    private static final int STEPS = 20;

    private static final double INNERMOST = 0.5;

    /** Rounds in which scale and codes are fitted to each other after the search. */
    private static final int REFINEMENTS = 4;

    private final BlockWeight made;
    private final float[] weights;
    private final int rowsPerGroup;
    private final Optional<double[][]> importance;

    private NearestBlocks(WeightMatrix matrix, BlockFormat format, Optional<double[][]> importance) {
        made = new BlockWeight(matrix.rows(), matrix.columns(), format);
        weights = matrix.values();
        rowsPerGroup = matrix.rowsPerGroup();
        this.importance = importance;
    }

    /**
     * Grids from the smallest to the largest weight of a block, zero among them. Symmetric ones put the weight furthest from
     * zero on the code that has no counterpart, so that a scale may be negative.
     */
    static BlockWeight spanning(WeightMatrix matrix, BlockFormat format) {
        var blocks = new NearestBlocks(matrix, format, Optional.empty());
        blocks.each((row, block) -> {
            blocks.span(row, block, 1, 1);
            blocks.made.round(row, block, blocks.weights);
        });
        return blocks.made;
    }

    /**
     * Grids with the least squared error.
     *
     * @param importance by group of rows, what an error of each of a row's weights counts; all the same where it is empty
     */
    static BlockWeight clipped(WeightMatrix matrix, BlockFormat format, Optional<double[][]> importance) {
        var blocks = new NearestBlocks(matrix, format, importance);
        blocks.each(blocks::search);
        return blocks.made;
    }

    private interface OfBlock {
        void accept(int row, int blockInRow);
    }

    private void each(OfBlock action) {
        for (int row = 0; row < made.rows(); row++) {
            for (int block = 0; block < made.blocks(); block++) {
                action.accept(row, block);
            }
        }
    }

    /** The grid between the ends of a block's weights, each drawn in by a factor. */
    private void span(int row, int block, double lowFactor, double highFactor) {
        double low = 0;
        double high = 0;
        for (int column = made.start(block); column < made.end(block); column++) {
            float weight = weights[row * made.columns() + column];
            low = Math.min(low, weight);
            high = Math.max(high, weight);
        }
        int at = row * made.blocks() + block;
        BlockFormat format = made.format();
        if (format.symmetric()) {
            double extreme = high > -low ? high : low;
            made.grid(at, (float) (lowFactor * extreme / -format.middle()), format.middle());
        } else {
            float scale = (float) ((high * highFactor - low * lowFactor) / format.top());
            made.grid(at, scale, zero(-low * lowFactor / scale));
        }
    }

    private int zero(double value) {
        return Double.isFinite(value)
                ? Math.clamp(Math.round(value), 0, made.format().top())
                : 0;
    }

    private void search(int row, int block) {
        int at = row * made.blocks() + block;
        double best = Double.POSITIVE_INFINITY;
        float bestScale = 1;
        int bestZero = made.format().middle();
        for (int low = 0; low <= STEPS; low++) {
            double lowFactor = 1 - (1 - INNERMOST) * low / STEPS;
            if (made.format().symmetric()) {
                // the other sign leaves one code less on the longer side, and one more on the shorter
                for (double factor : new double[] {
                    lowFactor,
                    -lowFactor,
                    -lowFactor * made.format().middle() / (made.format().middle() - 1)
                }) {
                    span(row, block, factor, factor);
                    double error = error(row, block, best);
                    if (error < best) {
                        best = error;
                        bestScale = made.scale(at);
                    }
                }
            } else {
                for (int high = 0; high <= STEPS; high += 2) {
                    span(row, block, lowFactor, 1 - (1 - INNERMOST) * high / STEPS);
                    double error = error(row, block, best);
                    if (error < best) {
                        best = error;
                        bestScale = made.scale(at);
                        bestZero = made.zero(at);
                    }
                }
            }
        }
        made.grid(at, bestScale, bestZero);
        for (int i = 0; i < REFINEMENTS; i++) {
            made.round(row, block, weights);
            made.grid(at, fittedScale(row, block), bestZero);
            double error = error(row, block, best);
            if (error >= best) {
                break;
            }
            best = error;
            bestScale = made.scale(at);
        }
        made.grid(at, bestScale, bestZero);
        made.round(row, block, weights);
    }

    /** The scale with the least error for the codes as they are. */
    private float fittedScale(int row, int block) {
        double product = 0;
        double square = 0;
        int zero = made.zero(row * made.blocks() + block);
        for (int column = made.start(block); column < made.end(block); column++) {
            double counts = importance(row, column);
            int steps = made.code(row, column) - zero;
            product += counts * steps * weights[row * made.columns() + column];
            square += counts * steps * steps;
        }
        return (float) (product / square);
    }

    /** Squared error of the nearest codes; may stop where it is above {@code enough}. */
    private double error(int row, int block, double enough) {
        int at = row * made.blocks() + block;
        double error = 0;
        for (int column = made.start(block); column < made.end(block) && error < enough; column++) {
            double weight = weights[row * made.columns() + column];
            double off = weight - made.valueOf(at, made.nearest(at, weight));
            error += importance(row, column) * off * off;
        }
        return error;
    }

    private double importance(int row, int column) {
        return importance.isPresent() ? importance.get()[row / rowsPerGroup][column] : 1;
    }
}
