package dev.skerry.cli;

import dev.skerry.measure.LatencySummary;
import dev.skerry.runtime.AcceleratorFit;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.SelectionRow;
import java.util.ArrayList;
import java.util.List;

/** A selection as one page: times with their tails as bars, the table, and what accelerators would take. */
final class SelectionPage {
    private SelectionPage() {}

    static String render(String title, String machine, SelectionReport report, List<AcceleratorFit> fits) {
        var page = new HtmlPage(title);
        page.faint(machine + ".");
        sections(page, report);
        accelerators(page, fits);
        return page.render();
    }

    static void sections(HtmlPage page, SelectionReport report) {
        var bars = new ArrayList<Plot.Bar>();
        double most = 0;
        for (SelectionRow row : report.rows()) {
            LatencySummary latency = row.latency();
            if (latency != null) {
                double p50 = latency.p50Nanos() / 1e3;
                double p99 = latency.p99Nanos() / 1e3;
                most = Math.max(most, p99);
                bars.add(new Plot.Bar(
                        name(row),
                        p50,
                        p50,
                        p99,
                        Quantity.micros(p50) + ", p99 " + Quantity.micros(p99),
                        row.equals(report.rows().getFirst())));
            }
        }
        page.heading("Median, and up to the 99th percentile").plot(Plot.bars(bars, 0, most));
        var rows = new ArrayList<List<String>>();
        for (SelectionRow row : report.rows()) {
            LatencySummary latency = row.latency();
            rows.add(List.of(
                    name(row),
                    latency == null ? "–" : Quantity.micros(latency.p50Nanos() / 1e3),
                    latency == null ? "–" : Quantity.micros(latency.p99Nanos() / 1e3),
                    latency == null ? "–" : Quantity.micros(latency.p999Nanos() / 1e3),
                    latency == null ? "–" : Long.toString(latency.samples()),
                    SelectionText.ratio(row.ratio()),
                    row.argmaxPercent() == null ? "–" : Quantity.percent(row.argmaxPercent()),
                    SelectionText.status(row)));
        }
        page.heading("Combinations")
                .table(
                        List.of("combination", "p50", "p99", "p99.9", "n", "ratio", "same decision", "status"),
                        rows,
                        report.best().isPresent() ? List.of(0) : List.of())
                .faint(
                        "Measured in alternation; the ratio is time ÷ that of the first combination, with its 95 % interval. "
                                + "The fastest were measured once more, alone.");
    }

    private static void accelerators(HtmlPage page, List<AcceleratorFit> fits) {
        var rows = new ArrayList<List<String>>();
        for (AcceleratorFit fit : fits) {
            boolean silent = fit.unknown() == fit.nodes();
            rows.add(List.of(
                    fit.compiler().name() + ", " + fit.compiler().hardware(),
                    silent ? "?" : fit.taken() + " of " + fit.nodes(),
                    fit.takenAsInt8() == null ? "–" : Integer.toString(fit.takenAsInt8()),
                    fit.macsPercent() == null ? "–" : Quantity.percent(fit.macsPercent()),
                    silent ? "?" : Integer.toString(fit.partitions()),
                    fit.firstFallback()));
        }
        page.heading("Accelerators that aren't here: not measured")
                .table(List.of("compiler", "takes", "as INT8", "MACs", "pieces", "falls back first"), rows)
                .faint("By the tables that their makers publish.");
    }

    private static String name(SelectionRow row) {
        return row.runtime()
                + (row.provider() == null ? "" : " " + row.provider().replace("ExecutionProvider", "")) + " "
                + row.precision() + " ×" + row.threads();
    }
}
