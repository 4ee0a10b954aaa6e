package dev.skerry.runner;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device is told on the command line, read by hand: a library for that takes longer to load than the model does.
 *
 * @param bundle folder of the signed bundle
 * @param model folder with the bundle's files under their names
 * @param runtime the runtime to load while the bundle is verified; null for none. Which one runs, the bundle says
 * @param trusted public key that must have signed it
 * @param cycles releases to serve; null for 30 s worth, 0 until it is asked to stop
 * @param rateHz null for the bundle's
 * @param deadlineMillis null for the bundle's
 * @param warmUpSeconds how long the loop is rehearsed before the first release
 * @param preloadMegabytes how much decoded sample data is held in memory
 * @param train instead of running: some cycles without hurry, whose decisions go to this file and nowhere else, so that a JVM that
 *     watches sees what a start loads; null to run
 * @param report where the report goes as JSON; null for nowhere
 */
record DeviceOptions(
        Path bundle,
        Path model,
        Path trusted,
        @Nullable String runtime,
        Path base,
        @Nullable Long cycles,
        @Nullable Double rateHz,
        @Nullable Double deadlineMillis,
        double warmUpSeconds,
        int preloadMegabytes,
        boolean ordinary,
        boolean json,
        @Nullable Path train,
        @Nullable Path report) {
    private static final double LONGEST_WARM_UP_SECONDS = 60;
    private static final List<String> KNOWN = List.of(
            "--bundle",
            "--model",
            "--trusted",
            "--runtime",
            "--base",
            "--cycles",
            "--rate",
            "--deadline",
            "--warm-up",
            "--preload",
            "--train",
            "--report",
            "--no-realtime",
            "--json");

    /**
     * Reads {@code --name value} and {@code --name=value}; of what is given twice, the last counts.
     *
     * @throws dev.skerry.problem.ProblemException {@code run.arguments}
     */
    static DeviceOptions read(List<String> arguments) {
        var given = new Given();
        for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
            String word = words.next();
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            switch (name) {
                case "--no-realtime" -> given.ordinary = true;
                case "--json" -> given.json = true;
                case String known
                when KNOWN.contains(known) -> {
                    if (equals < 0 && !words.hasNext()) {
                        throw wrong(name, "nothing", "a value");
                    }
                    given.set(name, equals < 0 ? words.next() : word.substring(equals + 1));
                }
                default -> {
                    Problem unknown = Problem.usage("run.arguments", "unknown option " + name)
                            .because("known are " + String.join(", ", KNOWN));
                    throw Suggestion.nearest(name, KNOWN)
                            .map(unknown::attempt)
                            .orElse(unknown)
                            .toException();
                }
            }
        }
        return new DeviceOptions(
                required("--bundle", given.bundle),
                required("--model", given.model),
                required("--trusted", given.trusted),
                given.runtime,
                given.base,
                given.cycles,
                given.rateHz,
                given.deadlineMillis,
                given.warmUpSeconds,
                given.preloadMegabytes,
                given.ordinary,
                given.json,
                given.train,
                given.report);
    }

    private static final class Given {
        @Nullable
        Path bundle;

        @Nullable
        Path model;

        @Nullable
        Path trusted;

        @Nullable
        String runtime;

        Path base = Path.of("");

        @Nullable
        Long cycles;

        @Nullable
        Double rateHz;

        @Nullable
        Double deadlineMillis;

        double warmUpSeconds = Warmth.FULL.nanos() / 1e9;
        int preloadMegabytes = 256;
        boolean ordinary;
        boolean json;

        @Nullable
        Path train;

        @Nullable
        Path report;

        void set(String name, String value) {
            switch (name) {
                case "--bundle" -> bundle = folder(name, value);
                case "--model" -> model = Path.of(value);
                case "--trusted" -> trusted = Path.of(value);
                case "--runtime" -> runtime = value;
                case "--base" -> base = Path.of(value);
                case "--train" -> train = Path.of(value);
                case "--report" -> report = Path.of(value);
                case "--cycles" -> cycles = (long) number(name, value, 0, 1L << 53, "a count, 0 until it is stopped");
                case "--rate" -> rateHz = number(name, value, 1e-3, 1e5, "releases a second");
                case "--deadline" -> deadlineMillis = number(name, value, 1e-3, 1e9, "milliseconds");
                case "--warm-up" ->
                    warmUpSeconds = number(name, value, 0, LONGEST_WARM_UP_SECONDS, "seconds from 0 to 60");
                case "--preload" -> preloadMegabytes = (int) number(name, value, 0, 1 << 20, "megabytes");
                default -> throw new IllegalStateException(name);
            }
        }
    }

    private static Path required(String name, @Nullable Path value) {
        if (value == null) {
            throw wrong(name, "nothing", "a path; bin/start and an image's entry give it");
        }
        return value;
    }

    /** What reads a tar doesn't go along: a device runs a bundle from where it lies. */
    private static Path folder(String name, String value) {
        Path path = Path.of(value);
        if (Files.isRegularFile(path)) {
            throw wrong(name, "the file '" + value + "'", "the bundle's folder");
        }
        return path;
    }

    private static double number(String name, String value, double least, double most, String expected) {
        try {
            double number = Double.parseDouble(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // told below, with the same words
        }
        throw wrong(name, "'" + value + "'", expected);
    }

    private static RuntimeException wrong(String name, String found, String expected) {
        return Problem.usage("run.arguments", "found " + found + " for " + name + ", expected " + expected)
                .toException();
    }
}
