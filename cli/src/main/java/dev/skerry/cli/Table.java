package dev.skerry.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows under headings; numbers end at the same place, words begin there. */
final class Table {
    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... headings) {
        this.headings = List.of(headings);
    }

    Table row(String... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings.size() + " headings");
        }
        rows.add(List.of(cells));
        return this;
    }

    String render(String indent) {
        var all = new ArrayList<List<String>>();
        if (headings.stream().anyMatch(heading -> !heading.isEmpty())) {
            all.add(headings);
        }
        all.addAll(rows);
        int columns = headings.size();
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int c = 0; c < columns; c++) {
            int column = c;
            widths[c] =
                    all.stream().mapToInt(row -> width(row.get(column))).max().orElse(0);
            numbers[c] = rows.stream().map(row -> row.get(column)).allMatch(Table::isNumber);
        }
        var text = new StringBuilder();
        for (List<String> row : all) {
            var line = new StringBuilder(indent);
            for (int c = 0; c < columns; c++) {
                String padding = " ".repeat(widths[c] - width(row.get(c)));
                line.append(c == 0 ? "" : "  ");
                line.append(numbers[c] ? padding + row.get(c) : row.get(c) + padding);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static boolean isNumber(String cell) {
        return cell.isEmpty() || cell.equals("–") || "+-~≤≥<0123456789".indexOf(cell.charAt(0)) >= 0;
    }

    private static int width(String cell) {
        return (int) cell.replaceAll("\u001b\\[[0-9;]*m", "").codePoints().count();
    }
}
