package dev.skerry.firmware;

import java.util.Arrays;

/**
 * From a sum of products to stored bytes: times a factor of each channel, plus the zero point, within limits. A factor is
 * {@code multiplier × 2^(shift − 31)}; products are rounded twice, as in TensorFlow Lite: to nearest with
 * ties upwards, then to nearest with ties away from zero.
 *
 * @param multipliers one for all channels, or one each
 * @param shifts as many
 */
@SuppressWarnings("ArrayRecordComponent") // the numbers of a layer, compared nowhere
record Rescale(int[] multipliers, int[] shifts, int zero, int least, int most) {
    /** The same with factors of all channels in fours. */
    Rescale inFours() {
        int channels = Math.ceilDiv(multipliers.length, 4) * 4;
        return multipliers.length == 1
                ? this
                : new Rescale(Arrays.copyOf(multipliers, channels), Arrays.copyOf(shifts, channels), zero, least, most);
    }

    byte of(int sum, int channel) {
        int index = multipliers.length == 1 ? 0 : channel;
        return clamp(FixedPoint.scale(sum, multipliers[index], shifts[index]) + zero);
    }

    byte clamp(int value) {
        return (byte) Math.clamp(value, least, most);
    }
}
