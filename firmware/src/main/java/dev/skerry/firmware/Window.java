package dev.skerry.firmware;

/**
 * How a convolution or a pool goes over its input: kernel, steps and the padding before the first row and column.
 */
record Window(
        int height,
        int width,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left) {}
