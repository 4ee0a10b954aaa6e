package dev.skerry.firmware;

import java.util.Arrays;

/**
 * A kernel that slides over the last axes of a tensor. In C, {@code o0, o1, …} are the places of the output, {@code k0, k1, …}
 * those in the kernel, and {@code p0, p1, …} those of the input that they fall on.
 *
 * @param before the padding before the first place of each axis
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record Sliding(long[] in, long[] out, long[] kernel, long[] strides, long[] dilations, long[] before, long[] after) {
    static Sliding of(Call call, long[] in, long[] out, long[] kernel) {
        int axes = kernel.length;
        long[] ones = new long[axes];
        Arrays.fill(ones, 1);
        long[] strides = call.attribute("strides", ones);
        long[] dilations = call.attribute("dilations", ones);
        String padding = call.attribute("auto_pad", "NOTSET");
        long[] given = call.attribute("pads", new long[2 * axes]);
        long[] before = new long[axes];
        long[] after = new long[axes];
        for (int axis = 0; axis < axes; axis++) {
            long span = (kernel[axis] - 1) * dilations[axis] + 1;
            long needed = Math.max(0, (out[axis] - 1) * strides[axis] + span - in[axis]);
            boolean isSame = padding.startsWith("SAME");
            boolean isNone = padding.equals("VALID");
            long first = padding.equals("SAME_LOWER") ? Math.ceilDiv(needed, 2) : needed / 2;
            before[axis] = isSame ? first : isNone ? 0 : given[axis];
            after[axis] = isSame ? needed - first : isNone ? 0 : given[axis + axes];
        }
        return new Sliding(in, out, kernel, strides, dilations, before, after);
    }

    int axes() {
        return kernel.length;
    }

    long area() {
        return Sizes.product(kernel);
    }

    /** Loops over the places of the output. */
    void places(Body body, Runnable inner) {
        loops(body, 0, inner);
    }

    private void loops(Body body, int axis, Runnable inner) {
        if (axis == axes()) {
            inner.run();
        } else {
            body.loop("o" + axis, out[axis], () -> loops(body, axis + 1, inner));
        }
    }

    /** Loops over the kernel, of which only what falls inside of the input is gone through. */
    void kernel(Body body, Runnable inner) {
        kernel(body, 0, inner);
    }

    private void kernel(Body body, int axis, Runnable inner) {
        if (axis == axes()) {
            inner.run();
            return;
        }
        body.each("k" + axis, kernel[axis], _ -> {
            if (in[axis] > 1 || leaves(axis)) {
                body.line("int32_t p%d = %s;".formatted(axis, from(axis)));
            }
            if (leaves(axis)) {
                String p = "p" + axis;
                if (kernel[axis] == 1) {
                    body.when("%s >= 0 && %s < %d".formatted(p, p, in[axis]), () -> kernel(body, axis + 1, inner));
                    return;
                }
                body.when("%s < 0 || %s >= %d".formatted(p, p, in[axis]), () -> body.line("continue;"));
            }
            kernel(body, axis + 1, inner);
        });
    }

    private String from(int axis) {
        String from = "o" + axis + (strides[axis] == 1 ? "" : " * " + strides[axis]);
        if (kernel[axis] > 1) {
            from += " + k" + axis + (dilations[axis] == 1 ? "" : " * " + dilations[axis]);
        }
        return before[axis] == 0 ? from : from + " - " + before[axis];
    }

    private boolean leaves(int axis) {
        long last = (out[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] - before[axis];
        return before[axis] > 0 || last >= in[axis];
    }

    /** Names of places: those given, and one for each axis. */
    String[] at(String letter, String... ahead) {
        String[] at = Arrays.copyOf(ahead, ahead.length + axes());
        for (int axis = 0; axis < axes(); axis++) {
            at[ahead.length + axis] = letter + axis;
        }
        return at;
    }

    /** Sizes: those given, and then {@code last}. */
    static long[] sizes(long[] last, long... ahead) {
        long[] sizes = Arrays.copyOf(ahead, ahead.length + last.length);
        System.arraycopy(last, 0, sizes, ahead.length, last.length);
        return sizes;
    }
}
