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
        int left) {
    /** Over an input whose rows are columns. */
    @SuppressWarnings("ArgumentSelectionDefectChecker") // exchanged, as the name says
    Window turned() {
        return new Window(width, height, strideWidth, strideHeight, dilationWidth, dilationHeight, left, top);
    }
}
