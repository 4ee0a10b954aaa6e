package dev.skerry.model;

/** One element of a tensor as far as it is known before the run. */
sealed interface Entry {
    /** An integer or boolean; it may be the name of a dimension, or unknown. Unlike a size it may be negative. */
    record Whole(Dim value) implements Entry {}

    record Real(double value) implements Entry {}

    Entry UNKNOWN = new Whole(new Dim.Unknown());

    static Entry of(long value) {
        return new Whole(Dim.of(value));
    }
}
