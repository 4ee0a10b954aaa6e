package dev.skerry.compress;

/**
 * How weights are stored in blocks: along what one output sums over, each {@code block} of them share a scale, and a zero point
 * where the blocks aren't symmetric.
 *
 * @param bits of a weight: 4 or 8
 */
record BlockFormat(int bits, int block, boolean symmetric) {
    /** The smallest block that kernels take; they take powers of two. */
    static final int LEAST = 16;

    BlockFormat {
        if (bits != 4 && bits != 8 || block < 1) {
            throw new IllegalArgumentException(bits + " bits in blocks of " + block);
        }
    }

    /** As many blocks to a row, of equal length as far as can be: for weights that no kernel reads as blocks. */
    BlockFormat spread(int columns) {
        return new BlockFormat(bits, Math.ceilDiv(columns, blocks(columns)), symmetric);
    }

    /** The largest code; codes start at 0. */
    int top() {
        return (1 << bits) - 1;
    }

    /** The code of zero in symmetric blocks. */
    int middle() {
        return 1 << bits - 1;
    }

    /** Blocks that a row of so many weights takes; the last may be shorter. */
    int blocks(int columns) {
        return Math.ceilDiv(columns, block);
    }

    /** What so many rows take, scales and zero points included, in bytes. */
    long bytes(int rows, int columns) {
        long scales = (long) rows * blocks(columns);
        return (long) rows * blocks(columns) * block * bits / 8 + 4 * scales + (symmetric ? 0 : scales * bits / 8);
    }

    /** Its part of a variant's name. */
    String label() {
        return "b" + block + (symmetric ? "" : "-asym");
    }
}
