package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Timeouts as headers have them; in microseconds here, as in the protocol's parameter. */
final class Timeouts {
    private static final Pattern HEADER = Pattern.compile("\\s*(\\d{1,12})\\s*(us|ms|s)\\s*");
    private static final Pattern GRPC = Pattern.compile("(\\d{1,8})([HMSmun])");

    private Timeouts() {}

    /** {@code Request-Timeout: 50ms}. */
    static long header(String text) {
        Matcher matcher = HEADER.matcher(text);
        if (!matcher.matches()) {
            throw wrong("Request-Timeout", text, "a number and us, ms or s, such as 50ms");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "us" -> number;
            case "ms" -> number * 1000;
            default -> number * 1_000_000;
        };
    }

    /** {@code grpc-timeout: 50m}, rounded up. */
    static long grpc(String text) {
        Matcher matcher = GRPC.matcher(text);
        if (!matcher.matches()) {
            throw wrong("grpc-timeout", text, "at most 8 digits and H, M, S, m, u or n");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "H" -> number * 3_600_000_000L;
            case "M" -> number * 60_000_000;
            case "S" -> number * 1_000_000;
            case "m" -> number * 1000;
            case "u" -> number;
            default -> (number + 999) / 1000;
        };
    }

    private static RuntimeException wrong(String header, String found, String expected) {
        return Problem.usage("serve.request", "the timeout can't be read")
                .at("header " + header)
                .because("expected " + expected + "; found " + RequestCheck.quoted(found))
                .toException();
    }
}
