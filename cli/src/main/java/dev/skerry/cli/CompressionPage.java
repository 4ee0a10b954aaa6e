package dev.skerry.cli;

import dev.skerry.compress.ClassResult;
import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.compress.Reproduction;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a compression tried, measured and chose, as one page: tables, plots, and what it takes to get the same again. */
final class CompressionPage {
    private static final int MOST_CLASSES = 30;

    private final String name;
    private final CompressionReport report;

    CompressionPage(String name, CompressionReport report) {
        this.name = name;
        this.report = report;
    }

    String render() {
        var page = new HtmlPage(name);
        page.faint("skerry compress: " + report.calibrationSamples() + " calibration and " + report.evaluationSamples()
                + " evaluation samples");
        sections(page);
        reproduction(page);
        return page.render();
    }

    /** All but title and reproduction, for pages that tell of more than compression. */
    void sections(HtmlPage page) {
        page.heading(report.binding() != null ? "No model keeps to all limits" : "Chosen: " + report.chosen())
                .paragraph(report.why());
        variants(page);
        plots(page);
        classes(page);
        layers(page);
        calibration(page);
        kept(page);
        page.heading("Effort").paragraph("It " + CompressionText.effort(report.effort()) + ".");
    }

    private String metric() {
        return report.labelled() ? report.metric() : report.metric() + " with the float model";
    }

    private String axis() {
        return metric() + (report.scale().percent() ? ", %" : "");
    }

    private void variants(HtmlPage page) {
        var rows = new ArrayList<List<String>>();
        var marked = new ArrayList<Integer>();
        for (Variant row : report.variants()) {
            boolean isChosen = CompressionText.isChosen(report, row);
            if (isChosen) {
                marked.add(rows.size());
            }
            String status = isChosen ? "chosen" : row.status().label();
            rows.add(List.of(
                    (report.pareto().contains(row.name()) ? "◇ " : "") + row.name(),
                    size(row.bytes()),
                    CompressionText.accuracy(row.accuracy(), row.accuracyInterval()),
                    CompressionText.change(row),
                    micros(row.p50Micros()),
                    micros(row.p99Micros()),
                    row.ratio() == null ? "–" : Quantity.ratio(row.ratio()),
                    row.ramBytes() == null ? "–" : "~" + size(row.ramBytes()),
                    status + (row.reason().isEmpty() ? "" : ": " + row.reason())));
        }
        page.heading("Variants")
                .table(
                        List.of("variant", "size", "accuracy", "Δ", "p50", "p99", "÷ float", "RAM", "status"),
                        rows,
                        marked)
                .faint("Accuracy is " + metric()
                        + ". ± and whiskers are 95 % intervals, those of Δ paired: the same samples"
                        + " judged both. " + CompressionText.NOISE
                        + ": within the sampling noise, neither a loss nor a gain."
                        + " ◇: no other is at least as small, as fast and as accurate. RAM is an estimate of the values alive"
                        + " at once.");
    }

    /** All where they are few, else those that lose most. */
    private void classes(HtmlPage page) {
        List<ClassResult> classes = report.classes();
        if (classes.isEmpty() || classes.getFirst().percent() == null) {
            return;
        }
        long hurt = classes.stream().filter(ClassResult::isHurt).count();
        List<ClassResult> shown = classes.size() <= MOST_CLASSES
                ? classes
                : classes.stream()
                        .sorted(Comparator.comparing(
                                        ClassResult::drop, Comparator.nullsFirst(Comparator.<Double>naturalOrder()))
                                .reversed())
                        .limit(MOST_CLASSES)
                        .toList();
        var rows = new ArrayList<List<String>>();
        var marked = new ArrayList<Integer>();
        for (ClassResult each : shown) {
            if (each.isHurt()) {
                marked.add(rows.size());
            }
            rows.add(List.of(
                    Integer.toString(each.label()),
                    Long.toString(each.count()),
                    CompressionText.accuracy(each.floatPercent(), each.floatInterval()),
                    CompressionText.accuracy(each.percent(), each.interval()),
                    CompressionText.change(each.drop(), each.dropInterval(), each.isWithinNoise()),
                    each.isHurt() ? "loses more than chance explains" : ""));
        }
        page.heading("Classes")
                .paragraph(
                        hurt == 0
                                ? "No class loses more than chance explains."
                                : hurt + (hurt == 1 ? " class loses" : " classes lose")
                                        + " more than chance explains, each by itself at 95 %; of a hundred classes two or"
                                        + " three look so by chance.")
                .table(List.of("class", "samples", "float", report.chosen(), "Δ", ""), rows, marked);
        if (shown.size() < classes.size()) {
            page.faint("The " + shown.size() + " of " + classes.size() + " classes that lose most; all are in --json.");
        }
    }

