package dev.skerry.compress;

import dev.skerry.model.DataType;

/** Scale and zero point of an activation: real = scale × (integer − zero). */
record AffineScale(float scale, int zero) {
    /** The finest scale that covers the range, with zero exactly on an integer. */
    static AffineScale of(Range range, DataType type) {
        int lowest = type == DataType.INT8 ? -128 : 0;
        float scale = (float) (range.width() / 255);
        // an all-zero activation has no scale; a subnormal one would divide by zero in some kernels
        if (!(scale >= Float.MIN_NORMAL)) {
            scale = 1f / 255;
        }
        long zero = lowest + Math.round(-range.low() / scale);
        return new AffineScale(scale, Math.clamp(zero, lowest, lowest + 255));
    }

    int quantize(double value, DataType type) {
        int lowest = type == DataType.INT8 ? -128 : 0;
        return Math.clamp((long) Math.rint(value / scale) + zero, lowest, lowest + 255);
    }
}
