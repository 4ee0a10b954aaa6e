package dev.skerry.agent;

import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;

/** What lies at the bottom of a failure of the network, in one line without secrets. */
final class NetworkCause {
    /** Causes may go round in a circle. */
    private static final int DEEPEST = 20;

    private NetworkCause() {}

    static String of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause.getCause() != null && depth < DEEPEST; depth++) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        if (cause instanceof UnknownHostException) {
            return "no machine of this name: " + message;
        }
        if (cause instanceof TimeoutException && message == null) {
            return "no answer in time";
        }
        String text = message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
        String line = text.lines().findFirst().orElse(text).strip();
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }
}
