package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes files into a folder: all of them or none. They are written beside it first; what they replace steps aside, and comes back
 * if one can't take its place. A list of them lies with them: files of the same names that aren't in it are the user's and never
 * replaced, those in it that aren't written any more go. Whatever else lies in the folder stays.
 */
final class SourceFolder {
    private static final String LIST = ".skerry-files";

    private final Path folder;
    private final Path draft;
    private final Deque<Moved> moved = new ArrayDeque<>();

    /** @param old what lay there; null where nothing did */
    private record Moved(Path file, @Nullable Path old) {}

    private SourceFolder(Path folder, Path draft) {
        this.folder = folder;
        this.draft = draft;
    }

    static void write(Path folder, Map<String, String> files) {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            Path parent = Files.createDirectories(absolute.resolve("..").normalize());
            Path draft = Files.createTempDirectory(parent, "." + absolute.getFileName() + ".draft");
            try {
                new SourceFolder(absolute, draft).write(files);
            } finally {
                delete(draft);
            }
        } catch (IOException unwritable) {
            throw Problem.environment("usage.unwritable", "the sources can't be written")
                    .at(folder.toString())
                    .because(unwritable.getClass().getSimpleName() + ": " + unwritable.getMessage())
                    .attempt("another place, with -o")
                    .toException();
        }
    }

    private void write(Map<String, String> sources) throws IOException {
        var files = new LinkedHashMap<>(sources);
        files.put(LIST, String.join("\n", sources.keySet()) + "\n");
        Set<String> ours = listed();
        requireOurs(files.keySet(), ours);
        Path made = draft.resolve("new");
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = made.resolve(file.getKey());
            Files.createDirectories(path.resolve("..").normalize());
            Files.writeString(path, file.getValue());
        }
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        try {
            for (String name : files.keySet()) {
                replace(
                        folder.resolve(name),
                        made.resolve(name),
                        draft.resolve("old").resolve(name));
            }
            for (String name : ours) {
                if (!files.containsKey(name)) {
                    aside(folder.resolve(name), draft.resolve("old").resolve(name));
                }
            }
        } catch (IOException refused) {
            while (!moved.isEmpty()) {
                restore(moved.pop());
            }
            throw refused;
        }
    }

    /** The files that were written into the folder before. */
    private Set<String> listed() throws IOException {
        Path list = folder.resolve(LIST);
        if (!Files.isRegularFile(list, LinkOption.NOFOLLOW_LINKS)) {
            return Set.of();
        }
        // a name that leads out of the folder is none that was written
        return Files.readAllLines(list).stream()
                .filter(name -> !name.isEmpty()
                        && folder.resolve(name).normalize().startsWith(folder)
                        && !folder.resolve(name).normalize().equals(folder))
                .collect(Collectors.toSet());
    }

    private void requireOurs(Set<String> files, Set<String> ours) {
        for (String name : files) {
            Path file = folder.resolve(name);
            if (!name.equals(LIST) && !ours.contains(name) && Files.isRegularFile(file)) {
                throw Problem.usage("compile.exists", "a file that isn't of Skerry's would be replaced")
                        .at(file.toString())
                        .attempt("another folder with -o, or moving the file away")
                        .toException();
            }
        }
    }

    /** Takes away a file that isn't written any more. */
    private void aside(Path file, Path old) throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(old.resolve("..").normalize());
            Files.move(file, old, StandardCopyOption.ATOMIC_MOVE);
            moved.push(new Moved(file, old));
        }
    }

    private void replace(Path file, Path made, Path old) throws IOException {
        Files.createDirectories(file.resolve("..").normalize());
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is a folder");
        }
        boolean replaces = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        if (replaces) {
            Files.createDirectories(old.resolve("..").normalize());
            Files.move(file, old, StandardCopyOption.ATOMIC_MOVE);
        }
        moved.push(new Moved(file, replaces ? old : null));
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void restore(Moved one) throws IOException {
        Path old = one.old();
        if (old == null) {
            Files.deleteIfExists(one.file());
        } else {
            Files.move(old, one.file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            List<Path> inside = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : inside) {
                Files.deleteIfExists(path);
            }
        }
    }
}
