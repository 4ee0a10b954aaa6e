package dev.skerry.measure;

import java.util.Locale;

/** Times as people read them: three significant digits, in the unit that needs no leading zeros. */
public final class TimeText {
    private TimeText() {}

    /** A duration given in microseconds. */
    public static String micros(double micros) {
        if (micros < 999.5) {
            return significant(micros) + " µs";
        }
        return micros < 999_500 ? significant(micros / 1e3) + " ms" : significant(micros / 1e6) + " s";
    }

    private static String significant(double value) {
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
