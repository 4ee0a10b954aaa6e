package dev.skerry.project;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Quantities as people write them: {@code 5ms}, {@code 10Hz}, {@code 300/min}, {@code 256MB}. */
public final class Units {
    private static final Pattern FORM = Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-zµ/]*)\\s*");

    private Units() {}

    /** A duration in nanoseconds, of {@code ns us µs ms s min}. */
    public static OptionalDouble nanos(String text) {
        return parse(text, unit -> switch (unit) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "min" -> 60e9;
            default -> Double.NaN;
        });
    }

    /** A rate in hertz, of {@code Hz /s /min}. */
    public static OptionalDouble hertz(String text) {
        return parse(text, unit -> switch (unit) {
            case "Hz", "hz", "/s" -> 1;
            case "/min" -> 1 / 60.0;
            default -> Double.NaN;
        });
    }

    /** A size in bytes, of {@code B KB MB GB}, decimal, and {@code KiB MiB GiB}, binary. */
    public static OptionalDouble bytes(String text) {
        return parse(text, unit -> switch (unit.toLowerCase(Locale.ROOT)) {
            case "b", "" -> 1;
            case "kb" -> 1e3;
            case "mb" -> 1e6;
            case "gb" -> 1e9;
            case "kib" -> 1 << 10;
            case "mib" -> 1 << 20;
            case "gib" -> 1 << 30;
            default -> Double.NaN;
        });
    }

    private interface Scale {
        double of(String unit);
    }

    private static OptionalDouble parse(String text, Scale scale) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return OptionalDouble.empty();
        }
        double value = Double.parseDouble(matcher.group(1)) * scale.of(matcher.group(2));
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
