package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** The files of an OCI image layout, in a folder or in a tar. Only names that a layout may have occur. */
sealed interface Layout permits FolderLayout, TarLayout {
    static Layout open(Path path) {
        try {
            if (Files.isDirectory(path)) {
                return FolderLayout.read(path);
            }
            if (Files.isRegularFile(path)) {
                return TarLayout.read(path);
            }
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unreadable", "cannot read the bundle", path);
        }
        throw Problem.usage("bundle.missing", Files.exists(path) ? "neither a folder nor a file" : "no such bundle")
                .at(path.toString())
                .attempt("checking the path")
                .attempt("skerry pack PROJECT -o " + path)
                .toException();
    }

    Path where();

    /** Sizes in bytes by name. */
    SortedMap<String, Long> sizes();

    /** The content of a file that {@link #sizes} names. */
    InputStream open(String name) throws IOException;

    /** A problem for a file that has no place in a layout. */
    static ProblemException stranger(String name, String why, Path where) {
        return CanonicalJson.malformed("unexpected " + FileName.quoted(name) + " in the bundle", where.toString())
                .because(why)
                .toException();
    }
}
