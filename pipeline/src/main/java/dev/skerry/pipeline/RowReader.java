package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Lines of text to rows of numbers: CSV after a header, or a JSON object or array a line. For one thread. */
final class RowReader {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final LiveSpec.Lines spec;
    private final Path where;
    private final float[] values;
    private int @Nullable [] cells;
    private int timeCell = -1;
    private int sequenceCell = -1;
    private int cellCount;
    private long timeNanos = UNKNOWN;
    private long sequence = UNKNOWN;
    private String complaint = "";

    /** What a line was. */
    enum Line {
        ROW,
        /** The names of the columns. */
        HEADER,
        /** Nothing that is to be counted. */
        BLANK,
        /** No row; {@link #complaint} says why. */
        DAMAGED
    }

    RowReader(LiveSpec.Lines spec, Path where) {
        this.spec = spec;
        this.where = where;
        this.values = new float[spec.columns().size()];
        if (!spec.header().isEmpty()) {
            header(spec.header());
        }
    }

    /** Whether a first line with the names of the columns has been seen, or isn't needed. */
    boolean knowsColumns() {
        return cells != null;
    }

    /**
     * Takes a line without its end.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.source} where the header lacks a column
     */
    Line take(String line) {
        String text = line.startsWith("\uFEFF") ? line.substring(1) : line;
        text = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        if (text.isBlank()) {
            return Line.BLANK;
        }
        char first = text.stripLeading().charAt(0);
        return first == '{' || first == '[' ? json(text) : csv(text);
    }

    private Line csv(String text) {
        List<String> found;
        try {
            found = CsvLine.cells(text, where, 0);
        } catch (dev.skerry.problem.ProblemException e) {
            return damaged(e.problem().what(), text);
        }
        int[] known = cells;
        if (known == null || isHeader(found)) {
            header(found);
            return Line.HEADER;
        }
        if (found.size() != cellCount) {
            return damaged("expected " + cellCount + " cells, found " + found.size(), text);
        }
        for (int i = 0; i < values.length; i++) {
            String cell = found.get(known[i]);
            values[i] = number(cell);
            if (Float.isNaN(values[i])) {
                return damaged("'" + spec.columns().get(i) + "' is no number: '" + cell + "'", text);
            }
        }
        timeNanos = timeCell < 0 ? UNKNOWN : time(found.get(timeCell));
        sequence = sequenceCell < 0 ? UNKNOWN : whole(found.get(sequenceCell));
        return checked(text);
    }

    /** A writer that starts anew says its header again. */
    private boolean isHeader(List<String> found) {
        int[] known = cells;
        if (known == null || found.size() != cellCount) {
            return false;
        }
        for (int i = 0; i < known.length; i++) {
            if (!found.get(known[i]).equals(spec.columns().get(i))) {
                return false;
            }
        }
        return true;
    }

    private void header(List<String> names) {
        int[] found = new int[values.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = cell(names, spec.columns().get(i));
        }
        timeCell = spec.time() == null ? -1 : cell(names, spec.time());
        sequenceCell = spec.sequence() == null ? -1 : cell(names, spec.sequence());
        cellCount = names.size();
        cells = found;
    }

    private int cell(List<String> names, String name) {
        int index = names.indexOf(name);
        if (index >= 0) {
            return index;
        }
        Problem problem = SourceProblem.of("no column '" + name + "' among " + String.join(", ", names), where);
        throw Suggestion.nearest(name, names)
                .map(near -> problem.attempt("'" + near + "'"))
                .orElseGet(() -> problem.attempt("header: [NAME, …] where the first line is no header"))
                .toException();
    }

    private Line json(String text) {
        JsonNode row;
        try {
            row = JSON.readTree(text);
        } catch (JacksonException e) {
            return damaged("no JSON: " + e.getOriginalMessage(), text);
        }
        for (int i = 0; i < values.length; i++) {
            String name = spec.columns().get(i);
            JsonNode cell = at(row, name);
            values[i] = cell.isNumber()
                    ? finite((float) cell.asDouble(Double.NaN))
                    : cell.isBoolean()
                            ? cell.booleanValue() ? 1 : 0
                            : cell.isString() ? number(cell.stringValue()) : Float.NaN;
            if (Float.isNaN(values[i])) {
                return damaged("'" + name + "' is no number", text);
            }
        }
        timeNanos = spec.time() == null ? UNKNOWN : time(at(row, spec.time()).asString(""));
        sequence = spec.sequence() == null
                ? UNKNOWN
                : whole(at(row, spec.sequence()).asString(""));
        return checked(text);
    }

    private static JsonNode at(JsonNode row, String name) {
        return name.startsWith("/") ? row.at(name) : row.path(name);
    }

    private Line checked(String text) {
        if (spec.time() != null && timeNanos == UNKNOWN) {
            return damaged("'" + spec.time() + "' is no time", text);
        }
        if (spec.sequence() != null && sequence == UNKNOWN) {
            return damaged("'" + spec.sequence() + "' is no whole number", text);
        }
        return Line.ROW;
    }

    private Line damaged(String why, String text) {
        complaint = why + " · " + (text.length() > 80 ? text.substring(0, 80) + "…" : text);
        return Line.DAMAGED;
    }

    /** The number in a cell; NaN where it is none, or an infinite one. */
    private static float number(String cell) {
        try {
            return cell.isEmpty() ? Float.NaN : finite(Float.parseFloat(cell));
        } catch (NumberFormatException e) {
            return Float.NaN;
        }
    }

    private static float finite(float value) {
        return Float.isFinite(value) ? value : Float.NaN;
    }

    private static long whole(String cell) {
        try {
            return Long.parseLong(cell);
        } catch (NumberFormatException e) {
            return UNKNOWN;
        }
    }

    private long time(String cell) {
        try {
            return Long.parseLong(cell) * spec.timeUnit().nanos();
        } catch (NumberFormatException notWhole) {
            try {
                double number = Double.parseDouble(cell);
                return Double.isFinite(number)
                        ? Math.round(number * spec.timeUnit().nanos())
                        : UNKNOWN;
            } catch (NumberFormatException notNumber) {
                return instant(cell);
            }
        }
    }

    private static long instant(String cell) {
        try {
            Instant instant = cell.endsWith("Z") || cell.lastIndexOf('+') > 0
                    ? OffsetDateTime.parse(cell.replace(' ', 'T')).toInstant()
                    : java.time.LocalDateTime.parse(cell.replace(' ', 'T')).toInstant(java.time.ZoneOffset.UTC);
            return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
        } catch (DateTimeParseException e) {
            return UNKNOWN;
        }
    }

    /** Of the last row, in the order of the columns; the same array each time. */
    float[] values() {
        return values;
    }

    /** By the row's own clock; meaningless where the spec names no time. */
    long timeNanos() {
        return timeNanos;
    }

    /** Meaningless where the spec names no sequence. */
    long sequence() {
        return sequence;
    }

    /** Why the last line was damaged. */
    String complaint() {
        return complaint;
    }
}
