package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.measure.Interval;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why the chosen variant was chosen, in words: against the float model, and against the next best. */
final class ChoiceReason {
    /** Sizes and times closer than this are called equal. */
    private static final double EQUAL = 0.01;

    private ChoiceReason() {}

    static String of(CompressionReport report) {
        Variant chosen = report.chosenRow();
        if (chosen.status() == Status.REFERENCE) {
            return kept(report);
        }
        String slower = chosen.status() == Status.SLOWER ? ", so it is slower" : "";
        String against =
                chosen.name() + " has " + differences(chosen, report.floatRow(), "float's") + slower + accuracy(chosen);
        return against
                + next(report, chosen)
                        .map(other -> ". The next best, " + other.name() + ", has " + differences(other, chosen, "its")
                                + differenceOfDrops(other, chosen))
                        .orElse("")
                + ".";
    }

    private static String kept(CompressionReport report) {
        Budgets.Broken binding = report.binding();
        if (binding != null) {
            return "Nothing that was tried keeps to all limits; the nearest is " + binding.reason() + ".";
        }
        if (report.variants().size() == 1) {
            return "Only the float model was measured.";
        }
        Optional<Variant> slower = report.variants().stream()
                .filter(row -> row.status() == Status.SLOWER)
                .min(Comparator.comparingLong(ChoiceReason::bytes));
        if (slower.isPresent()) {
            return "The float model is kept: what is accurate enough isn't faster. The smallest of it, "
                    + slower.get().name() + ", has " + differences(slower.get(), report.floatRow(), "float's")
                    + accuracy(slower.get()) + ".";
        }
        return "The float model is kept: "
                + report.variants().stream()
                        .filter(row -> row.dropPercent() != null)
                        .min(Comparator.comparingDouble(row -> orZero(row.dropPercent())))
                        .map(row -> "the most accurate variant, " + row.name() + ", " + row.reason())
                        .orElse("no variant could run")
                + ".";
    }

    /** Of what could have been taken, that which is smallest and fastest together. */
    private static Optional<Variant> next(CompressionReport report, Variant chosen) {
        List<Variant> others = report.variants().stream()
                .filter(row -> !row.name().equals(chosen.name()) && row.status() == Status.PASSED)
                .toList();
        if (others.isEmpty() && chosen.status() == Status.SLOWER) {
            others = report.variants().stream()
                    .filter(row -> !row.name().equals(chosen.name()) && row.status() == Status.SLOWER)
                    .toList();
        }
        return others.stream()
                .min(Comparator.comparingDouble(row -> Math.log((double) bytes(row)) + Math.log(orOne(row.ratio()))));
    }

    /** @param whose {@code float's} or {@code its} */
    private static String differences(Variant one, Variant other, String whose) {
        String size = share((double) bytes(one) / (double) bytes(other), whose, "size");
        Double ratio = one.ratio();
        Double reference = other.ratio();
        if (ratio == null || reference == null) {
            return size;
        }
        Interval interval = one.ratioInterval();
        boolean isFloat = other.status() == Status.REFERENCE && one.status() != Status.SLOWER;
        return isFloat && interval != null && interval.low() <= 1 && interval.high() >= 1
                ? size + " and the same time within the noise"
                : size + " and " + share(ratio / reference, "its", "time");
    }

    private static String share(double ratio, String whose, String what) {
        return Math.abs(ratio - 1) < EQUAL
                ? "the same " + what
                : String.format(Locale.ROOT, ratio < 1 ? "%.2f of %s %s" : "%.2f times %s %s", ratio, whose, what);
    }

    /** Gains are positive here, losses negative, as they stand in tables. */
    private static String accuracy(Variant row) {
        Double drop = row.dropPercent();
        Interval interval = row.dropInterval();
        if (drop == null) {
            return "";
        }
        String change = String.format(Locale.ROOT, "; accuracy changes by %+.2f points", 0.0 - drop);
        if (interval == null) {
            return change;
        }
        return change
                + (row.isWithinNoise() ? ", within the sampling noise" : "")
                + String.format(Locale.ROOT, " (95 %%: %+.2f to %+.2f)", 0.0 - interval.high(), 0.0 - interval.low());
    }

    private static String differenceOfDrops(Variant one, Variant other) {
        double difference = orZero(one.dropPercent()) - orZero(other.dropPercent());
        if (Math.abs(difference) < 0.005) {
            return ", and the same accuracy";
        }
        // each was paired with float on the same samples; of independent ones the spread would be this
        double spread = Math.hypot(half(one.dropInterval()), half(other.dropInterval()));
        return Math.abs(difference) <= spread
                ? ", and the same accuracy within the sampling noise"
                : String.format(
                        Locale.ROOT,
                        ", and %.2f points %s accuracy",
                        Math.abs(difference),
                        difference > 0 ? "less" : "more");
    }

    private static double half(@Nullable Interval interval) {
        return interval == null ? 0 : (interval.high() - interval.low()) / 2;
    }

    private static long bytes(Variant row) {
        Long bytes = row.bytes();
        return bytes == null ? Long.MAX_VALUE : bytes;
    }

    private static double orZero(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    private static double orOne(@Nullable Double value) {
        return value == null ? 1 : value;
    }
}
