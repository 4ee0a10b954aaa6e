package dev.skerry.compress;

/** Types of activations and weights of an INT8 model. Which is fast, and which saturates, depends on the instruction set. */
public enum ActivationScheme {
    /** UINT8 activations, INT8 weights: the fast one on x86 with VNNI. */
    U8S8,
    /** UINT8 activations, INT8 weights of 7 bits: for x86 without VNNI, whose 16-bit sums saturate otherwise. */
    U8S8_REDUCED,
    /** INT8 activations and weights: for Arm. */
    S8S8,
    /** UINT8 activations and weights. */
    U8U8
}
