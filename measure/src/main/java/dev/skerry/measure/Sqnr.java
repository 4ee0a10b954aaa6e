package dev.skerry.measure;

/**
 * Signal to quantization noise ratio: the power of a reference over the power of what differs from it. Adds up over any
 * number of tensors.
 */
public final class Sqnr {
    private double signal;
    private double noise;

    /** Of nothing yet. */
    public Sqnr() {}

    /** The ratio of one pair in decibel; see {@link #decibel()}. */
    public static double decibel(float[] reference, float[] other) {
        var ratio = new Sqnr();
        ratio.add(reference, other);
        return ratio.decibel();
    }

    public void add(float[] reference, float[] other) {
        if (reference.length != other.length) {
            throw new IllegalArgumentException(reference.length + " values against " + other.length);
        }
        for (int i = 0; i < reference.length; i++) {
            add(reference[i], other[i]);
        }
    }

    public void add(double reference, double other) {
        double difference = reference - other;
        signal += reference * reference;
        noise += difference * difference;
    }

    /**
     * 10 log₁₀(signal ÷ noise). Positive infinity where nothing differs, negative infinity where the reference is all zero and
     * the other is not, NaN where a value is.
     */
    public double decibel() {
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }
}
