package dev.skerry.compress;

/**
 * How a static INT8 model is laid out, beside its {@link ActivationScheme}.
 *
 * @param granularity how many weights share a scale
 * @param symmetric zero in the middle of the range of activations, as accelerators without zero points want it
 * @param operators whether layers are written as operators on integers (QOperator) instead of QDQ
 */
public record Int8Layout(Granularity granularity, boolean symmetric, boolean operators) {
    /** A scale for each output channel, zero points anywhere, QDQ. */
    public static final Int8Layout DEFAULT = new Int8Layout(Granularity.CHANNEL, false, false);
}
