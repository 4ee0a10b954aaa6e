package dev.skerry.compress;

/**
 * How a static INT8 model is laid out, beside its {@link ActivationScheme}.
 *
 * @param granularity how many weights share a scale
 * @param symmetric zero in the middle of the range of activations, as accelerators without zero points want it
 * @param operators whether layers are written as operators on integers (QOperator) instead of QDQ
 * @param integerOnly whether nothing is real: inputs, outputs and all between them are integers, as microcontrollers without a
 *     floating-point unit want it. TensorFlow calls it full integer quantization
 */
public record Int8Layout(Granularity granularity, boolean symmetric, boolean operators, boolean integerOnly) {
    /** A scale for each output channel, zero points anywhere, QDQ, floats where they pay. */
    public static final Int8Layout DEFAULT = new Int8Layout(Granularity.CHANNEL, false, false, false);

    /** The same without floats. */
    public Int8Layout onlyIntegers() {
        return new Int8Layout(granularity, symmetric, operators, true);
    }
}
