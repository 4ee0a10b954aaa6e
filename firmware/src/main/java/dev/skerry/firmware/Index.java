package dev.skerry.firmware;

/** Indices into row-major tensors, as they are written in C. */
final class Index {
    private Index() {}

    /**
     * {@code ((a * size1) + b) * size2 + c}.
     *
     * @param sizes of all axes; the first doesn't matter
     * @param at the place along each axis; sums are put in parentheses
     */
    static String of(long[] sizes, String... at) {
        String index = "";
        for (int axis = 0; axis < at.length; axis++) {
            boolean isNothing = at[axis].equals("0") || axis > 0 && sizes[axis] == 1;
            if (!index.isEmpty() && sizes[axis] != 1) {
                index = (index.contains(" ") ? "(" + index + ")" : index) + " * " + sizes[axis];
            }
            if (!isNothing) {
                index = index.isEmpty() ? at[axis] : index + " + " + at[axis];
            }
        }
        return index.isEmpty() ? "0" : index;
    }

    /** The same at places that have a letter or name in common, and the number of their axis behind it. */
    static String of(String name, long... sizes) {
        String[] at = new String[sizes.length];
        for (int axis = 0; axis < at.length; axis++) {
            at[axis] = name + axis;
        }
        return of(sizes, at);
    }
}
