package dev.skerry.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of a source in a fixed order, with what is true of them: from a CSV, or one folder per class. */
final class FileSet {
    /**
     * A file, what people call it, and what is true of it.
     *
     * @param mask a picture of classes, read when it is asked for; null for none
     */
    record Entry(
            Path file, String id, Truth known, @Nullable Path mask) {
        static Entry of(Path file, String id, OptionalInt label) {
            return new Entry(file, id, label.isPresent() ? new Truth.Label(label.getAsInt()) : Truth.UNKNOWN, null);
        }

        Truth truth() {
            return mask == null ? known : new Truth.Mask(ImageSource.mask(mask));
        }
    }

    private FileSet() {}

    /** Of {@code path}: files with one of the endings (lower case, with the dot). */
    static List<Entry> of(Path path, Set<String> endings, @Nullable Path labels, @Nullable Path names) {
        if (!Files.exists(path)) {
            throw SourceProblem.of("no such file or folder", path).toException();
        }
        Path file = labels != null ? labels : path.resolve("labels.csv");
        boolean folder = Files.isDirectory(path);
        if (labels != null || folder && Files.exists(file)) {
            return TruthTable.read(path, file, names);
        }
        if (!folder) {
            return List.of(Entry.of(path, String.valueOf(path.getFileName()), OptionalInt.empty()));
        }
        List<Path> files = files(path, endings);
        boolean classes = files.stream().noneMatch(found -> path.equals(found.getParent()));
        Labels known = classes
                ? Labels.of(
                        names,
                        files.stream()
                                .map(found -> folderName(path, found))
                                .distinct()
                                .toList())
                : Labels.of(null, List.of());
        var entries = new ArrayList<Entry>();
        for (Path found : files) {
            String id = path.relativize(found).toString();
            entries.add(Entry.of(
                    found, id, classes ? known.index(folderName(path, found), found.toString()) : OptionalInt.empty()));
        }
        return some(entries, path, endings);
    }

    static List<Entry> some(List<Entry> entries, Path path, Set<String> endings) {
        if (entries.isEmpty()) {
            throw SourceProblem.of("no files of the source's kind", path)
                    .because("it takes files that end in " + String.join(", ", endings))
                    .toException();
        }
        return List.copyOf(entries);
    }

    private static String folderName(Path folder, Path file) {
        return folder.relativize(file).getName(0).toString();
    }

    private static List<Path> files(Path folder, Set<String> endings) {
        Predicate<Path> ours = file -> {
            String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
            return !name.startsWith(".") && endings.stream().anyMatch(name::endsWith);
        };
        try (Stream<Path> found = Files.walk(folder, 8)) {
            return found.filter(Files::isRegularFile)
                    .filter(ours)
                    .sorted(java.util.Comparator.comparing(
                            file -> folder.relativize(file).toString()))
                    .toList();
        } catch (IOException e) {
            throw SourceProblem.unreadable(folder, e).toException();
        } catch (java.io.UncheckedIOException e) {
            throw SourceProblem.unreadable(folder, new IOException(e.getMessage(), e))
                    .toException();
        }
    }
}
