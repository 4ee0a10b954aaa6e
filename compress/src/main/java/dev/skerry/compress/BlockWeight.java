package dev.skerry.compress;

/**
 * A matrix of weights in blocks, one row per output: weight = scale × (code − zero). Fits fill in scales and zeros of blocks and
 * choose codes.
 */
final class BlockWeight {
    private final int rows;
    private final int columns;
    private final BlockFormat format;
    private final byte[] codes;
    private final float[] scales;
    private final byte[] zeros;

    BlockWeight(int rows, int columns, BlockFormat format) {
        this.rows = rows;
        this.columns = columns;
        this.format = format;
        codes = new byte[rows * columns];
        int blocks = rows * format.blocks(columns);
        scales = new float[blocks];
        zeros = new byte[blocks];
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    BlockFormat format() {
        return format;
    }

    /** Blocks of a row. */
    int blocks() {
        return format.blocks(columns);
    }

    /** Where the scale and zero of a weight are found. */
    int blockOf(int row, int column) {
        return row * blocks() + column / format.block();
    }

    int code(int row, int column) {
        return codes[row * columns + column] & 0xff;
    }

    void code(int row, int column, int code) {
        codes[row * columns + column] = (byte) code;
    }

    float scale(int block) {
        return scales[block];
    }

    int zero(int block) {
        return zeros[block] & 0xff;
    }

    /** Sets a block's grid; a scale that no kernel could divide by becomes 1. */
    void grid(int block, float scale, int zero) {
        scales[block] = Math.abs(scale) >= Float.MIN_NORMAL && Float.isFinite(scale) ? scale : 1;
        zeros[block] = (byte) zero;
    }

    /** The code nearest to a value on the grid of a block. */
    int nearest(int block, double value) {
        return Math.clamp((long) Math.rint(value / scales[block]) + zero(block), 0, format.top());
    }

    /** What a code stands for on the grid of a block. */
    float valueOf(int block, int code) {
        return scales[block] * (code - zero(block));
    }

    float value(int row, int column) {
        return valueOf(blockOf(row, column), code(row, column));
    }

    /** Takes for each weight of a block, row-major, the nearest code. */
    void round(int row, int blockInRow, float[] weights) {
        int block = row * blocks() + blockInRow;
        for (int column = start(blockInRow); column < end(blockInRow); column++) {
            code(row, column, nearest(block, weights[row * columns + column]));
        }
    }

    int start(int blockInRow) {
        return blockInRow * format.block();
    }

    int end(int blockInRow) {
        return Math.min(columns, start(blockInRow + 1));
    }

    /** The weights that the codes stand for, row-major. */
    float[] dequantized() {
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[row * columns + column] = value(row, column);
            }
        }
        return values;
    }
}
