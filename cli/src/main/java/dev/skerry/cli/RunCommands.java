package dev.skerry.cli;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import dev.skerry.runner.RunnerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * What a person, or a program, may ask of a run while it goes on, a line each on standard input: {@code reset} (or {@code r}) and
 * {@code swap BUNDLE}.
 *
 * @param unpacked verifies a bundle and gives the folder of its files
 */
record RunCommands(RunnerProcess process, Context context, Function<Path, Path> unpacked) {
    private static final List<String> WORDS = List.of("reset", "swap");

    /** Listens until the input ends, on a thread of its own that keeps nothing alive. */
    void listen(InputStream input) {
        Thread.ofPlatform().daemon().name("skerry-commands").start(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    if (!line.isBlank()) {
                        perform(line.strip());
                    }
                }
            } catch (IOException _) {
                // nobody is there any more, and the run goes on
            }
        });
    }

    private void perform(String line) {
        try {
            String[] words = line.split("\\s+", 2);
            if (words.length == 1 && (words[0].equals("r") || words[0].equals("reset"))) {
                process.reset();
            } else if (words.length == 2 && words[0].equals("swap")) {
                process.swap(unpacked.apply(Path.of(words[1])));
            } else {
                Problem problem = Problem.usage("run.command", "unknown command '" + line + "'");
                throw Suggestion.nearest(words[0], WORDS)
                        .map(problem::attempt)
                        .orElse(problem.attempt("reset").attempt("swap BUNDLE"))
                        .toException();
            }
        } catch (ProblemException e) {
            context.terminal().err().println(ProblemText.render(e.problem(), context.terminal()));
        }
    }
}
