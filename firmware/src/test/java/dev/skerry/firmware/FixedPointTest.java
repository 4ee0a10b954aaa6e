package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FixedPointTest {
    /** What kernels do in one addition and shift, and those for the DSP extension in one instruction, is gemmlowp's rounding. */
    @Test
    void theHighProductIsOneAdditionAndAShift() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            // every fourth a tie: the product an odd multiple of 2^30
            int a = i % 4 == 0 ? (random.nextInt() | 1) >> 2 << 1 | 1 : random.nextInt();
            int b = i % 4 == 0 ? 1 << 30 : random.nextInt();
            assertThat(FixedPoint.highProduct(a, b)).isEqualTo((int) (((long) a * b + (1L << 30)) >> 31));
        }
    }

    @ParameterizedTest
    @CsvSource({"3,1,2", "-3,1,-2", "5,1,3", "-5,1,-3", "6,2,2", "-6,2,-2", "5,2,1", "-5,2,-1", "7,0,7"})
    void shiftsGoToNearestAndTiesAwayFromZero(int x, int bits, int expected) {
        assertThat(FixedPoint.shiftRight(x, bits)).isEqualTo(expected);
        int folded = bits == 0 ? x : (x + (x >> 31) + (1 << (bits - 1))) >> bits;
        assertThat(folded).isEqualTo(expected);
    }

    /** Bounds of what a layer gives are taken from bounds of its sums. */
    @Test
    void largerSumsNeverGiveLess() {
        assertThat(FixedPoint.scale(1 << 29, 1 << 30, 3)).isEqualTo(1 << 30);
        assertThat(FixedPoint.scale(-1 << 29, 1 << 30, 3)).isEqualTo(-1 << 30);
    }
}