    private void plots(HtmlPage page) {
        var sizes = new ArrayList<Scatter.Point>();
        var times = new ArrayList<Scatter.Point>();
        for (Variant row : report.variants()) {
            Double accuracy = row.accuracy();
            Long bytes = row.bytes();
            Double ratio = row.ratio();
            if (accuracy == null) {
                continue;
            }
            boolean chosen = CompressionText.isChosen(report, row);
            String style = chosen
                    ? "chosen"
                    : row.status() == Status.PASSED || row.status() == Status.REFERENCE ? "dot" : "refused";
            boolean named = chosen
                    || row.status() == Status.REFERENCE
                    || report.pareto().contains(row.name());
            String title = row.name() + ", " + row.status().label() + ": "
                    + CompressionText.accuracy(accuracy, row.accuracyInterval()) + ", " + size(bytes) + ", "
                    + micros(row.p50Micros());
            if (bytes != null) {
                sizes.add(new Scatter.Point(
                        row.name(), bytes / 1e3, null, accuracy, row.accuracyInterval(), title, style, named));
            }
            if (ratio != null) {
                times.add(new Scatter.Point(
                        row.name(), ratio, row.ratioInterval(), accuracy, row.accuracyInterval(), title, style, named));
            }
        }
        page.heading("Accuracy and size")
                .plot(Scatter.of(sizes, "size, kB", axis(), report.scale().lowerIsBetter()));
        if (!times.isEmpty()) {
            page.heading("Accuracy and time")
                    .plot(Scatter.of(
                            times,
                            "time ÷ float, in alternation",
                            axis(),
                            report.scale().lowerIsBetter()));
        }
        page.legend("chosen", "chosen")
                .legend("dot", "could be chosen")
                .legend("refused", "can't be, for the reason in the table")
                .faint("The stair joins what nothing else is both cheaper and more accurate than.");
    }

    private void layers(HtmlPage page) {
        if (!report.sensitivity().isEmpty()) {
            page.heading("Sensitivity: each layer alone in INT8")
                    .plot(LayerPlot.of(report.sensitivity().stream()
                            .map(layer -> new LayerPlot.Layer(
                                    layer.node(),
                                    layer.op(),
                                    layer.sqnrDecibel(),
                                    layer.weights(),
                                    layer.compressed() ? "chosen" : "refused"))
                            .toList()))
                    .legend("chosen", "compressed in the chosen variant")
                    .legend("refused", "float there")
                    .faint(
                            "In the order of the graph. Signal to quantization noise of the model's outputs while all other"
                                    + " layers are float: longer bars hurt more. The smaller bars are the weights that it holds.");
        }
        if (!report.layers().isEmpty()) {
            page.heading("Signal of each layer, the errors before it included")
                    .plot(LayerPlot.of(report.layers().stream()
                            .map(layer ->
                                    new LayerPlot.Layer(layer.node(), layer.op(), layer.sqnrDecibel(), 0, "chosen"))
                            .toList()))
                    .faint("Signal to noise of what each compressed layer makes"
                            + (report.chosen().equals("float")
                                    ? ", in the truest variant."
                                    : ", in " + report.chosen() + "."));
        }
    }

    private void calibration(HtmlPage page) {
        page.heading("Samples and notes")
                .paragraph(report.calibrationSamples() + " samples calibrated, " + report.evaluationSamples()
                        + " judged, " + (report.labelled() ? "with labels." : "without labels."));
        for (Problem problem : report.problems()) {
            page.note(problem.code(), problem.toString());
        }
        if (report.problems().isEmpty()) {
            page.faint("Nothing to remark.");
        }
    }

    private void kept(HtmlPage page) {
        if (!report.keptFloat().isEmpty()) {
            page.heading("Layers that stay float")
                    .table(
                            List.of("layer", "operator", "why"),
                            report.keptFloat().stream()
                                    .map(kept -> List.of(kept.node(), kept.op(), kept.reason()))
                                    .toList());
        }
    }

    private void reproduction(HtmlPage page) {
        Reproduction facts = report.reproduction();
        if (facts == null) {
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("model", facts.model()));
        rows.add(List.of("calibration", facts.calibration()));
        rows.add(List.of("evaluation", facts.evaluation()));
        rows.add(List.of("chosen model", facts.output()));
        new TreeMap<>(facts.seeds()).forEach((what, seed) -> rows.add(List.of("seed of " + what, Long.toString(seed))));
        new TreeMap<>(facts.versions()).forEach((what, version) -> rows.add(List.of(what, version)));
        rows.add(List.of("processor", facts.cpu()));
        rows.add(List.of(
                "its instructions", facts.instructions().isEmpty() ? "–" : String.join(", ", facts.instructions())));
        page.heading("The same again")
                .code(facts.command())
                .table(List.of("", ""), rows)
                .faint(
                        "Models are made from counted work: the same model, samples, options and version give the same bytes."
                                + " Times are this machine's, and may turn the choice between variants that are nearly alike.");
    }

    private static String size(@Nullable Long bytes) {
        return bytes == null ? "–" : Quantity.bytes(bytes);
    }

    private static String micros(@Nullable Double micros) {
        return micros == null ? "–" : Quantity.micros(micros);
    }
}
