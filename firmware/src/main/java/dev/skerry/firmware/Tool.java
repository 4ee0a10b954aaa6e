package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of this machine.
 *
 * @param debian the package that has it
 */
record Tool(String name, String debian) {
    static final Tool MAKE = new Tool("make", "make");

    /** The compiler of this machine. */
    static final Tool CC = new Tool("cc", "gcc");

    private static final Duration MOST = Duration.ofMinutes(10);

    /** @param text what it printed, errors among it */
    record Ended(int code, String text) {}

    /**
     * Runs it to its end.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.tool} where it isn't installed or doesn't come to an end
     */
    Ended run(Path folder, List<String> arguments) {
        var words = new ArrayList<>(List.of(name));
        words.addAll(arguments);
        try {
            Path printed = Files.createTempFile("skerry", ".log");
            try {
                return new Ended(run(folder, words, printed), Files.readString(printed, StandardCharsets.ISO_8859_1));
            } finally {
                Files.delete(printed);
            }
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    private int run(Path folder, List<String> words, Path printed) {
        Process process;
        try {
            process = new ProcessBuilder(words)
                    .directory(folder.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(printed.toFile())
                    .start();
        } catch (IOException missing) {
            throw Problem.environment("firmware.tool", name + " isn't installed")
                    .because(missing.getMessage())
                    .attempt("apt-get install " + debian)
                    .toException();
        }
        try {
            if (process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
        throw Problem.environment("firmware.tool", name + " didn't come to an end")
                .because("it ran for " + MOST.toMinutes() + " minutes, or was interrupted")
                .toException();
    }

    /** The line in which it says who it is. */
    String version() {
        return run(Path.of("."), List.of("--version"))
                .text()
                .lines()
                .findFirst()
                .orElse(name);
    }
}
