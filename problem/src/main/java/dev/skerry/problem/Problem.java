package dev.skerry.problem;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One expected failure, told the way a person needs it: what went wrong, where, why, and what to try.
 *
 * @param code stable, dotted, lower case: {@code model.truncated}; other programs may rely on it
 * @param kind who has to act, and with it the exit code
 * @param what one sentence without a full stop
 * @param where file, node, line or field; null where there is no such place
 * @param why the cause as far as it is known; null where {@code what} says all
 * @param remedies things to try, the best first; each an imperative phrase or a command
 */
public record Problem(
        String code,
        Kind kind,
        String what,
        @Nullable String where,
        @Nullable String why,
        List<String> remedies) {

    /** Who has to act. The exit code is part of the command line's contract. */
    public enum Kind {
        /** The caller's input or arguments are at fault. */
        USAGE(2),
        /** A gate said no: accuracy, latency, signature. */
        GATE(3),
        /** This machine lacks something: a library, a permission, space. */
        ENVIRONMENT(4),
        /** Another machine refused or did not answer. */
        REMOTE(5);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    public Problem {
        remedies = List.copyOf(remedies);
    }

    public static Problem usage(String code, String what) {
        return new Problem(code, Kind.USAGE, what, null, null, List.of());
    }

    public static Problem gate(String code, String what) {
        return new Problem(code, Kind.GATE, what, null, null, List.of());
    }

    public static Problem environment(String code, String what) {
        return new Problem(code, Kind.ENVIRONMENT, what, null, null, List.of());
    }

    public static Problem remote(String code, String what) {
        return new Problem(code, Kind.REMOTE, what, null, null, List.of());
    }

    public Problem at(String where) {
        return new Problem(code, kind, what, where, why, remedies);
    }

    public Problem because(@Nullable String why) {
        return new Problem(code, kind, what, where, why, remedies);
    }

    /** Adds one thing to try, after those already there. */
    public Problem attempt(String remedy) {
        var more = new java.util.ArrayList<>(remedies);
        more.add(remedy);
        return new Problem(code, kind, what, where, why, more);
    }

    public ProblemException toException() {
        return new ProblemException(this);
    }

    /** One line: {@code where: what · why · try a, or b}. */
    @Override
    public String toString() {
        var line = new StringBuilder();
        if (where != null) {
            line.append(where).append(": ");
        }
        line.append(what);
        if (why != null) {
            line.append(" · ").append(why);
        }
        if (!remedies.isEmpty()) {
            line.append(" · try ").append(String.join(", or ", remedies));
        }
        return line.toString();
    }
}
