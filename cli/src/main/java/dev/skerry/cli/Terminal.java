package dev.skerry.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes: results to {@code out}, everything about the way there to {@code err}. Colour only where a person
 * looks and {@code NO_COLOR} isn't set.
 */
final class Terminal {
    /** What a word means, from which its colour follows. */
    enum Style {
        STRONG("1"),
        GOOD("32"),
        WARNING("33"),
        BAD("31"),
        FAINT("2");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    private final PrintStream out;
    private final PrintStream err;
    private final boolean colour;
    private final boolean animated;

    Terminal(PrintStream out, PrintStream err, boolean colour, boolean animated) {
        this.out = out;
        this.err = err;
        this.colour = colour;
        this.animated = animated;
    }

    static Terminal system(Map<String, String> environment) {
        boolean person = isPerson(System.console());
        boolean dumb = "dumb".equals(environment.get("TERM"));
        boolean watched = isTerminal(2).orElse(person);
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        var err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        String noColour = environment.getOrDefault("NO_COLOR", "");
        return new Terminal(out, err, person && !dumb && noColour.isEmpty(), watched && !dumb);
    }

    /**
     * Whether a standard stream is a terminal: a console speaks of input and output only, and progress goes to neither. Empty
     * where the system doesn't tell.
     */
    private static Optional<Boolean> isTerminal(int stream) {
        try {
            String device =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
            return Optional.of(
                    device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console"));
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
    }

    /** Null in a JDK without its terminal module, whatever JDK 22 promised. */
    static boolean isPerson(@Nullable Console console) {
        return console != null && console.isTerminal();
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    /** Whether a line may be drawn over. */
    boolean animated() {
        return animated;
    }

    String styled(Style style, String text) {
        return colour ? "\u001b[" + style.code + "m" + text + "\u001b[0m" : text;
    }
}
