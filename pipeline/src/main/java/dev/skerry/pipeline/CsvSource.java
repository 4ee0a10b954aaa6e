package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Windows over the rows of a CSV file, read once to check and count, and streamed afterwards. */
final class CsvSource implements SampleSource {
    private final SourceSpec.Csv spec;
    private final Path file;
    private final Header header;
    private final long size;
    private final @Nullable Labels labels;

    private CsvSource(SourceSpec.Csv spec, Path file, Header header, long size, @Nullable Labels labels) {
        this.spec = spec;
        this.file = file;
        this.header = header;
        this.size = size;
        this.labels = labels;
    }

    /** Which cells of a row are what; −1 where there is none. */
    private record Header(int cells, List<Integer> columns, int label, int group) {}

    /** A row as it is used. */
    private static final class Row {
        private final float[] values;
        private final String label;
        private final String group;

        Row(float[] values, String label, String group) {
            this.values = values;
            this.label = label;
            this.group = group;
        }
    }

    static SampleSource open(SourceSpec.Csv spec, Path base, @Nullable Path names) {
        Path file = base.resolve(spec.path());
        Header header = header(spec, file);
        var used = new TreeSet<String>();
        var counted = new CsvSource(spec, file, header, 0, null);
        long size = 0;
        try (Windows windows = counted.new Windows()) {
            while (windows.hasNext()) {
                used.add(windows.nextLabel());
                size++;
            }
        }
        if (size == 0) {
            throw SourceProblem.of("no window of " + spec.window() + " rows", file)
                    .attempt("a smaller window")
                    .toException();
        }
        return new CsvSource(spec, file, header, size, header.label < 0 ? null : Labels.of(names, used));
    }

    static int columns(SourceSpec.Csv spec, Path base) {
        return header(spec, base.resolve(spec.path())).columns.size();
    }

    private static Header header(SourceSpec.Csv spec, Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line = CsvLine.read(reader, file, 1);
            if (line == null || line.isBlank()) {
                throw SourceProblem.of("the file has no header", file, 1)
                        .attempt("a first line with the names of the columns")
                        .toException();
            }
            List<String> names = CsvLine.cells(line, file, 1);
            int label = spec.label() == null ? -1 : column(names, spec.label(), file);
            int group = spec.group() == null ? -1 : column(names, spec.group(), file);
            var columns = new ArrayList<Integer>();
            spec.columns().forEach(name -> columns.add(column(names, name, file)));
            if (spec.columns().isEmpty()) {
                String first = CsvLine.read(reader, file, 2);
                List<String> cells = first == null ? List.of() : CsvLine.cells(first, file, 2);
                for (int i = 0; i < cells.size() && i < names.size(); i++) {
                    if (i != label && i != group && !Float.isNaN(number(cells.get(i)))) {
                        columns.add(i);
                    }
                }
            }
            if (columns.isEmpty()) {
                throw SourceProblem.of("no column of numbers", file, 1)
                        .attempt("columns: [NAME, …]")
                        .toException();
            }
            return new Header(names.size(), List.copyOf(columns), label, group);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static RuntimeException unreadable(Path file, IOException e) {
        return e instanceof java.nio.charset.CharacterCodingException
                ? SourceProblem.of("the file is not UTF-8 text", file).toException()
                : SourceProblem.unreadable(file, e).toException();
    }

    private static int column(List<String> names, String name, Path file) {
        int index = names.indexOf(name);
        if (index < 0) {
            Problem problem = SourceProblem.of("no column '" + name + "'", file, 1);
            throw Suggestion.nearest(name, names)
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElseGet(() -> problem.attempt("one of " + String.join(", ", names)))
                    .toException();
        }
        return index;
    }

    /** The number in a cell; NaN where it is none. */
    static float number(String cell) {
        try {
            return cell.isEmpty() ? Float.NaN : Float.parseFloat(cell);
        } catch (NumberFormatException e) {
            return Float.NaN;
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public Iterator<Sample> iterator() {
        return new Windows();
    }

    /** Goes through the file with one window of rows in memory. */
    private final class Windows implements Reading {
        private final BufferedReader reader;
        private final ArrayDeque<Row> rows = new ArrayDeque<>();
        private long line = 1;
        /** Rows of the recording so far. */
        private long seen;

        private boolean ready;
        private boolean ended;

        Windows() {
            try {
                reader = Files.newBufferedReader(file);
                CsvLine.read(reader, file, 1);
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }

        @Override
        public boolean hasNext() {
            while (!ready) {
                Row row = ended ? null : row();
                if (row == null) {
                    ended = true;
                    close();
                    return false;
                }
                Row last = rows.peekLast();
                if (last != null && !last.group.equals(row.group)) {
                    rows.clear();
                    seen = 0;
                }
                rows.add(row);
                seen++;
                if (rows.size() > spec.window()) {
                    rows.removeFirst();
                }
                ready = seen >= spec.window() && (seen - spec.window()) % spec.hop() == 0;
            }
            return true;
        }

        /** The label of the next window, which is then done with. */
        String nextLabel() {
            ready = false;
            return label();
        }

        private String label() {
            Map<String, Integer> counts = new LinkedHashMap<>();
            rows.forEach(row -> counts.merge(row.label, 1, Integer::sum));
            String best = "";
            int most = 0;
            for (var entry : counts.entrySet()) {
                if (entry.getValue() > most) {
                    best = entry.getKey();
                    most = entry.getValue();
                }
            }
            return best;
        }

        @Override
        public Sample next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ready = false;
            int width = header.columns.size();
            float[] values = new float[spec.window() * width];
            int at = 0;
            for (Row row : rows) {
                System.arraycopy(row.values, 0, values, at, width);
                at += width;
            }
            Tensor tensor = Tensor.ofFloats(FrameFormat.INPUT, new long[] {spec.window(), width}, values);
            String where = file.getFileName() + ":" + line;
            OptionalInt label = labels == null ? OptionalInt.empty() : labels.index(label(), where);
            return new Sample(where, Map.of(FrameFormat.INPUT, tensor), label, seen == spec.window());
        }

        private @Nullable Row row() {
            try {
                String text;
                do {
                    text = CsvLine.read(reader, file, ++line);
                } while (text != null && text.isBlank());
                return text == null ? null : row(CsvLine.cells(text, file, line));
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }

        private Row row(List<String> cells) {
            if (cells.size() != header.cells) {
                throw SourceProblem.of("expected " + header.cells + " cells, found " + cells.size(), file, line)
                        .toException();
            }
            float[] values = new float[header.columns.size()];
            for (int i = 0; i < values.length; i++) {
                String cell = cells.get(header.columns.get(i));
                values[i] = number(cell);
                if (Float.isNaN(values[i])) {
                    throw SourceProblem.of("'" + cell + "' is not a number", file, line)
                            .toException();
                }
            }
            return new Row(
                    values,
                    header.label < 0 ? "" : cells.get(header.label),
                    header.group < 0 ? "" : cells.get(header.group));
        }

        @Override
        public void close() {
            try {
                reader.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
