package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.runtime.Device;

/** Types of activations and weights of an INT8 model. Which is fast, and which saturates, depends on the instruction set. */
public enum ActivationScheme {
    /** UINT8 activations, INT8 weights: the fast one on x86 with VNNI. */
    U8S8,
    /** UINT8 activations, INT8 weights of 7 bits: for x86 without VNNI, whose 16-bit sums saturate otherwise. */
    U8S8_REDUCED,
    /** INT8 activations and weights: for Arm. */
    S8S8,
    /** UINT8 activations and weights. */
    U8U8,
    /**
     * As microcontroller kernels and TensorFlow Lite files want it: INT8 activations and weights, one weight scale for a dense
     * layer, 1/256 and −128 for what ends in Softmax or Sigmoid, one scale for all that a concatenation or pool reads and makes.
     */
    TFLITE;

    /**
     * Whether kernels of this machine compute something else than the model says: 16-bit sums of two products of eight bits each
     * saturate on x86 without VNNI. ONNX Runtime turns signed activations into unsigned ones there, so S8S8 is no way out.
     */
    boolean saturatesOn(Device device) {
        return device.saturatesInt8() && (this == U8S8 || this == S8S8 || this == TFLITE);
    }

    /** As options write it. */
    public String label() {
        return switch (this) {
            case U8S8 -> "u8s8";
            case U8S8_REDUCED -> "u8s7";
            case S8S8 -> "s8s8";
            case U8U8 -> "u8u8";
            case TFLITE -> "tflite";
        };
    }

    DataType activationType() {
        return this == S8S8 || this == TFLITE ? DataType.INT8 : DataType.UINT8;
    }

    DataType weightType() {
        return this == U8U8 ? DataType.UINT8 : DataType.INT8;
    }

    /** Zero point of weights, which are always symmetric around it. */
    int weightZero() {
        return this == U8U8 ? 128 : 0;
    }

    /** Largest distance of a weight from its zero point, in steps. */
    int weightSteps() {
        return this == U8S8_REDUCED ? 63 : 127;
    }
}
