package dev.skerry.runner;

import java.util.Arrays;

/** Some releases in ascending order. A value: adding one makes another. */
final class Releases {
    static final Releases NONE = new Releases(new long[0]);
    private final long[] numbers;

    private Releases(long[] numbers) {
        this.numbers = numbers;
    }

    /** With one more at the end, of the last {@code most}. */
    Releases with(long release, int most) {
        int kept = Math.min(numbers.length, most - 1);
        long[] more = new long[kept + 1];
        System.arraycopy(numbers, numbers.length - kept, more, 0, kept);
        more[kept] = release;
        // two threads may answer neighbouring releases in the other order
        for (int i = kept; i > 0 && more[i] < more[i - 1]; i--) {
            long swapped = more[i];
            more[i] = more[i - 1];
            more[i - 1] = swapped;
        }
        return new Releases(more);
    }

    /** How many are not before this one. */
    int since(long first) {
        int count = 0;
        for (int i = numbers.length - 1; i >= 0 && numbers[i] >= first; i--) {
            count++;
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Releases releases && Arrays.equals(numbers, releases.numbers);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(numbers);
    }

    @Override
    public String toString() {
        return Arrays.toString(numbers);
    }
}
