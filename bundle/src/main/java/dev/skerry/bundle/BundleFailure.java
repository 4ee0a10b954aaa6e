package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** Puts what an operating system says of a file into words with a remedy. */
final class BundleFailure {
    private BundleFailure() {}

    static ProblemException of(IOException e, String code, String what, Path where) {
        Problem problem = Problem.environment(code, what).at(where.toString());
        String reason = reason(e);
        if (reason.toLowerCase(Locale.ROOT).contains("no space left")
                || reason.toLowerCase(Locale.ROOT).contains("quota exceeded")) {
            return Problem.environment("bundle.disk-full", "the disk is full")
                    .at(where.toString())
                    .because("nothing half-written was left behind")
                    .attempt("freeing space")
                    .attempt("an output on another disk")
                    .toException();
        }
        return switch (e) {
            case NoSuchFileException missing ->
                problem.because("there is no " + missing.getFile())
                        .attempt("checking the path")
                        .toException();
            case AccessDeniedException denied ->
                problem.because("no permission for " + denied.getFile())
                        .attempt("another path, or other permissions")
                        .toException();
            case NotDirectoryException file ->
                problem.because(file.getFile() + " is not a folder")
                        .attempt("checking the path")
                        .toException();
            default -> problem.because(reason).toException();
        };
    }

    private static String reason(IOException e) {
        String said = e instanceof FileSystemException failure && failure.getReason() != null
                ? failure.getReason()
                : e.getMessage();
        return said == null ? e.getClass().getSimpleName() : said;
    }
}
