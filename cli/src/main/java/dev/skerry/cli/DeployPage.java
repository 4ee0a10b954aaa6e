package dev.skerry.cli;

import dev.skerry.compress.CompressionReport;
import dev.skerry.measure.LatencySummary;
import dev.skerry.project.DeployStep;
import dev.skerry.project.ProjectConfig;
import dev.skerry.runner.RunReport;
import dev.skerry.runtime.SelectionRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report of a deployment as one page: what was chosen and why, accuracy with its intervals, latency with its tail. */
final class DeployPage {
    private final ProjectConfig config;
    private final List<DeployStep> steps;

    DeployPage(ProjectConfig config, List<DeployStep> steps) {
        this.config = config;
        this.steps = steps;
    }

    String render() {
        var page = new HtmlPage(config.name() + " " + config.version());
        for (DeployStep step : steps) {
            switch (step) {
                case DeployStep.Inspected inspected -> inspected(page, inspected);
                case DeployStep.Compressed(CompressionReport report) ->
                    new CompressionPage(config.name(), report).sections(page);
                case DeployStep.Selected selected -> selected(page, selected);
                case DeployStep.Packed(var bundle) ->
                    page.heading("Bundle")
                            .table(
                                    List.of("", ""),
                                    List.of(
                                            List.of("file", bundle.file().toString()),
                                            List.of("digest", bundle.digest().text()),
                                            List.of("signer", bundle.signer()),
                                            List.of("size", Quantity.bytes(bundle.bytes())),
                                            List.of("golden vectors", Integer.toString(bundle.goldenVectors()))));
                case DeployStep.Verified(var verification) ->
                    page.faint("Verified: " + String.join(", ", verification.checks()) + ".");
                case DeployStep.Ran ran -> run(page, ran.report());
            }
        }
        return page.render();
    }

    private static void inspected(HtmlPage page, DeployStep.Inspected step) {
        page.paragraph(step.file().getFileName() + ": " + Quantity.bytes(step.bytes()) + ", "
                        + Quantity.count(step.cost().parameters()) + " parameters, "
                        + Quantity.count(step.cost().macs())
                        + " multiply-accumulates, opset " + step.model().opset() + "."
                        + (step.settled() ? " Branches that its constants rule out are left out." : ""))
                .faint(StepText.machine(step.device()) + "; frames: " + StepText.frame(step.frame()) + ".");
    }

    private static void selected(HtmlPage page, DeployStep.Selected step) {
        var rows = new ArrayList<List<String>>();
        for (SelectionRow row : step.report().rows()) {
            LatencySummary latency = row.latency();
            String reason = row.reason();
            rows.add(List.of(
                    row.runtime(),
                    row.precision(),
                    Integer.toString(row.threads()),
                    latency == null ? "–" : Quantity.micros(latency.p50Nanos() / 1e3),
                    latency == null ? "–" : Quantity.micros(latency.p99Nanos() / 1e3),
                    latency == null ? "–" : Long.toString(latency.samples()),
                    row.status().label() + (reason == null ? "" : ": " + reason)));
        }
        page.heading("Runtime: " + step.choice().runtime() + ", "
                        + step.choice().precision() + ", " + step.choice().threads()
                        + (step.choice().threads() == 1 ? " thread" : " threads"))
                .table(List.of("runtime", "precision", "threads", "p50", "p99", "n", "status"), rows)
                .faint("Pre-processing, model and post-processing as one graph, measured in alternation.");
    }

    static void run(HtmlPage page, RunReport report) {
        var buckets = new ArrayList<Plot.Bucket>();
        double from = report.latencyMicros().min();
        for (RunReport.Bucket bucket : report.histogram()) {
            if (bucket.count() > 0) {
                buckets.add(new Plot.Bucket(Math.min(from, bucket.upToMicros()), bucket.upToMicros(), bucket.count()));
            }
            from = bucket.upToMicros();
        }
        var points = new ArrayList<Plot.Point>();
        for (RunReport.Point point : report.timeline()) {
            points.add(new Plot.Point(point.atMillis() / 1e3, point.maxMicros() / 1e3, point.missed() > 0));
        }
        var latency = report.latencyMicros();
        page.heading("Run: " + report.cycles() + " cycles at " + Quantity.significant(report.rateHz()) + " Hz, "
                        + report.missed() + " missed")
                .table(
                        List.of("", "p50", "p99", "p99.9", "max", "n"),
                        List.of(List.of(
                                "latency from the scheduled release",
                                Quantity.micros(latency.p50()),
                                Quantity.micros(latency.p99()),
                                Quantity.micros(latency.p999()),
                                Quantity.micros(latency.max()),
                                Long.toString(latency.samples()))))
                .plot(Plot.histogram(buckets, report.deadlineMicros(), "µs"))
                .plot(Plot.timeline(points, report.deadlineMicros() / 1e3, "s", "ms"))
                .paragraph(String.format(
                        Locale.ROOT,
                        "Miss rate below %.3g %% at 95 %% confidence. %s.",
                        100 * report.missedUpperBound95(),
                        StepText.scheduling(report)));
        if (report.missed() > 0) {
            page.paragraph("Missed: " + StepText.causes(report) + ".");
        }
        var sensor = report.sensor();
        if (sensor != null) {
            page.paragraph("Sensor: " + String.join(", ", StepText.counts(sensor)) + "; " + StepText.age(report) + ".");
            sensor.problems().forEach(problem -> page.faint("The source said: " + problem));
        }
        report.scheduling()
                .missing()
                .forEach(missing -> page.faint(
                        "Without " + missing.what() + ": " + missing.why() + ". Try " + missing.remedy() + "."));
    }
}
