package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Writes a page whole or not at all. */
final class Pages {
    private Pages() {}

    /** Before long work: whether what it makes can be written beside what lies there. */
    static void requireWritable(String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        String why = Files.isDirectory(file)
                ? "it is a folder"
                : folder == null || !Files.isDirectory(folder) ? "its folder doesn't exist" : unwritable(folder);
        if (!why.isEmpty()) {
            throw Problem.environment("usage.unwritable", "it can't be written")
                    .at(file.toString())
                    .because(why)
                    .attempt("another place, with " + option)
                    .toException();
        }
    }

    /** Permissions alone don't tell: a file system may be read-only, or take no files. */
    private static String unwritable(Path folder) {
        try {
            Files.delete(Files.createTempFile(folder, ".skerry", ".probe"));
            return "";
        } catch (IOException e) {
            String reason = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
            return "its folder takes no new file" + (reason == null ? "" : ": " + reason);
        }
    }

    static void write(Path file, String text) {
        write("the report", "--report", file, text);
    }

    /**
     * The same for what another option names.
     *
     * @param what it is, in words
     */
    static void write(String what, String option, Path file, String text) {
        try {
            Path draft = file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".draft");
            try {
                Files.writeString(draft, text);
                Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            throw Problem.environment("report.write", what + " can't be written")
                    .at(file.toString())
                    .because(e.getClass().getSimpleName() + ": " + e.getMessage())
                    .attempt(option + " with a file in a folder that exists and that you may write to")
                    .toException();
        }
    }
}
