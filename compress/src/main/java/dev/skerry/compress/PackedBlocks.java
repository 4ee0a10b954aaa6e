package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;

/** The tensors that blocks of weights are written as. Codes of four bits lie two in a byte, the lower half first. */
final class PackedBlocks {
    private final BlockWeight weight;
    private final BlockFormat format;

    PackedBlocks(BlockWeight weight) {
        this.weight = weight;
        format = weight.format();
    }

    /**
     * Codes as {@code MatMulNBits} reads them: [rows, blocks, bytes of a block], the last block filled up with zeros.
     *
     * @see <a href="https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits">MatMulNBits</a>
     */
    Tensor byRow(String name) {
        int bytes = format.block() * format.bits() / 8;
        byte[] packed = new byte[weight.rows() * weight.blocks() * bytes];
        for (int row = 0; row < weight.rows(); row++) {
            for (int column = 0; column < weight.blocks() * format.block(); column++) {
                int code =
                        column < weight.columns() ? weight.code(row, column) : weight.zero(weight.blockOf(row, column));
                put(packed, (row * weight.blocks() * format.block()) + column, code);
            }
        }
        return Tensor.ofBytes(name, DataType.UINT8, new long[] {weight.rows(), weight.blocks(), bytes}, packed);
    }

    /** Codes of {@code GatherBlockQuantized}: [rows, bytes of a row], without the rest of a short last block. */
    Tensor table(String name) {
        int bytes = weight.columns() * format.bits() / 8;
        byte[] packed = new byte[weight.rows() * bytes];
        for (int row = 0; row < weight.rows(); row++) {
            for (int column = 0; column < weight.columns(); column++) {
                put(packed, row * weight.columns() + column, weight.code(row, column));
            }
        }
        return Tensor.ofBytes(name, DataType.UINT8, new long[] {weight.rows(), bytes}, packed);
    }

    /** Zero points of {@code MatMulNBits}: [rows, bytes], each row from a byte of its own. */
    Tensor zerosByRow(String name) {
        int bytes = Math.ceilDiv(weight.blocks() * format.bits(), 8);
        byte[] packed = new byte[weight.rows() * bytes];
        for (int row = 0; row < weight.rows(); row++) {
            for (int block = 0; block < weight.blocks(); block++) {
                put(packed, row * bytes * 8 / format.bits() + block, weight.zero(row * weight.blocks() + block));
            }
        }
        return Tensor.ofBytes(name, DataType.UINT8, new long[] {weight.rows(), bytes}, packed);
    }

    /** Scales, [rows, blocks]. */
    Tensor scalesByRow(String name) {
        float[] scales = new float[weight.rows() * weight.blocks()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = weight.scale(i);
        }
        return Tensor.ofFloats(name, new long[] {weight.rows(), weight.blocks()}, scales);
    }

    /** The type of codes in {@code DequantizeLinear}: signed where zero is in the middle, and needs no zero point then. */
    DataType type() {
        return format.bits() == 4
                ? format.symmetric() ? DataType.INT4 : DataType.UINT4
                : format.symmetric() ? DataType.INT8 : DataType.UINT8;
    }

    /** Codes for {@code DequantizeLinear}, [rows, columns] or turned. */
    Tensor codes(String name, boolean turned) {
        int shift = format.symmetric() ? format.middle() : 0;
        return plane(name, weight.columns(), turned, (row, column) -> weight.code(row, column) - shift);
    }

    /** Zero points for {@code DequantizeLinear}, [rows, blocks] or turned. */
    Tensor zeros(String name, boolean turned) {
        return plane(name, weight.blocks(), turned, (row, block) -> weight.zero(row * weight.blocks() + block));
    }

    /** Scales for {@code DequantizeLinear}, [rows, blocks] or turned. */
    Tensor scales(String name, boolean turned) {
        int rows = weight.rows();
        int blocks = weight.blocks();
        float[] scales = new float[rows * blocks];
        for (int row = 0; row < rows; row++) {
            for (int block = 0; block < blocks; block++) {
                scales[turned ? block * rows + row : row * blocks + block] = weight.scale(row * blocks + block);
            }
        }
        return Tensor.ofFloats(name, turned ? new long[] {blocks, rows} : new long[] {rows, blocks}, scales);
    }

    private interface OfPlace {
        int at(int row, int column);
    }

    private Tensor plane(String name, int width, boolean turned, OfPlace content) {
        int rows = weight.rows();
        byte[] packed = new byte[(int) type().bytes((long) rows * width)];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < width; column++) {
                put(packed, turned ? column * rows + row : row * width + column, content.at(row, column));
            }
        }
        return Tensor.ofBytes(name, type(), turned ? new long[] {width, rows} : new long[] {rows, width}, packed);
    }

    private void put(byte[] packed, int index, int code) {
        if (format.bits() == 8) {
            packed[index] = (byte) code;
        } else {
            packed[index / 2] |= (byte) ((code & 0xf) << index % 2 * 4);
        }
    }
}
