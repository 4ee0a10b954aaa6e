package dev.skerry.model;

/** How a value of four dimensions lies: as the TensorFlow Lite file declares it, or with channels before height and width. */
enum TfliteLayout {
    /** Batch, height, width, channels where the value is an image; any value as it is. */
    DECLARED,
    /** Batch, channels, height, width, as ONNX's spatial operators want it; of values of rank 4 only. */
    CHANNELS_FIRST;

    private static final int[] TO_CHANNELS_FIRST = {0, 3, 1, 2};
    private static final int[] TO_DECLARED = {0, 2, 3, 1};

    /** Where {@code axis} of the declared layout lies in this one. */
    int axis(int axis) {
        return switch (this) {
            case DECLARED -> axis;
            case CHANNELS_FIRST -> TO_DECLARED[axis];
        };
    }

    /** What stands per axis of the declared layout, in this one's order. */
    long[] ordered(long[] perAxis) {
        return switch (this) {
            case DECLARED -> perAxis;
            case CHANNELS_FIRST -> permuted(perAxis, TO_CHANNELS_FIRST);
        };
    }

    /** The permutation of ONNX's Transpose that leads to this layout from the other. */
    int[] permutation() {
        return switch (this) {
            case DECLARED -> TO_DECLARED;
            case CHANNELS_FIRST -> TO_CHANNELS_FIRST;
        };
    }

    static long[] permuted(long[] values, int[] permutation) {
        long[] result = new long[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[permutation[i]];
        }
        return result;
    }

    /** Whether both layouts hold the same elements in the same order. */
    static boolean sameOrder(long[] dims) {
        return dims.length != 4 || dims[1] == 1 && dims[2] == 1 || dims[3] == 1;
    }
}
