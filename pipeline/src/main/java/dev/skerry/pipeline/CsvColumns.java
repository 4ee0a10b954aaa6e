package dev.skerry.pipeline;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a CSV file's header and first rows tell of its columns.
 *
 * @param columns in the order of the file
 * @param rows that were looked at
 */
public record CsvColumns(List<Column> columns, long rows) {
    private static final int MOST_ROWS = 20_000;

    public CsvColumns {
        columns = List.copyOf(columns);
    }

    /**
     * One column.
     *
     * @param numeric whether each cell is a number
     * @param values how many different ones there are
     */
    public record Column(String name, boolean numeric, int values) {}

    /** @throws dev.skerry.problem.ProblemException code {@code pipeline.source} where the file can't be read, or isn't CSV */
    public static CsvColumns of(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String header = reader.readLine();
            if (header == null || header.isBlank()) {
                throw SourceProblem.of("the file has no header", file, 1)
                        .attempt("a first line with the names of the columns")
                        .toException();
            }
            List<String> names = CsvLine.cells(header, file, 1);
            var seen = new ArrayList<Set<String>>();
            names.forEach(_ -> seen.add(new HashSet<>()));
            boolean[] words = new boolean[names.size()];
            long rows = 0;
            for (String line = reader.readLine(); line != null && rows < MOST_ROWS; line = reader.readLine()) {
                if (line.isBlank()) {
                    continue;
                }
                List<String> cells = CsvLine.cells(line, file, ++rows + 1);
                for (int i = 0; i < Math.min(cells.size(), words.length); i++) {
                    words[i] |= Float.isNaN(CsvSource.number(cells.get(i)));
                    seen.get(i).add(cells.get(i));
                }
            }
            var columns = new ArrayList<Column>();
            for (int i = 0; i < words.length; i++) {
                columns.add(new Column(
                        names.get(i), rows > 0 && !words[i], seen.get(i).size()));
            }
            return new CsvColumns(columns, rows);
        } catch (IOException e) {
            throw CsvSource.unreadable(file, e);
        }
    }
}
