package dev.skerry.compress;

/** How weights in blocks stand in the file. */
enum BlockForm {
    /** {@code com.microsoft.MatMulNBits}: an operator of ONNX Runtime, for matrix products. */
    MATMUL_NBITS,
    /** {@code DequantizeLinear} with a block size, of operator set 21: for every runtime, and for convolutions too. */
    DEQUANTIZE
}
