package dev.skerry.pipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One line of a CSV file: commas, or semicolons where there is no comma; quotes as RFC 4180, within the line. */
final class CsvLine {
    private CsvLine() {}

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
