package dev.skerry.compress;

/** How many weights share a scale. */
public enum Granularity {
    /** Each output channel has its own. */
    CHANNEL,
    /** One for all weights of a layer, as some accelerators want it; a few bytes smaller, and at the mercy of the largest channel. */
    TENSOR
}
