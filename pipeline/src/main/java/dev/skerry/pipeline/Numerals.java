package dev.skerry.pipeline;

/** Small whole numbers as texts that exist already, for classes without names. */
final class Numerals {
    private static final String[] KNOWN = new String[4096];

    static {
        for (int i = 0; i < KNOWN.length; i++) {
            KNOWN[i] = Integer.toString(i);
        }
    }

    private Numerals() {}

    /** {@code number} as text; allocates from 4,096 on. */
    static String of(int number) {
        return number >= 0 && number < KNOWN.length ? KNOWN[number] : Integer.toString(number);
    }
}
