package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts of a file as tokens: a line each, a row of a CSV with a header, or an object of JSON lines. */
final class TextSource implements SampleSource {
    private final SourceSpec.Text spec;
    private final Path file;
    private final Form form;
    private final List<String> header;
    private final Tokenizer tokenizer;
    private final TokenInputs inputs;
    private final @Nullable Labels labels;
    private final long size;

    private enum Form {
        LINES,
        CSV,
        JSON
    }

    /** One text, and what is said of it. */
    private record Row(
            String text, @Nullable String pair, @Nullable String label, long line) {}

    private TextSource(
            SourceSpec.Text spec,
            Path file,
            Form form,
            List<String> header,
            Tokenizer tokenizer,
            TokenInputs inputs,
            @Nullable Labels labels,
            long size) {
        this.spec = spec;
        this.file = file;
        this.form = form;
        this.header = header;
        this.tokenizer = tokenizer;
        this.inputs = inputs;
        this.labels = labels;
        this.size = size;
    }

    static SampleSource open(
            SourceSpec.Text spec, Path base, @Nullable Path names, Tokenizer tokenizer, TokenInputs inputs) {
        Path file = base.resolve(spec.path());
        Form form = form(spec.path());
        List<String> header = form == Form.CSV ? header(spec, file) : List.of();
        var counted = new TextSource(spec, file, form, header, tokenizer, inputs, null, 0);
        var used = new TreeSet<String>();
        long size = 0;
        for (var rows = counted.new Rows(); rows.hasNext(); size++) {
            String label = rows.row().label;
            if (label != null) {
                used.add(label);
            }
        }
        if (size == 0) {
            throw SourceProblem.of("the file has no text", file).toException();
        }
        return new TextSource(
                spec, file, form, header, tokenizer, inputs, used.isEmpty() ? null : Labels.of(names, used), size);
    }

    private static Form form(String path) {
        String name = path.toLowerCase(Locale.ROOT);
        return name.endsWith(".jsonl") || name.endsWith(".ndjson")
                ? Form.JSON
                : name.endsWith(".csv") ? Form.CSV : Form.LINES;
    }

    private static List<String> header(SourceSpec.Text spec, Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line = reader.readLine();
            List<String> names = line == null ? List.of() : CsvLine.cells(line, file, 1);
            requireColumn(spec.column(), names, file);
            requireColumn(spec.pair(), names, file);
            requireColumn(spec.label(), names, file);
            return names;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static void requireColumn(@Nullable String name, List<String> names, Path file) {
        if (name != null && !names.contains(name)) {
            Problem problem = SourceProblem.of("no column '" + name + "'", file, 1);
            throw Suggestion.nearest(name, names)
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElseGet(() -> problem.attempt("one of " + String.join(", ", names)))
                    .toException();
        }
    }

    private static RuntimeException unreadable(Path file, IOException e) {
        return e instanceof CharacterCodingException
                ? SourceProblem.of("the file is not UTF-8 text", file).toException()
                : SourceProblem.unreadable(file, e).toException();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public Iterator<Sample> iterator() {
        var rows = new Rows();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Sample next() {
                return sample(rows.row());
            }
        };
    }

    private Sample sample(Row row) {
        String where = file + ":" + row.line;
        Tokenizer.Encoding encoding = tokenizer.encode(row.text, row.pair, where);
        OptionalInt label = labels == null || row.label == null ? OptionalInt.empty() : labels.index(row.label, where);
        return new Sample(spec.path() + ":" + row.line, inputs.of(encoding), label, false);
    }

    private final class Rows {
        private final BufferedReader reader;
        private long line;
        private @Nullable Row ready;

        Rows() {
            try {
                reader = Files.newBufferedReader(file);
                if (form == Form.CSV) {
                    reader.readLine();
                    line++;
                }
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }

        boolean hasNext() {
            try {
                while (ready == null) {
                    String text = reader.readLine();
                    if (text == null) {
                        reader.close();
                        return false;
                    }
                    line++;
                    if (!text.isBlank()) {
                        ready = row(text);
                    }
                }
                return true;
            } catch (CharacterCodingException e) {
                throw unreadable(file, e);
            } catch (IOException e) {
                // also after the end, where the reader is closed
                if (line > 0 && "Stream closed".equals(e.getMessage())) {
                    return false;
                }
                throw new UncheckedIOException(e);
            }
        }

        Row row() {
            Row row = hasNext() ? ready : null;
            if (row == null) {
                throw new NoSuchElementException();
            }
            ready = null;
            return row;
        }

        private Row row(String text) {
            return switch (form) {
                case LINES -> new Row(text, null, null, line);
                case CSV -> {
                    List<String> cells = CsvLine.cells(text, file, line);
                    yield new Row(
                            cell(cells, spec.column()),
                            spec.pair() == null ? null : cell(cells, spec.pair()),
                            spec.label() == null ? null : cell(cells, spec.label()),
                            line);
                }
                case JSON -> {
                    JsonNode json = json(text);
                    yield new Row(
                            field(json, spec.column()),
                            spec.pair() == null ? null : field(json, spec.pair()),
                            spec.label() == null ? null : field(json, spec.label()),
                            line);
                }
            };
        }

        private String cell(List<String> cells, String column) {
            int index = header.indexOf(column);
            if (index >= cells.size()) {
                throw SourceProblem.of("expected " + header.size() + " cells, found " + cells.size(), file, line)
                        .toException();
            }
            return cells.get(index);
        }

        private JsonNode json(String text) {
            try {
                JsonNode json = JsonMapper.shared().readTree(text);
                if (json.isObject()) {
                    return json;
                }
            } catch (JacksonException _) {
                // said below
            }
            throw SourceProblem.of(
                            "expected a JSON object, found '" + text.substring(0, Math.min(40, text.length())) + "'",
                            file,
                            line)
                    .toException();
        }

        private String field(JsonNode json, String name) {
            JsonNode value = json.path(name);
            if (!value.isString() && !value.isNumber() && !value.isBoolean()) {
                throw SourceProblem.of("no text in the field '" + name + "'", file, line)
                        .attempt("column with one of " + String.join(", ", json.propertyNames()))
                        .toException();
            }
            return value.asString();
        }
    }
}
