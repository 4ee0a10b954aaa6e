package dev.skerry.cli;

import dev.skerry.measure.TimeText;
import java.util.Locale;

/** Numbers as people read them, with three significant digits where more would be noise. */
final class Quantity {
    private Quantity() {}

    static String bytes(long bytes) {
        if (bytes < 10_000) {
            return "%,d B".formatted(bytes);
        }
        String[] units = {"kB", "MB", "GB", "TB"};
        double value = bytes / 1e3;
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1e3;
            unit++;
        }
        return significant(value) + " " + units[unit];
    }

    /** A duration given in microseconds. */
    static String micros(double micros) {
        return TimeText.micros(micros);
    }

    static String count(long count) {
        if (count < 100_000) {
            return String.format(Locale.ROOT, "%,d", count);
        }
        double value = count / 1e6;
        return value < 1000 ? significant(value) + " M" : significant(value / 1e3) + " G";
    }

    static String percent(double percent) {
        return String.format(Locale.ROOT, "%.2f %%", percent);
    }

    static String ratio(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    /** As many decimals as there are: {@code 99.9}, {@code 95}. */
    static String trimmed(double value) {
        return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
    }

    static String significant(double value) {
        double size = Math.abs(value);
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
