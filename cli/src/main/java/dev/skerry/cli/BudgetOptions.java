package dev.skerry.cli;

import dev.skerry.compress.Budgets;
import dev.skerry.problem.Problem;
import dev.skerry.project.Units;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a compressed model has to keep to, as options. */
final class BudgetOptions {
    @Option(names = "--max-drop", paramLabel = "POINTS", description = "Points of accuracy that may be lost; 1.")
    double maxDrop = 1;

    @Option(names = "--max-size", paramLabel = "SIZE", description = "Largest file: 200KB.")
    @Nullable
    String maxSize;

    @Option(
            names = "--max-ram",
            paramLabel = "SIZE",
            description = "Most memory for values alive at once in an inference: 64KB.")
    @Nullable
    String maxRam;

    @Option(
            names = "--max-latency",
            paramLabel = "TIME",
            description = "Longest median time of an inference on this machine: 2ms.")
    @Nullable
    String maxLatency;

    @Option(
            names = "--fit",
            paramLabel = "PART=SIZE",
            split = ",",
            description = "A microcontroller, as its data sheet has it: ram=256K,flash=1M.")
    Map<String, String> fit = new LinkedHashMap<>();

    Budgets limits() {
        if (!(maxDrop >= 0 && maxDrop <= 100)) {
            throw Problem.usage("usage", "--max-drop: " + maxDrop + " is not between 0 and 100")
                    .attempt("--max-drop 1")
                    .toException();
        }
        fit.keySet().forEach(part -> Words.requireOneOf("--fit", part, List.of("ram", "flash")));
        return new Budgets(
                maxDrop,
                smaller(size("--max-size", maxSize), fitted("flash")),
                smaller(size("--max-ram", maxRam), fitted("ram")),
                maxLatency == null
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(positive(
                                        "--max-latency",
                                        maxLatency,
                                        Units.nanos(maxLatency),
                                        "a duration such as 2ms or 800us")
                                / 1e3));
    }

    private static OptionalLong size(String option, @Nullable String text) {
        return text == null
                ? OptionalLong.empty()
                : OptionalLong.of((long) positive(option, text, Units.bytes(text), "a size such as 200KB or 1MiB"));
    }

    /** Data sheets of microcontrollers count in 1024s, and write K for it. */
    private OptionalLong fitted(String part) {
        String text = fit.get(part);
        return text == null ? OptionalLong.empty() : size("--fit " + part, text.replaceFirst("(?i)([kmg])$", "$1iB"));
    }

    private static OptionalLong smaller(OptionalLong one, OptionalLong other) {
        return one.isEmpty()
                ? other
                : other.isEmpty() ? one : OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
    }

    private static double positive(String option, String text, OptionalDouble value, String form) {
        if (value.isEmpty() || value.getAsDouble() <= 0) {
            throw Problem.usage("usage", option + ": '" + text + "' is not " + form)
                    .toException();
        }
        return value.getAsDouble();
    }
}
