package dev.skerry.measure;

/**
 * The random numbers of C++'s {@code std::mt19937}, and what libstdc++ (since GCC 11) makes of them: uniform integers, exponential waiting
 * times and shuffles. The standard fixes the generator but not the distributions, and LoadGen's queries follow from both. Not
 * thread-safe.
 *
 * @see <a href="https://doi.org/10.1145/272991.272995">Matsumoto and Nishimura, Mersenne Twister, ACM TOMACS 8 (1998)</a>
 * @see <a href="https://doi.org/10.1145/3230636">Lemire, Fast random integer generation in an interval, ACM TOMACS 29 (2019)</a>
 */
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final long LOW = 0xFFFF_FFFFL;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    /** @param seed of which the generator takes the low 32 bits */
    MersenneTwister(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1_812_433_253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next number, from 0 to 2³²−1. */
    long next() {
        if (next == SIZE) {
            twist();
        }
        int bits = state[next++];
        bits ^= bits >>> 11;
        bits ^= (bits << 7) & 0x9D2C_5680;
        bits ^= (bits << 15) & 0xEFC6_0000;
        bits ^= bits >>> 18;
        return bits & LOW;
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int pair = (state[i] & 0x8000_0000) | (state[(i + 1) % SIZE] & 0x7FFF_FFFF);
            state[i] = state[(i + SHIFT) % SIZE] ^ (pair >>> 1) ^ ((pair & 1) == 0 ? 0 : 0x9908_B0DF);
        }
        next = 0;
    }

    /**
     * As {@code std::uniform_int_distribution(0, count - 1)}.
     *
     * @param count from 1 to 2³²
     */
    long below(long count) {
        if (count == LOW + 1) {
            return next();
        }
        long product = next() * count;
        if ((product & LOW) < count) {
            long threshold = (-count & LOW) % count;
            while ((product & LOW) < threshold) {
                product = next() * count;
            }
        }
        return product >>> 32;
    }

    /** As {@code std::exponential_distribution(rate)}: seconds to the next of so many events a second. */
    double exponential(double rate) {
        // std::generate_canonical with 53 bits: two numbers, the low one first; their sum rounds once
        long low = next();
        double uniform = (next() * 0x1p32 + low) * 0x1p-64;
        if (uniform >= 1) {
            uniform = Math.nextDown(1.0);
        }
        return -StrictMath.log(1 - uniform) / rate;
    }

    /** As {@code std::shuffle}, which takes two swaps from one number while their product fits. */
    void shuffle(int[] values) {
        int count = values.length;
        if (count == 0) {
            return;
        }
        int i = 1;
        if (LOW / count >= count) {
            if (count % 2 == 0) {
                swap(values, i++, (int) below(2));
            }
            while (i < count) {
                long range = i + 1L;
                long both = below(range * (range + 1));
                swap(values, i++, (int) (both / (range + 1)));
                swap(values, i++, (int) (both % (range + 1)));
            }
            return;
        }
        for (; i < count; i++) {
            swap(values, i, (int) below(i + 1L));
        }
    }

    private static void swap(int[] values, int one, int other) {
        int kept = values[one];
        values[one] = values[other];
        values[other] = kept;
    }
}
