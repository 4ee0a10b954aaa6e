package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a page whole or not at all. */
final class Pages {
    private Pages() {}

    static void write(Path file, String text) {
        Path folder = file.toAbsolutePath().getParent();
        try {
            Path draft = Files.createTempFile(folder, ".report", ".tmp");
            try {
                Files.writeString(draft, text);
                Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            throw Problem.environment("report.write", "the report can't be written")
                    .at(file.toString())
                    .because(e.toString())
                    .attempt("--report with a file in a folder that exists and that you may write to")
                    .toException();
        }
    }
}
