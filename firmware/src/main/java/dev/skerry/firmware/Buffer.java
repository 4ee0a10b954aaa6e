package dev.skerry.firmware;

/**
 * A tensor of INT8 that the code holds in its arena, channels last: [height, width, channels].
 *
 * @param name of the value in the model
 */
record Buffer(String name, int height, int width, int channels) {
    /** As many bytes, too. */
    int elements() {
        return Math.multiplyExact(Math.multiplyExact(height, width), channels);
    }

    String shape() {
        return height == 1 && width == 1 ? Integer.toString(channels) : height + "×" + width + "×" + channels;
    }
}
