package dev.skerry.measure;

/** Small whole numbers from a generator that is written in a line in any language, so that others can compute the same cases. */
final class Lcg {
    private long state = 12_345;

    /** Below {@code bound}. */
    int next(int bound) {
        state = (state * 1_103_515_245 + 12_345) % (1L << 31);
        return (int) ((state >> 8) % bound);
    }
}
