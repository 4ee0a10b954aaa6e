package dev.skerry.cli;

import dev.skerry.assess.BenchRow;
import dev.skerry.assess.LatencyObjective;
import dev.skerry.assess.NodeProfile;
import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import java.util.ArrayList;
import java.util.List;

/** A benchmark as one page: the table, the latencies of each run as a histogram, and where an inference goes. */
final class BenchPage {
    private static final int ROOM = 25;

    private final BenchResult result;

    BenchPage(BenchResult result) {
        this.result = result;
    }

    String render() {
        var page = new HtmlPage(result.model());
        page.paragraph(BenchText.sort(result) + ".");
        if (!result.departures().isEmpty()) {
            page.faint("Otherwise than the rules have it: " + String.join("; ", result.departures()) + ".");
        }
        if (result.interrupted()) {
            page.paragraph("Interrupted: this is a part only.");
        }
        page.table(
                List.of(
                        "runtime",
                        "scenario",
                        "precision",
                        "threads",
                        "p50",
                        "p90",
                        "p99",
                        "p99.9",
                        "n",
                        "figure",
                        "result"),
                result.rows().stream().map(BenchText::cells).toList());
        page.faint("Samples: " + BenchText.origin(result) + ".");
        BenchText.unmetered(result).forEach(why -> page.faint("Energy: " + why + "."));
        result.measured().forEach(row -> run(page, row));
        BenchText.failures(result.rows())
                .forEach((runtime, why) -> page.heading(runtime).paragraph(why));
        if (!result.judged().isEmpty()) {
            page.heading("Accuracy").code(BenchText.accuracy(result.judged()).render(""));
        }
        NodeProfile profile = result.profiled().profile();
        if (profile != null) {
            profile(page, profile);
        }
        return page.render();
    }

    private static String name(BenchRow row) {
        return row.scenario().label() + ", " + row.subject().describe().replaceFirst(".* on ", "");
    }

    private void run(HtmlPage page, BenchRow.Measured row) {
        page.heading(name(row));
        if (row.scenario() != Scenario.OFFLINE) {
            page.plot(histogram(row));
        }
        BenchText.facts(row).forEach(page::paragraph);
        for (LatencyObjective.Outcome outcome : row.objectives()) {
            page.paragraph(outcome.objective().text() + " " + outcome.describe());
        }
    }

    /** Offline there is one query, and how long a sample of it took to come is no latency. */
    private static String histogram(BenchRow.Measured row) {
        var buckets = new ArrayList<Plot.Bucket>();
        for (LatencyHistogram.Bucket bucket : row.histogram().buckets()) {
            buckets.add(new Plot.Bucket(bucket.fromNanos() / 1e6, bucket.toNanos() / 1e6, bucket.count()));
        }
        long limit = row.run().settings().latencyBoundNanos() > 0
                ? row.run().settings().latencyBoundNanos()
                : row.verdict().percentileNanos();
        return Plot.histogram(
                buckets,
                limit / 1e6,
                "ms",
                row.run().settings().latencyBoundNanos() > 0
                        ? "bound"
                        : "p" + LoadVerdict.percent(row.run().settings().percentile()));
    }

    private static void profile(HtmlPage page, NodeProfile profile) {
        page.heading("Where an inference goes")
                .paragraph(BenchText.origins(profile) + ".")
                .plot(bars(profile))
                .table(
                        List.of("node", "operator", "provider", "from", "time", "share", "MACs", "GMAC/s"),
                        profile.rows().stream().map(BenchText::cells).toList())
                .faint("Mean of %,d inferences on %s, timed by itself, which takes time too."
                        .formatted(profile.inferences(), profile.runtime()));
    }

    private static String bars(NodeProfile profile) {
        var bars = new ArrayList<Plot.Bar>();
        double most = 1e-9;
        for (NodeProfile.Row row : profile.rows()) {
            most = Math.max(most, row.micros());
            bars.add(new Plot.Bar(
                    shortened(row.name()),
                    row.micros(),
                    row.micros(),
                    row.micros(),
                    Quantity.micros(row.micros()),
                    row.origin() != NodeProfile.Origin.MODEL));
        }
        return Plot.bars(bars, 0, most);
    }

    /** The end of a name is what tells it from others, and there is room for so much of it. */
    private static String shortened(String name) {
        return name.length() <= ROOM ? name : "…" + name.substring(name.length() - ROOM + 1);
    }
}
