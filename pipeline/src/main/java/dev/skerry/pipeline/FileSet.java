package dev.skerry.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of a source in a fixed order, with their labels: from a CSV of {@code file,label}, or one folder per class. */
final class FileSet {
    /** A file, what people call it, and its class. */
    record Entry(Path file, String id, OptionalInt label) {}

    private FileSet() {}

    /** Of {@code path}: files with one of the endings (lower case, with the dot). */
    static List<Entry> of(Path path, Set<String> endings, @Nullable Path labels, @Nullable Path names) {
        if (!Files.exists(path)) {
            throw Sources.problem("no such file or folder", path).toException();
        }
        Path file = labels != null ? labels : path.resolve("labels.csv");
        boolean folder = Files.isDirectory(path);
        if (labels != null || folder && Files.exists(file)) {
            return labelled(path, file, names);
        }
        if (!folder) {
            return List.of(new Entry(path, String.valueOf(path.getFileName()), OptionalInt.empty()));
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
            entries.add(new Entry(
                    found, id, classes ? known.index(folderName(path, found), found.toString()) : OptionalInt.empty()));
        }
        return some(entries, path, endings);
    }

    private static List<Entry> some(List<Entry> entries, Path path, Set<String> endings) {
        if (entries.isEmpty()) {
            throw Sources.problem("no files of the source's kind", path)
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
            throw Sources.unreadable(folder, e).toException();
        } catch (java.io.UncheckedIOException e) {
            throw Sources.unreadable(folder, new IOException(e.getMessage(), e)).toException();
        }
    }

    /** The files that a CSV names, in its order. */
    private static List<Entry> labelled(Path path, Path csv, @Nullable Path names) {
        List<String> lines = Labels.lines(csv, "pipeline.source");
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        var rows = new ArrayList<List<String>>();
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            List<String> cells = CsvLine.cells(lines.get(i), csv, i + 1);
            boolean header = rows.isEmpty() && cells.getFirst().equalsIgnoreCase("file");
            if (cells.size() < 2 && !header) {
                throw Sources.problem(
                                "expected file,label, found '" + lines.get(i).strip() + "'", csv, i + 1)
                        .toException();
            }
            if (!header) {
                rows.add(cells);
                numbers.add(i + 1);
            }
        }
        Labels known =
                Labels.of(names, rows.stream().map(row -> row.get(1)).distinct().toList());
        Map<String, Integer> seen = new HashMap<>();
        var entries = new ArrayList<Entry>();
        for (int i = 0; i < rows.size(); i++) {
            String name = rows.get(i).get(0);
            Path file = resolve(folder, name, csv, numbers.get(i));
            Integer before = seen.put(name, numbers.get(i));
            if (before != null) {
                throw Sources.problem("'" + name + "' stands in line " + before + " already", csv, numbers.get(i))
                        .toException();
            }
            entries.add(new Entry(file, name, known.index(rows.get(i).get(1), csv + ":" + numbers.get(i))));
        }
        return some(entries, csv, Set.of());
    }

    private static Path resolve(@Nullable Path folder, String name, Path csv, int line) {
        try {
            Path file = folder == null ? Path.of(name) : folder.resolve(name);
            if (!name.isEmpty() && Files.isRegularFile(file)) {
                return file;
            }
        } catch (java.nio.file.InvalidPathException e) {
            throw Sources.problem("'" + name + "' can't be the name of a file", csv, line)
                    .toException();
        }
        throw Sources.problem("no such file '" + name + "'", csv, line)
                .because("files are looked for in " + folder)
                .toException();
    }
}
