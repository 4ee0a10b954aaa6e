package dev.skerry.compress;

import dev.skerry.measure.Box;

/** What the four numbers of a box are. */
enum BoxOrder {
    /** Left, top, right, bottom. */
    CORNERS,
    /** Top, left, bottom, right, as TensorFlow has it. */
    CORNERS_YX,
    /** Centre x, centre y, width, height. */
    CENTERS;

    Box box(double a, double b, double c, double d) {
        return switch (this) {
            case CORNERS -> new Box(a, b, c, d);
            case CORNERS_YX -> new Box(b, a, d, c);
            case CENTERS -> new Box(a - c / 2, b - d / 2, a + c / 2, b + d / 2);
        };
    }
}
