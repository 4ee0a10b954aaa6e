package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is wrong with a source's file; code {@code pipeline.source}. */
final class SourceProblem {
    private SourceProblem() {}

    static Problem of(String what, Path file) {
        return Problem.usage("pipeline.source", what).at(file.toString());
    }

    static Problem of(String what, Path file, long line) {
        return Problem.usage("pipeline.source", what).at(file + ":" + line);
    }

    static Problem unreadable(Path file, IOException e) {
        return e instanceof NoSuchFileException
                ? of("no such file", file)
                : Problem.environment("pipeline.source", "the file can't be read")
                        .at(file.toString())
                        .because(String.valueOf(e.getMessage()));
    }
}
