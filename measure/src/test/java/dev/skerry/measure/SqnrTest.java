package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SqnrTest {
    @Test
    void isTwentyDecibelForATenthOfTheAmplitude() {
        assertThat(Sqnr.decibel(new float[] {10, -10}, new float[] {11, -11})).isCloseTo(20, within(1e-12));
    }

    /** A uniform quantizer of b bits on a full-scale uniform signal gives 6.02 b dB (Bennett 1948). */
    @Test
    void givesSixDecibelPerBit() {
        for (int bits : new int[] {4, 8, 12}) {
            var random = new java.util.SplittableRandom(10);
            var ratio = new Sqnr();
            double step = 2.0 / (1 << bits);
            for (int i = 0; i < 200_000; i++) {
                double value = random.nextDouble(-1, 1);
                ratio.add(value, (Math.floor(value / step) + 0.5) * step);
            }
            assertThat(ratio.decibel()).isCloseTo(20 * bits * Math.log10(2), within(0.05));
        }
    }

    @Test
    void namesTheEnds() {
        assertThat(Sqnr.decibel(new float[] {1}, new float[] {1})).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(Sqnr.decibel(new float[] {0}, new float[] {1})).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Sqnr.decibel(new float[] {Float.NaN}, new float[] {1})).isNaN();
    }
}
