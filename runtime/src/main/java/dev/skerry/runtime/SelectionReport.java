package dev.skerry.runtime;

import dev.skerry.measure.RatioEstimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The table of a selection: first what works, the fastest on top; then what works and is over the budget, what differs from the
 * references, and what fails. Combinations are ordered by their time ÷ that of the first one, which was measured beside each of them.
 */
public record SelectionReport(List<SelectionRow> rows) {
    public SelectionReport {
        rows = List.copyOf(rows);
    }

    static SelectionReport ranked(List<SelectionRow> rows) {
        var sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparing(SelectionRow::status)
                .thenComparingDouble(row -> time(row))
                .thenComparingInt(SelectionRow::threads));
        // the last round decides, where there was one: it is the more exact one
        sorted.stream()
                .filter(row ->
                        row.status() == SelectionRow.Status.OK && row.detail().last())
                .findFirst()
                .ifPresent(row -> {
                    sorted.remove(row);
                    sorted.addFirst(row);
                });
        double best = sorted.isEmpty() ? Double.MAX_VALUE : time(sorted.getFirst());
        for (int i = 1; i < sorted.size(); i++) {
            SelectionRow row = sorted.get(i);
            if (row.status() == SelectionRow.Status.OK) {
                sorted.set(
                        i,
                        row.because(String.format(Locale.ROOT, "%.2f times the median of the best", time(row) / best)));
            }
        }
        return new SelectionReport(sorted);
    }

    /** The fastest of those that work and keep to the budget. */
    public Optional<SelectionRow> best() {
        return rows.stream()
                .filter(row -> row.status() == SelectionRow.Status.OK)
                .findFirst();
    }

    /** {@code skerry.bench/1} without its envelope: {@code rows}, and {@code best} as a row or null. */
    public ObjectNode toJson() {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        var array = report.putArray("rows");
        rows.forEach(row -> array.add(row.toJson()));
        best().ifPresentOrElse(row -> report.set("best", row.toJson()), () -> report.putNull("best"));
        return report;
    }

    private static double time(SelectionRow row) {
        RatioEstimate ratio = row.ratio();
        return ratio == null ? Double.MAX_VALUE : ratio.ratio();
    }
}
