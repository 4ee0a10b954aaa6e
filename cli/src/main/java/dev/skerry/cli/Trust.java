package dev.skerry.cli;

import dev.skerry.bundle.TrustedKeys;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Whose bundles this machine takes. */
final class Trust {
    private Trust() {}

    /** The keys that were named; else the public halves of the keys that this user has made. */
    static TrustedKeys keys(Context context, List<Path> named) {
        if (!named.isEmpty()) {
            return TrustedKeys.read(named);
        }
        Path folder = context.keyOf("any").toAbsolutePath().getParent();
        if (folder != null && Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> own = files.filter(file -> file.toString().endsWith(".pub"))
                        .sorted()
                        .toList();
                if (!own.isEmpty()) {
                    return TrustedKeys.read(own);
                }
            } catch (IOException e) {
                throw Problem.environment("key.unusable", "the folder of keys can't be read")
                        .at(folder.toString())
                        .because(e.getMessage())
                        .toException();
            }
        }
        throw Problem.usage("key.none", "no key is trusted on this machine")
                .at(String.valueOf(folder))
                .attempt("--trusted KEY.pub, the public half of the key that signed the bundle")
                .toException();
    }
}
