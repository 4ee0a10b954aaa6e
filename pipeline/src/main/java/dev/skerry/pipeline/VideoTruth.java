package dev.skerry.pipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which class is to be seen in which part of a video: a CSV whose header is {@code from,to,label} (seconds or
 * {@code h:mm:ss.mmm}, the end not included), {@code first,last,label} (frames counted from 0, both included) or
 * {@code frame,label}; with {@code file} before it where there are several videos.
 */
final class VideoTruth {
    private final boolean frames;
    /** Of each file (empty for the only one) by their beginning. */
    private final Map<String, TreeMap<Long, Part>> parts = new HashMap<>();

    private VideoTruth(boolean frames) {
        this.frames = frames;
    }

    /** The end isn't part of it; nanoseconds or frames. */
    private record Part(long end, int label, int line) {}

    private record Row(String file, long begin, long end, String label, int line) {}

    /** Whether the header of a CSV speaks of parts of a video. */
    static boolean isOne(Path csv) {
        List<String> lines = Labels.lines(csv, "pipeline.source");
        List<String> header = lines.isEmpty() ? List.of() : CsvLine.cells(lines.getFirst(), csv, 1);
        return header.contains("from") || header.contains("first") || header.contains("frame");
    }

    /** @throws dev.skerry.problem.ProblemException {@code pipeline.source}, naming file and line */
    static VideoTruth read(Path csv, @Nullable Path names) {
        List<String> lines = Labels.lines(csv, "pipeline.source");
        List<String> header = lines.isEmpty() ? List.of() : CsvLine.cells(lines.getFirst(), csv, 1);
        boolean frames = !header.contains("from");
        int begin = column(header, csv, frames ? header.contains("frame") ? "frame" : "first" : "from");
        int end = column(header, csv, frames ? header.contains("frame") ? "frame" : "last" : "to");
        int label = column(header, csv, "label");
        int file = header.indexOf("file");
        var rows = new ArrayList<Row>();
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            List<String> cells = CsvLine.cells(lines.get(i), csv, i + 1);
            if (cells.size() < header.size()) {
                throw SourceProblem.of(
                                "expected " + String.join(",", header) + ", found '" + lines.get(i) + "'", csv, i + 1)
                        .toException();
            }
            long from = frames ? number(cells.get(begin), csv, i + 1) : nanos(cells.get(begin), csv, i + 1);
            long to = frames ? number(cells.get(end), csv, i + 1) + 1 : nanos(cells.get(end), csv, i + 1);
            if (to <= from) {
                throw SourceProblem.of("the part ends before it begins", csv, i + 1)
                        .toException();
            }
            rows.add(new Row(file < 0 ? "" : cells.get(file), from, to, cells.get(label), i + 1));
        }
        if (rows.isEmpty()) {
            throw SourceProblem.of("the table has no rows", csv, 1).toException();
        }
        Labels known = Labels.of(names, rows.stream().map(Row::label).distinct().toList());
        var truth = new VideoTruth(frames);
        for (Row row : rows) {
            int index = known.index(row.label, csv + ":" + row.line).orElse(-1);
            truth.add(row, index, csv);
        }
        return truth;
    }

    private void add(Row row, int label, Path csv) {
        TreeMap<Long, Part> of = parts.computeIfAbsent(row.file, _ -> new TreeMap<>());
        Map.Entry<Long, Part> before = of.lowerEntry(row.end);
        if (before != null && before.getValue().end > row.begin) {
            throw SourceProblem.of("the part overlaps that of line " + before.getValue().line, csv, row.line)
                    .toException();
        }
        of.put(row.begin, new Part(row.end, label, row.line));
    }

    private static int column(List<String> header, Path csv, String name) {
        int index = header.indexOf(name);
        if (index < 0) {
            throw SourceProblem.of("no column '" + name + "'", csv, 1)
                    .attempt("a header of from,to,label or first,last,label or frame,label")
                    .toException();
        }
        return index;
    }

    private static long number(String cell, Path csv, int line) {
        if (!cell.matches("\\d{1,12}")) {
            throw SourceProblem.of("expected the number of a frame, found '" + cell + "'", csv, line)
                    .toException();
        }
        return Long.parseLong(cell);
    }

    private static long nanos(String cell, Path csv, int line) {
        if (!cell.matches("(?:(?:\\d{1,4}:)?\\d{1,4}:)?\\d{1,9}(?:\\.\\d{1,9})?")) {
            throw SourceProblem.of("expected seconds or h:mm:ss, found '" + cell + "'", csv, line)
                    .toException();
        }
        double seconds = 0;
        for (String part : cell.split(":", -1)) {
            seconds = seconds * 60 + Double.parseDouble(part);
        }
        return Math.round(seconds * 1e9);
    }

    /** Whether parts are told by the number of a frame. */
    boolean byFrame() {
        return frames;
    }

    /**
     * The class of a frame; empty where no part has it.
     *
     * @param nanos from the video's beginning
     */
    OptionalInt label(String file, long frame, long nanos) {
        TreeMap<Long, Part> of = parts.containsKey(file) ? parts.get(file) : parts.get("");
        Map.Entry<Long, Part> part = of == null ? null : of.floorEntry(frames ? frame : nanos);
        return part == null || part.getValue().end <= (frames ? frame : nanos)
                ? OptionalInt.empty()
                : OptionalInt.of(part.getValue().label);
    }
}
