package dev.skerry.cli;

import static dev.skerry.cli.Terminal.Style.FAINT;
import static dev.skerry.cli.Terminal.Style.STRONG;

import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.RatioEstimate;
import dev.skerry.runtime.AcceleratorFit;
import dev.skerry.runtime.SelectionRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A selection as text: what was measured, and what would fit accelerators that aren't here. */
final class SelectionText {
    private static final String NOTHING = "–";
    private static final int LONG_NAME = 32;

    private final Terminal terminal;

    SelectionText(Terminal terminal) {
        this.terminal = terminal;
    }

    /** All rows; columns that no row has a value for are left out. */
    static Table table(List<SelectionRow> rows) {
        boolean memory = rows.stream().anyMatch(row -> row.detail().memoryBytes() != null);
        boolean decisions = rows.stream().anyMatch(row -> row.argmaxPercent() != null);
        var headings = new ArrayList<>(List.of(
                "runtime", "provider", "precision", "threads", "p50", "p99", "p99.9", "n", "ratio", "max diff"));
        if (decisions) {
            headings.add("same decision");
        }
        headings.add("model");
        if (memory) {
            headings.add("memory");
        }
        headings.add("status");
        var table = new Table(headings.toArray(String[]::new));
        for (SelectionRow row : rows) {
            LatencySummary latency = row.latency();
            Long bytes = row.detail().memoryBytes();
            var cells = new ArrayList<>(List.of(
                    row.runtime(),
                    row.provider() == null ? NOTHING : row.provider(),
                    row.precision(),
                    Integer.toString(row.threads()),
                    latency == null ? NOTHING : Quantity.micros(latency.p50Nanos() / 1e3),
                    latency == null ? NOTHING : Quantity.micros(latency.p99Nanos() / 1e3),
                    latency == null ? NOTHING : Quantity.micros(latency.p999Nanos() / 1e3),
                    latency == null ? NOTHING : Long.toString(latency.samples()),
                    ratio(row.ratio()),
                    row.maxAbsError() == null ? NOTHING : difference(row.maxAbsError())));
            if (decisions) {
                cells.add(row.argmaxPercent() == null ? NOTHING : Quantity.percent(row.argmaxPercent()));
            }
            cells.add(
                    row.detail().modelBytes() == 0
                            ? NOTHING
                            : Quantity.bytes(row.detail().modelBytes()));
            if (memory) {
                cells.add(bytes == null ? NOTHING : Quantity.bytes(bytes));
            }
            cells.add(status(row));
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    /** What would be taken, in a line. */
    static String fastest(SelectionRow row) {
        LatencySummary latency = row.latency();
        return "fastest: " + combination(row)
                + (latency == null ? "" : ", p50 " + Quantity.micros(latency.p50Nanos() / 1e3));
    }

    /** What was measured, in words. */
    static String combination(SelectionRow row) {
        return row.runtime() + (row.provider() == null ? "" : " " + row.provider()) + ", " + row.precision() + ", "
                + row.threads() + (row.threads() == 1 ? " thread" : " threads");
    }

    static String status(SelectionRow row) {
        String reason = row.reason();
        String placement = row.detail().placement();
        return row.status().label()
                + (reason == null ? "" : ": " + reason)
                + (placement == null ? "" : "; " + placement)
                + (row.detail().device() == null ? "" : "; on " + row.detail().device());
    }

    static String ratio(@Nullable RatioEstimate ratio) {
        return ratio == null
                ? NOTHING
                : String.format(
                        Locale.ROOT,
                        "%.2f (%.2f–%.2f)",
                        ratio.ratio(),
                        ratio.interval95().low(),
                        ratio.interval95().high());
    }

    private static String difference(double value) {
        return value == 0 ? "0" : Double.isFinite(value) ? String.format(Locale.ROOT, "%.2g", value) : "other shape";
    }

    /** Names of nodes can be long; their beginnings say least. */
    private static String shortened(String fallback) {
        int name = fallback.indexOf(" (");
        return name <= LONG_NAME ? fallback : "…" + fallback.substring(name - LONG_NAME + 1);
    }

    /** What compilers for accelerators would take. */
    String accelerators(List<AcceleratorFit> fits) {
        var table = new Table("not measured here", "takes", "of", "MACs", "pieces", "falls back first");
        for (AcceleratorFit fit : fits) {
            Integer asInt8 = fit.takenAsInt8();
            boolean silent = fit.unknown() == fit.nodes();
            table.row(
                    fit.compiler().name(),
                    silent
                            ? "?"
                            : fit.taken()
                                    + (asInt8 == null || asInt8 == fit.taken() ? "" : " (as INT8 " + asInt8 + ")"),
                    Integer.toString(fit.nodes()),
                    fit.macsPercent() == null ? NOTHING : Quantity.percent(fit.macsPercent()),
                    silent ? "?" : Integer.toString(fit.partitions()),
                    fit.firstFallback().isEmpty() ? "nothing" : shortened(fit.firstFallback()));
        }
        return "\n" + terminal.styled(STRONG, "accelerators")
                + terminal.styled(
                        FAINT, "  by the tables that their makers publish, docs/accelerators.md; nothing of it was run")
                + "\n" + table.render("  ");
    }
}
