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
    /** Whether each place of the output sees some of the input, where the kernel isn't dilated. */
    boolean alwaysMeets(Buffer in, Buffer out) {
        return top < height
                && left < width
                && (out.height() - 1) * strideHeight - top < in.height()
                && (out.width() - 1) * strideWidth - left < in.width();
    }

    /** Over an input whose rows are columns. */
    @SuppressWarnings("ArgumentSelectionDefectChecker") // exchanged, as the name says
    Window turned() {
        return new Window(width, height, strideWidth, strideHeight, dilationWidth, dilationHeight, left, top);
    }
}
