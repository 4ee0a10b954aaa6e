package dev.skerry.firmware;

/** Arithmetic on dimensions of row-major tensors. */
final class Sizes {
    private Sizes() {}

    static long product(long... sizes) {
        return product(sizes, 0, sizes.length);
    }

    /** Of the sizes from one axis to before another. */
    static long product(long[] sizes, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product = Math.multiplyExact(product, sizes[i]);
        }
        return product;
    }

    /** How far apart neighbours along each axis lie. */
    static long[] strides(long[] sizes) {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
        return strides;
    }

    /** The strides of a tensor that is read as if it had the dimensions {@code to}: 0 where it is repeated. */
    static long[] broadcast(long[] sizes, long[] to) {
        long[] own = strides(sizes);
        long[] strides = new long[to.length];
        int ahead = to.length - sizes.length;
        for (int axis = 0; axis < sizes.length; axis++) {
            strides[ahead + axis] = sizes[axis] == 1 ? 0 : own[axis];
        }
        return strides;
    }

    /** {@code axis}, counted from the end where it is negative. */
    static int axis(long axis, int rank) {
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }
}
