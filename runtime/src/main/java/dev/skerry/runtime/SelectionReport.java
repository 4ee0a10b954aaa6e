package dev.skerry.runtime;

import dev.skerry.measure.LatencySummary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The table of a selection: first what works, the fastest on top; then what differs from the references; then what fails. */
public record SelectionReport(List<SelectionRow> rows) {
    public SelectionReport {
        rows = List.copyOf(rows);
    }

    static SelectionReport ranked(List<SelectionRow> rows) {
        var sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparing(SelectionRow::status)
                .thenComparingDouble(row -> medianNanos(row))
                .thenComparingInt(SelectionRow::threads));
        double best = sorted.isEmpty() ? Double.MAX_VALUE : medianNanos(sorted.getFirst());
        for (int i = 1; i < sorted.size(); i++) {
            SelectionRow row = sorted.get(i);
            if (row.status() == SelectionRow.Status.OK) {
                sorted.set(
                        i,
                        row.because(String.format(
                                Locale.ROOT, "%.2f times the median of the best", medianNanos(row) / best)));
            }
        }
        return new SelectionReport(sorted);
    }

    /** The fastest of those that work. */
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

    private static double medianNanos(SelectionRow row) {
        LatencySummary latency = row.latency();
        return latency == null ? Double.MAX_VALUE : latency.p50Nanos();
    }
}
