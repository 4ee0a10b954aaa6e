package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Writes a page whole or not at all. */
final class Pages {
    private Pages() {}

    /** Before long work: whether what it makes can be written, as far as that can be seen without writing. */
    static void requireWritable(String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        String why = Files.isDirectory(file)
                ? "it is a folder"
                : folder == null || !Files.isDirectory(folder)
                        ? "its folder doesn't exist"
                        : !Files.isWritable(folder) ? "its folder can't be written to" : "";
        if (!why.isEmpty()) {
            throw Problem.environment("usage.unwritable", "it can't be written")
                    .at(file.toString())
                    .because(why)
                    .attempt("another place, with " + option)
                    .toException();
        }
    }

    static void write(Path file, String text) {
        try {
            Path draft = file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".draft");
            try {
                Files.writeString(draft, text);
                Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            throw Problem.environment("report.write", "the report can't be written")
                    .at(file.toString())
                    .because(e.getClass().getSimpleName() + ": " + e.getMessage())
                    .attempt("--report with a file in a folder that exists and that you may write to")
                    .toException();
        }
    }
}
