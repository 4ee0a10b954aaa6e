package dev.skerry.compress;

/**
 * One way of making a model smaller, or easier to make smaller. Pure: the same model and the same samples give the same model,
 * byte for byte. Values of the model keep their names, so that what a layer makes can be compared before and after, or where
 * {@link #keepsOutputs} says so, from then on.
 */
sealed interface Technique
        permits StaticInt8,
                OperatorForm,
                DynamicInt8,
                Int4,
                Int8Blocks,
                RecurrentInt8,
                WeightInt8,
                Half,
                Winograd,
                Sparsify,
                Narrow,
                Equalize,
                SmoothQuant,
                BiasCorrection {
    /** Its part of a variant's name: {@code int8-all-entropy}. */
    String label();

    /** Whether it leaves the model float and its outputs as they are, and gives values inside another scale. */
    default boolean keepsOutputs() {
        return false;
    }

    Rewritten apply(Studied studied);
}
