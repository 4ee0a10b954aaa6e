package dev.skerry.cli;

import static dev.skerry.cli.Terminal.Style.FAINT;
import static dev.skerry.cli.Terminal.Style.GOOD;
import static dev.skerry.cli.Terminal.Style.STRONG;
import static dev.skerry.cli.Terminal.Style.WARNING;

import dev.skerry.compress.ClassResult;
import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.compress.CompressionReport.LayerAlone;
import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.compress.Effort;
import dev.skerry.compress.RuntimePayoff;
import dev.skerry.measure.Interval;
import dev.skerry.problem.Problem;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a compression tried, measured and chose, as text. */
final class CompressionText {
    private static final String CHOSEN = "▶";
    private static final String PARETO = "◇";
    static final String NOISE = "≈";
    private static final int WIDTH = 116;
    private static final int MOST_KEPT = 8;
    private static final int MOST_SENSITIVE = 3;

    private final Terminal terminal;

    CompressionText(Terminal terminal) {
        this.terminal = terminal;
    }

    String render(CompressionReport report) {
        var text = new StringBuilder(terminal.styled(STRONG, "compress")).append("  ");
        text.append(report.calibrationSamples())
                .append(" calibration and ")
                .append(report.evaluationSamples())
                .append(" evaluation samples, ")
                .append(
                        report.labelled()
                                ? report.metric()
                                : report.metric() + " with the float model, as there are no labels")
                .append('\n')
                .append(table(report).render("  "))
                .append("  ")
                .append(terminal.styled(
                        FAINT,
                        CHOSEN + " chosen  " + PARETO
                                + " no other is as small, as fast and as accurate  ± 95 %  " + NOISE
                                + " within the noise  RAM: activations, estimated"))
                .append('\n');
        for (Variant row : report.variants()) {
            if (!row.reason().isEmpty() && row.status() != Status.SLOWER) {
                line(text, row.name() + ": " + row.reason());
            }
        }
        line(text, report.why());
        runtimes(text, report.runtimes());
        hurt(text, report.classes());
        sensitive(text, report.sensitivity());
        kept(text, report);
        for (Problem problem : report.problems()) {
            line(text, terminal.styled(WARNING, "note: ") + problem);
        }
        line(text, terminal.styled(FAINT, effort(report.effort())));
        return text.toString();
    }

    /** Broken between words where it is longer than a screen is wide. */
    private static void line(StringBuilder text, String line) {
        int column = 0;
        for (String word : line.split(" ", -1)) {
            int wide = word.replaceAll("\u001b\\[[0-9;]*m", "").length();
            if (column > 0 && column + 1 + wide > WIDTH) {
                text.append("\n    ").append(word);
                column = 2 + wide;
            } else {
                text.append(column == 0 ? "  " : " ").append(word);
                column += wide + (column == 0 ? 0 : 1);
            }
        }
        text.append('\n');
    }

    private Table table(CompressionReport report) {
        var table = new Table("", "variant", "size", "accuracy", "Δ", "p50", "p99", "÷ float", "RAM", "status");
        for (Variant row : report.variants()) {
            boolean chosen = isChosen(report, row);
            table.row(
                    chosen ? CHOSEN : report.pareto().contains(row.name()) ? PARETO : "",
                    row.name(),
                    bytes(row.bytes(), ""),
                    accuracy(row.accuracy(), row.accuracyInterval()),
                    change(row),
                    micros(row.p50Micros()),
                    micros(row.p99Micros()),
                    row.ratio() == null ? "–" : Quantity.ratio(row.ratio()),
                    bytes(row.ramBytes(), "~"),
                    status(row, chosen));
        }
        return table;
    }

    /** Where no model keeps to the limits, none is chosen, float neither. */
    static boolean isChosen(CompressionReport report, Variant row) {
        return report.binding() == null && row.name().equals(report.chosen());
    }

    private String status(Variant row, boolean chosen) {
        return !chosen
                ? row.status().label()
                : row.status() == Status.SLOWER
                        ? terminal.styled(WARNING, "chosen, slower")
                        : terminal.styled(GOOD, "chosen");
    }

    private static String bytes(@Nullable Long bytes, String about) {
        return bytes == null ? "–" : about + Quantity.bytes(bytes);
    }

