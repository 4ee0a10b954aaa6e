package dev.skerry.pipeline;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of a CSV file: commas, or semicolons where there is no comma; quotes as RFC 4180, within the line. */
final class CsvLine {
    private static final int MOST_CHARS = 1 << 20;

    private CsvLine() {}

    /** The next line of a file, without its end; null where there is none. One without an end isn't taken into memory. */
    static @Nullable String read(BufferedReader reader, Path file, long number) throws IOException {
        int next = reader.read();
        if (next < 0) {
            return null;
        }
        var line = new StringBuilder();
        for (; next >= 0 && next != '\n' && next != '\r'; next = reader.read()) {
            if (line.length() == MOST_CHARS) {
                throw SourceProblem.of("the line has more than " + MOST_CHARS + " characters", file, number)
                        .attempt("a table of rows, each a line")
                        .toException();
            }
            line.append((char) next);
        }
        if (next == '\r') {
            reader.mark(1);
            if (reader.read() != '\n') {
                reader.reset();
            }
        }
        return line.toString();
    }

    static List<String> cells(String line, Path file, long number) {
        String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
        char comma = text.indexOf(',') < 0 && text.indexOf(';') >= 0 ? ';' : ',';
        var cells = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"' && (quoted || cell.toString().isBlank())) {
                quoted = !quoted;
                if (quoted) {
                    cell.setLength(0);
                }
            } else if (c == comma && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        if (quoted) {
            throw SourceProblem.of("a quote is opened and not closed", file, number)
                    .toException();
        }
        cells.add(cell.toString().strip());
        return cells;
    }
}
