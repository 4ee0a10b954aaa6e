package dev.skerry.firmware;

/**
 * The arithmetic of TensorFlow Lite's integer kernels, which the generated C repeats. Numbers with n integer bits stand for
 * {@code raw × 2^(n − 31)}.
 *
 * @see <a href="https://github.com/google/gemmlowp/blob/master/fixedpoint/fixedpoint.h">gemmlowp, fixedpoint.h</a>, which
 *     defines the roundings, the exponential and the reciprocal
 */
final class FixedPoint {
    /** e^(−2^k) for k from −2 on, with no integer bits. */
    private static final int[] POWERS = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};

    private static final int FIRST_POWER = -2;

    private FixedPoint() {}

    /** The high half of twice the product, to nearest; ties go upwards, since the division cuts what is left. */
    static int highProduct(int a, int b) {
        if (a == Integer.MIN_VALUE && b == Integer.MIN_VALUE) {
            return Integer.MAX_VALUE;
        }
        long product = (long) a * b;
        long nudge = product >= 0 ? 1L << 30 : 1 - (1L << 30);
        return (int) ((product + nudge) / (1L << 31));
    }

    /** Divided by a power of two, to nearest, ties away from zero. */
    static int shiftRight(int x, int bits) {
        int mask = (int) ((1L << bits) - 1);
        int remainder = x & mask;
        int threshold = (mask >> 1) + (x < 0 ? 1 : 0);
        return (x >> bits) + (remainder > threshold ? 1 : 0);
    }

    /** Times {@code multiplier × 2^(shift − 31)}; a shift to the left goes as far as 32 bits do, so that larger numbers never give less. */
    static int scale(int x, int multiplier, int shift) {
        int high = highProduct(saturated((long) x << Math.max(shift, 0)), multiplier);
        return shiftRight(high, Math.max(-shift, 0));
    }

    /** e^x of a negative number with five integer bits, as a number with none. */
    static int exponential(int x) {
        if (x == 0) {
            return Integer.MAX_VALUE;
        }
        int quarter = 1 << 24;
        int part = (x & (quarter - 1)) - quarter;
        int result = exponentialOfQuarter(part << 5);
        int rest = part - x;
        for (int i = 0; i < POWERS.length; i++) {
            if ((rest & (1 << (26 + FIRST_POWER + i))) != 0) {
                result = highProduct(result, POWERS[i]);
            }
        }
        return result;
    }

    /** e^x between −1/4 and 0, by its Taylor series around −1/8. */
    private static int exponentialOfQuarter(int a) {
        int middle = 1895147668;
        int third = 715827883;
        int x = a + (1 << 28);
        int x2 = highProduct(x, x);
        int x3 = highProduct(x2, x);
        int x4 = highProduct(x2, x2);
        int tail = shiftRight(highProduct(shiftRight(x4, 2) + x3, third) + x2, 1);
        return middle + highProduct(middle, x + tail);
    }

    /** 1 / (1 + x) of a number between 0 and 1 without integer bits, by Newton's method. */
    static int reciprocalOfOnePlus(int a) {
        long sum = (long) a + Integer.MAX_VALUE;
        int half = (int) ((sum + (sum >= 0 ? 1 : -1)) / 2);
        int x = 1515870810 + highProduct(half, -1010580540);
        for (int i = 0; i < 3; i++) {
            int rest = (1 << 29) - highProduct(half, x);
            x += saturated((long) highProduct(x, rest) << 2);
        }
        return saturated((long) x << 1);
    }

    private static int saturated(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