    private static String micros(@Nullable Double micros) {
        return micros == null ? "–" : Quantity.micros(micros);
    }

    static String accuracy(@Nullable Double value, @Nullable Interval interval) {
        return value == null ? "–" : String.format(Locale.ROOT, "%.2f", value) + margin(interval);
    }

    static String change(Variant row) {
        return change(row.dropPercent(), row.dropInterval(), row.isWithinNoise());
    }

    /** Accuracy minus float's, so that a loss has a minus; marked where it is noise. */
    static String change(@Nullable Double drop, @Nullable Interval interval, boolean isNoise) {
        if (drop == null) {
            return "–";
        }
        // no minus before a zero
        return String.format(Locale.ROOT, "%+.2f", 0.0 - drop) + margin(interval) + (isNoise ? " " + NOISE : "");
    }

    private static String margin(@Nullable Interval interval) {
        return interval == null ? "" : String.format(Locale.ROOT, " ±%.2f", (interval.high() - interval.low()) / 2);
    }

    private static void runtimes(StringBuilder text, @Nullable RuntimePayoff runtimes) {
        if (runtimes != null) {
            line(text, "other runtimes: " + runtimes.answer() + ".");
        }
    }

    /** Classes that lose more than chance explains. */
    private static void hurt(StringBuilder text, List<ClassResult> classes) {
        classes.stream()
                .filter(ClassResult::isHurt)
                .sorted(Comparator.comparing(ClassResult::drop, Comparator.nullsLast(Comparator.reverseOrder())))
                .limit(MOST_SENSITIVE)
                .forEach(hurt -> line(
                        text,
                        "class " + hurt.label() + " loses "
                                + String.format(Locale.ROOT, "%.2f", hurt.drop()) + " points: "
                                + StepText.percent(hurt.floatPercent()) + " becomes "
                                + StepText.percent(hurt.percent()) + ", n " + hurt.count()));
    }

    private static void sensitive(StringBuilder text, List<LayerAlone> layers) {
        if (layers.isEmpty()) {
            return;
        }
        line(
                text,
                "most sensitive by itself: "
                        + layers.stream()
                                .sorted(Comparator.comparingDouble(LayerAlone::sqnrDecibel))
                                .limit(MOST_SENSITIVE)
                                .map(layer -> layer.node() + " (" + layer.op() + ", " + decibel(layer.sqnrDecibel())
                                        + (layer.compressed() ? "" : ", stays float") + ")")
                                .collect(Collectors.joining(", ")));
    }

    static String decibel(double value) {
        return Double.isFinite(value) ? Quantity.significant(value) + " dB" : value > 0 ? "exact" : "doesn't run";
    }

    private static void kept(StringBuilder text, CompressionReport report) {
        var byReason = report.keptFloat().stream()
                .limit(MOST_KEPT)
                .collect(Collectors.groupingBy(
                        KeptFloat::reason,
                        LinkedHashMap::new,
                        Collectors.mapping(CompressionText::kept, Collectors.joining(", "))));
        // pruning says of a layer that it keeps its channels, whatever its numbers are
        byReason.forEach((reason, nodes) -> line(
                text, reason.startsWith("keeps ") ? nodes + " " + reason : "stays float: " + nodes + ": " + reason));
        if (report.keptFloat().size() > MOST_KEPT) {
            line(text, "stays float: " + (report.keptFloat().size() - MOST_KEPT) + " more, in --json and --report");
        }
    }

    private static String kept(KeptFloat kept) {
        return kept.node() + " (" + kept.op() + ")";
    }

    static String effort(Effort effort) {
        String phases = effort.phases().stream()
                .filter(phase -> phase.elapsed().toMillis() >= 50)
                .map(phase ->
                        phase.name() + " " + Quantity.micros(phase.elapsed().toNanos() / 1e3))
                .collect(Collectors.joining(", "));
        return "took " + Quantity.micros(effort.elapsed().toNanos() / 1e3)
                + (phases.isEmpty() ? "" : " (" + phases + ")")
                + (effort.peakMemoryBytes().isPresent()
                        ? ", at most " + Quantity.bytes(effort.peakMemoryBytes().getAsLong()) + " of memory"
                        : "");
    }
}
