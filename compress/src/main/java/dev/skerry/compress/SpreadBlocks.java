package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;

/** Codes, zeros and scales as [outer, blocks, within a block, inner], so that scales spread by broadcasting. */
record SpreadBlocks(BlockWeight weight, SummedAxis axis) {
    boolean isPadded() {
        return weight.columns() != weight.blocks() * width();
    }

    /** Weights of a block: no more than there are. */
    private int width() {
        return Math.min(weight.columns(), weight.format().block());
    }

    private DataType type() {
        return new PackedBlocks(weight).type();
    }

    Tensor codes(String name) {
        int shift = weight.format().symmetric() ? weight.format().middle() : 0;
        return plane(name, width(), (row, block, within) -> {
            int column = block * width() + within;
            int at = row * weight.blocks() + block;
            return (column < weight.columns() ? weight.code(row, column) : weight.zero(at)) - shift;
        });
    }

    Tensor zeros(String name) {
        return plane(name, 1, (row, block, _) -> weight.zero(row * weight.blocks() + block));
    }

    Tensor scales(String name) {
        float[] scales = new float[weight.rows() * weight.blocks()];
        each(1, (index, row, block, _) -> scales[index] = weight.scale(row * weight.blocks() + block));
        return Tensor.ofFloats(name, dims(1), scales);
    }

    private Tensor plane(String name, int width, OfPlace content) {
        int bits = weight.format().bits();
        byte[] packed = new byte[(int) type().bytes((long) weight.rows() * weight.blocks() * width)];
        each(width, (index, row, block, within) -> {
            int code = content.at(row, block, within);
            if (bits == 8) {
                packed[index] = (byte) code;
            } else {
                packed[index / 2] |= (byte) ((code & 0xf) << index % 2 * 4);
            }
        });
        return Tensor.ofBytes(name, type(), dims(width), packed);
    }

    private long[] dims(int width) {
        return new long[] {axis.outer(), weight.blocks(), width, axis.inner()};
    }

    private void each(int width, Place place) {
        int index = 0;
        for (int outer = 0; outer < axis.outer(); outer++) {
            for (int block = 0; block < weight.blocks(); block++) {
                for (int within = 0; within < width; within++) {
                    for (int inner = 0; inner < axis.inner(); inner++) {
                        place.at(index++, outer * axis.inner() + inner, block, within);
                    }
                }
            }
        }
    }

    private interface OfPlace {
        int at(int row, int block, int within);
    }

    private interface Place {
        void at(int index, int row, int block, int within);
    }
}
