package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A CSV that says what is true of files. Its header names the form: {@code file,label} (also where there is no header),
 * {@code file,target,…}, {@code file,mask}, {@code file,text}, or {@code file,left,top,right,bottom,label} with a line per box.
 */
final class TruthTable {
    private static final List<String> BOX = List.of("left", "top", "right", "bottom", "label");

    private final Path csv;
    private final @Nullable Path folder;
    private final @Nullable Path names;
    private final List<String> header;
    private final List<Row> rows;

    private record Row(int line, List<String> cells) {
        String file() {
            return cells.getFirst();
        }

        List<String> rest() {
            return cells.subList(1, cells.size());
        }
    }

    private TruthTable(Path csv, @Nullable Path folder, @Nullable Path names, List<String> header, List<Row> rows) {
        this.csv = csv;
        this.folder = folder;
        this.names = names;
        this.header = header;
        this.rows = rows;
    }

    /** The files that a CSV names, in its order. */
    static List<FileSet.Entry> read(Path path, Path csv, @Nullable Path names) {
        List<String> lines = Labels.lines(csv, "pipeline.source");
        var rows = new ArrayList<Row>();
        List<String> header = List.of("label");
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            List<String> cells = CsvLine.cells(lines.get(i), csv, i + 1);
            if (rows.isEmpty() && cells.getFirst().equalsIgnoreCase("file")) {
                header = cells.size() < 2 ? header : cells.subList(1, cells.size());
                continue;
            }
            if (cells.size() < header.size() + 1) {
                throw SourceProblem.of(
                                "expected file," + String.join(",", header) + ", found '"
                                        + lines.get(i).strip() + "'",
                                csv,
                                i + 1)
                        .toException();
            }
            rows.add(new Row(i + 1, cells));
        }
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        return FileSet.some(new TruthTable(csv, folder, names, header, rows).entries(), csv, java.util.Set.of());
    }

    private List<FileSet.Entry> entries() {
        if (header.equals(BOX)) {
            return boxes();
        }
        boolean labels = !List.of("mask", "text").contains(header.getFirst())
                && !header.getFirst().equals("target");
        Labels known = labels
                ? Labels.of(
                        names,
                        rows.stream().map(row -> row.cells.get(1)).distinct().toList())
                : Labels.of(null, List.of());
        List<String> alphabet = header.getFirst().equals("text") && names != null ? Labels.names(names) : List.of();
        Map<String, Integer> seen = new HashMap<>();
        var entries = new ArrayList<FileSet.Entry>();
        for (Row row : rows) {
            Path file = resolve(row.file(), row.line);
            Integer before = seen.put(row.file(), row.line);
            if (before != null) {
                throw SourceProblem.of("'" + row.file() + "' stands in line " + before + " already", csv, row.line)
                        .toException();
            }
            entries.add(
                    switch (header.getFirst()) {
                        case "target" -> new FileSet.Entry(file, row.file(), target(row), null);
                        case "mask" ->
                            new FileSet.Entry(file, row.file(), Truth.UNKNOWN, resolve(row.cells.get(1), row.line));
                        case "text" ->
                            new FileSet.Entry(file, row.file(), new Truth.Text(row.cells.get(1), alphabet), null);
                        default ->
                            FileSet.Entry.of(file, row.file(), known.index(row.cells.get(1), csv + ":" + row.line));
                    });
        }
        return entries;
    }

    private Truth target(Row row) {
        List<String> cells = row.rest().subList(0, header.size());
        float[] values = new float[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = number(cells.get(i), row.line);
        }
        return new Truth.Target(Tensor.ofFloats("target", new long[] {values.length}, values));
    }

    private float number(String cell, int line) {
        try {
            float value = Float.parseFloat(cell);
            if (Float.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException _) {
            // said below, as of what is no finite number
        }
        throw SourceProblem.of("'" + cell + "' is not a number", csv, line).toException();
    }

    /** A line per box; a file without one has a line of empty cells. */
    private List<FileSet.Entry> boxes() {
        Labels known = Labels.of(
                names,
                rows.stream()
                        .map(row -> row.cells.get(5))
                        .filter(name -> !name.isEmpty())
                        .distinct()
                        .toList());
        var byFile = new LinkedHashMap<String, List<float[]>>();
        var files = new HashMap<String, Path>();
        for (Row row : rows) {
            List<float[]> boxes = byFile.computeIfAbsent(row.file(), _ -> new ArrayList<>());
            files.computeIfAbsent(row.file(), name -> resolve(name, row.line));
            if (row.rest().stream().allMatch(String::isEmpty)) {
                continue;
            }
            float[] box = new float[5];
            for (int i = 0; i < 4; i++) {
                box[i] = number(row.cells.get(i + 1), row.line);
            }
            box[4] = known.index(row.cells.get(5), csv + ":" + row.line).orElse(-1);
            boxes.add(box);
        }
        var entries = new ArrayList<FileSet.Entry>();
        byFile.forEach((name, boxes) -> {
            float[] values = new float[boxes.size() * 5];
            for (int i = 0; i < boxes.size(); i++) {
                System.arraycopy(boxes.get(i), 0, values, i * 5, 5);
            }
            Tensor rowsOfFile = Tensor.ofFloats("boxes", new long[] {boxes.size(), 5}, values);
            entries.add(new FileSet.Entry(files.getOrDefault(name, csv), name, new Truth.Boxes(rowsOfFile), null));
        });
        return entries;
    }

    private Path resolve(String name, int line) {
        try {
            Path file = folder == null ? Path.of(name) : folder.resolve(name);
            if (!name.isEmpty() && Files.isRegularFile(file)) {
                return file;
            }
        } catch (java.nio.file.InvalidPathException e) {
            throw SourceProblem.of("'" + name + "' can't be the name of a file", csv, line)
                    .toException();
        }
        throw SourceProblem.of("no such file '" + name + "'", csv, line)
                .because("files are looked for in " + folder)
                .toException();
    }
}
