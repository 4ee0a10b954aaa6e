package dev.skerry.compress;

/** How weights in blocks stand in the file. */
enum BlockForm {
    /**
     * Operators of ONNX Runtime that read blocks as they are: {@code com.microsoft.MatMulNBits} for matrix products, and
     * {@code GatherBlockQuantized} for tables.
     */
    MATMUL_NBITS,
    /** {@code DequantizeLinear} with a block size, of operator set 21: for every runtime, and for convolutions too. */
    DEQUANTIZE,
    /** Made float when the model is loaded: for all weights, at the float model's speed and memory. */
    STORED,
    /** {@link #MATMUL_NBITS} where it can be, and {@link #STORED} for all else. */
    EVERYWHERE
}
