package dev.skerry.compress;

/** How weights become integers. */
enum Rounding {
    NEAREST,
    /** By what the layer reads, so that errors of weights make up for each other: {@link SecondOrderRounding}. */
    SECOND_ORDER
}
