package dev.skerry.cli;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Values of options that are one of a few. */
final class Words {
    private static final int MOST_THREADS = 1024;

    private Words() {}

    /** @throws dev.skerry.problem.ProblemException {@code usage}, where it is no number of threads that a machine could have use for */
    static void requireThreads(int count) {
        if (count < 1 || count > MOST_THREADS) {
            throw Problem.usage("usage", "--threads: " + count + " is not between 1 and " + MOST_THREADS)
                    .attempt("--threads "
                            + Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()))
                    .toException();
        }
    }

    /** @throws dev.skerry.problem.ProblemException {@code usage}, with the known word that is nearest */
    static void requireOneOf(String option, String word, List<String> known) {
        if (!known.contains(word)) {
            Problem problem =
                    Problem.usage("usage", option + ": '" + word + "' is not one of " + String.join(", ", known));
            throw Suggestion.nearest(word, known)
                    .map(nearest -> problem.attempt(option + " " + nearest))
                    .orElse(problem)
                    .toException();
        }
    }

    static <E extends Enum<E>> E enumOf(String option, String word, E[] values, Function<E, String> label) {
        List<String> known = Arrays.stream(values).map(label).toList();
        requireOneOf(option, word, known);
        return values[known.indexOf(word)];
    }
}
