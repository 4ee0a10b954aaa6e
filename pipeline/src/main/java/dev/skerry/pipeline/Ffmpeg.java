package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ffmpeg of this machine, which decodes video in a process of its own.
 *
 * @param launcher words before the program's: they end it with the thread that has started it and give it ordinary priority
 *     whatever that thread's is; empty where the system has no such words
 * @param program its file
 * @param major its version; {@link Integer#MAX_VALUE} for one built from a state between versions
 */
record Ffmpeg(List<String> launcher, Path program, int major) {
    /** Names the program where it isn't the first {@code ffmpeg} of the PATH. */
    static final String PROPERTY = "skerry.ffmpeg";

    private static final List<String> LAUNCHER = List.of("setpriv", "--pdeathsig", "TERM", "chrt", "--other", "0");
    private static final Pattern VERSION = Pattern.compile("ffmpeg version n?(?:(\\d+)\\.)?");

    private static @Nullable Ffmpeg found;

    Ffmpeg {
        launcher = List.copyOf(launcher);
    }

    /**
     * The one that the property {@value #PROPERTY} names, else the first of the PATH; looked for once.
     *
     * @throws dev.skerry.problem.ProblemException {@code pipeline.ffmpeg}
     */
    static synchronized Ffmpeg installed() {
        Ffmpeg here = found;
        if (here == null) {
            here = find(System.getProperty(PROPERTY), System.getenv().getOrDefault("PATH", ""));
            found = here;
        }
        return here;
    }

    static Ffmpeg find(@Nullable String given, String searchPath) {
        Path program = given != null
                ? Path.of(given)
                : onPath(searchPath)
                        .orElseThrow(() -> missing("there is no ffmpeg in the folders of PATH")
                                .toException());
        if (!Files.isExecutable(program)) {
            throw missing("-D" + PROPERTY + " names no program: " + program).toException();
        }
        return version(LAUNCHER, program)
                .or(() -> version(List.of(), program))
                .orElseThrow(
                        () -> missing(program + " doesn't tell its version").toException());
    }

    private static Optional<Path> onPath(String searchPath) {
        return Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(searchPath)
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "ffmpeg"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Problem missing(String why) {
        return Problem.environment("pipeline.ffmpeg", "video is decoded by ffmpeg, which isn't here")
                .because(why)
                .attempt("apt-get install ffmpeg")
                .attempt("-D" + PROPERTY + " with the path of a build of your own");
    }

    private static Optional<Ffmpeg> version(List<String> launcher, Path program) {
        var command = new ArrayList<>(launcher);
        command.addAll(List.of(program.toString(), "-version"));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            return process.waitFor() == 0 && version.find()
                    ? Optional.of(new Ffmpeg(
                            launcher,
                            program,
                            version.group(1) == null ? Integer.MAX_VALUE : Integer.parseInt(version.group(1))))
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Passes every frame on, as it was: without it, frames are doubled and dropped for a constant rate. */
    List<String> everyFrame() {
        return List.of(major >= 6 ? "-fps_mode" : "-vsync", "passthrough");
    }

    /** Starts it with these arguments. Its standard input is empty. */
    Process start(List<String> arguments) throws IOException {
        var command = new ArrayList<>(launcher);
        command.add(program.toString());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
    }
}
