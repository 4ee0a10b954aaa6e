package dev.skerry.cli;

import dev.skerry.assess.BenchRow;
import dev.skerry.assess.EnergyUse;
import dev.skerry.assess.LatencyObjective;
import dev.skerry.assess.NodeProfile;
import dev.skerry.assess.ResultCheck;
import dev.skerry.compress.ModelAccuracy;
import dev.skerry.measure.Interval;
import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.DeviceProbe;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code bench} prints. */
final class BenchText {
    private static final int SLOWEST = 12;

    private final Terminal terminal;

    BenchText(Terminal terminal) {
        this.terminal = terminal;
    }

    String render(BenchResult result) {
        var text = new StringBuilder();
        text.append(terminal.styled(Terminal.Style.STRONG, result.model()))
                .append("  ")
                .append(kind(result))
                .append("\n  machine: ")
                .append(StepText.machine(DeviceProbe.probe()))
                .append("\n\n");
        text.append(
                        result.rows().isEmpty()
                                ? "  nothing was measured\n"
                                : rows(result.rows()).render("  "))
                .append('\n');
        result.measured().forEach(row -> text.append(details(row)));
        failures(result.rows())
                .forEach((runtime, why) -> text.append("  ")
                        .append(runtime)
                        .append('\n')
                        .append("    ")
                        .append(why)
                        .append('\n'));
        text.append("  samples: ").append(origin(result)).append('\n');
        unmetered(result).forEach(why -> text.append("  energy: ").append(why).append('\n'));
        if (!result.judged().isEmpty()) {
            text.append('\n').append(accuracy(result.judged()).render("  "));
        }
        NodeProfile profile = result.profiled().profile();
        Problem unprofiled = result.profiled().problem();
        if (profile != null) {
            text.append('\n').append(profile(profile));
        } else if (unprofiled != null) {
            text.append("\n  profile: ").append(unprofiled).append('\n');
        }
        if (result.output() != null && !result.measured().isEmpty()) {
            text.append("wrote ").append(result.output()).append('\n');
        }
        return text.toString();
    }

    /** In a phrase, so that nobody takes a short run for a result. */
    String kind(BenchResult result) {
        return terminal.styled(Terminal.Style.FAINT, sort(result))
                + (result.interrupted()
                        ? "\n" + terminal.styled(Terminal.Style.WARNING, "interrupted: what follows is a part only")
                        : "");
    }

    static String sort(BenchResult result) {
        double seconds = result.plan().seconds().toMillis() / 1e3;
        return result.isOfficial()
                ? "by the times and numbers of MLPerf's rules; a submission takes LoadGen itself"
                : "quick run of %s s a scenario, not an MLPerf result (--official takes MLPerf's times and numbers)"
                        .formatted(Quantity.trimmed(seconds));
    }

    static String origin(BenchResult result) {
        var samples = result.samples();
        boolean noise = samples.origin().equals("noise");
        return samples.origin() + (noise ? ", which is enough for time where the model has no branches" : "") + "; "
                + "%,d of %,d in memory".formatted(samples.size(), samples.total())
                + (noise ? "" : ", " + Quantity.micros(samples.decodeMicros()) + " each to read, in no latency");
    }

    /** A runtime that can't take the model says so for each scenario; once is enough. */
    static Map<String, String> failures(List<BenchRow> rows) {
        var failures = new LinkedHashMap<String, String>();
        for (BenchRow row : rows) {
            if (row instanceof BenchRow.Failed failed) {
                String what = failed.subject().describe().replaceFirst(".* on ", "");
                String problem = failed.problem().toString();
                failures.merge(
                        what, problem, (before, same) -> before.contains(same) ? before : before + "\n    " + same);
            }
        }
        return failures;
    }

    Table rows(List<BenchRow> rows) {
        var table = new Table(
                "runtime", "scenario", "precision", "threads", "p50", "p90", "p99", "p99.9", "n", "figure", "result");
        for (BenchRow row : rows) {
            table.row(cells(row).toArray(String[]::new));
        }
        return table;
    }

    static List<String> cells(BenchRow row) {
        BenchRow.Subject subject = row.subject();
        var cells = new ArrayList<>(List.of(
                subject.runtime() + (subject.provider() == null ? "" : " " + shortened(subject.provider())),
                row.scenario().label(),
                subject.precision(),
                Integer.toString(subject.threads()) + (subject.instances() > 1 ? "×" + subject.instances() : "")));
        cells.addAll(
                switch (row) {
                    case BenchRow.Failed _ -> List.of("–", "–", "–", "–", "–", "–", "failed");
                    case BenchRow.Measured measured -> {
                        List<Long> percentiles = measured.verdict().percentilesNanos();
                        yield List.of(
                                Quantity.micros(percentiles.get(0) / 1e3),
                                Quantity.micros(percentiles.get(1) / 1e3),
                                Quantity.micros(percentiles.get(4) / 1e3),
                                Quantity.micros(percentiles.get(5) / 1e3),
                                "%,d".formatted(measured.run().times().latencies().length),
                                figure(measured.run().settings(), measured.verdict()),
                                verdict(measured));
                    }
                });
        return cells;
    }

    private static String shortened(String provider) {
        return provider.replaceFirst("ExecutionProvider$", "");
    }

    private static String verdict(BenchRow.Measured measured) {
        String state = measured.verdict().valid() ? "VALID" : "INVALID";
        return measured.run().partial() != null
                ? "part of a run"
                : measured.run().settings().departures().isEmpty()
                        ? state
                        : measured.verdict().valid() ? "quick" : "quick, INVALID";
    }

    /** What a scenario is judged by. */
    static String figure(LoadSettings settings, LoadVerdict verdict) {
        return switch (verdict.unit()) {
            case LATENCY ->
                "p" + LoadVerdict.percent(settings.percentile())
                        + (verdict.estimateNanos().isPresent() ? " ≤ " : " ~ ")
                        + Quantity.micros(verdict.figure() / 1e3);
            case SAMPLES_PER_SECOND ->
                Quantity.significant(verdict.figure())
                        + (settings.scenario() == Scenario.SERVER ? " queries/s" : " samples/s");
        };
    }

    private String details(BenchRow.Measured row) {
        var text = new StringBuilder("  ")
                .append(row.subject().describe().replaceFirst(".* on ", ""))
                .append(", ")
                .append(row.scenario().label())
                .append('\n');
        facts(row).forEach(fact -> text.append("    ").append(fact).append('\n'));
        for (LatencyObjective.Outcome outcome : row.objectives()) {
            boolean kept = outcome.state() == LatencyObjective.State.KEPT;
            text.append("    ")
                    .append(terminal.styled(
                            kept ? Terminal.Style.GOOD : Terminal.Style.BAD,
                            outcome.objective().text()))
                    .append(' ')
                    .append(outcome.describe())
                    .append('\n');
        }
        return text.toString();
    }

    /** A sentence each; the page has them too. */
    static List<String> facts(BenchRow.Measured row) {
        var facts = new ArrayList<String>();
        LoadVerdict verdict = row.verdict();
        LoadSettings settings = row.run().settings();
        if (row.run().partial() != null) {
            facts.add("a part of the run only: " + row.run().partial());
        }
        verdict.reasons().forEach(reason -> facts.add("not valid: " + reason));
        if (settings.scenario() == Scenario.SERVER) {
            facts.add("%s queries/s arrived at random, bound %s at p%s, %,d of %,d over it%s"
                    .formatted(
                            Quantity.significant(settings.targetQps()),
                            Quantity.micros(settings.latencyBoundNanos() / 1e3),
                            LoadVerdict.percent(settings.percentile()),
                            verdict.overLatency(),
                            verdict.queries(),
                            row.probes() == 0 ? "" : "; a rate found in %d steps".formatted(row.probes())));
        }
        facts.add("where the time went (p50 / p99): "
                + row.parts().stream()
                        .map(part -> part.name() + " " + pair(part.latency()))
                        .collect(Collectors.joining(", ")));
        facts.add(row.memory()
                .map(use -> "memory: at most %s resident, %s more than before the model was opened%s"
                        .formatted(
                                Quantity.bytes(use.peakBytes()),
                                Quantity.bytes(use.grownBytes()),
                                use.sinceStart() ? " (the peak may be of earlier)" : ""))
                .orElse("memory: not measured: the system doesn't tell"));
        if (row.energy() instanceof EnergyUse.Measured measured) {
            facts.add("energy: " + measured.describe());
        }
        return facts;
    }

    /** Why energy wasn't measured: the same for all runs as a rule, so that once is enough. */
    static List<String> unmetered(BenchResult result) {
        return result.measured().stream()
                .map(BenchRow.Measured::energy)
                .filter(EnergyUse.NotMeasured.class::isInstance)
                .map(EnergyUse::describe)
                .distinct()
                .toList();
    }

    private static String pair(LatencySummary latency) {
        return Quantity.micros(latency.p50Nanos() / 1e3) + " / " + Quantity.micros(latency.p99Nanos() / 1e3);
    }

    static Table accuracy(List<BenchResult.Judged> judged) {
        var table = new Table("runtime", "metric", "value", "95 % interval", "n", "");
        for (BenchResult.Judged each : judged) {
            ModelAccuracy accuracy = each.accuracy();
            Interval interval = accuracy == null ? null : accuracy.interval();
            table.row(
                    each.runtime(),
                    accuracy == null ? "–" : accuracy.metric(),
                    accuracy == null
                            ? "–"
                            : accuracy.isPercent()
                                    ? Quantity.percent(accuracy.value())
                                    : Quantity.significant(accuracy.value()),
                    interval == null ? "–" : String.format(Locale.ROOT, "%.2f–%.2f", interval.low(), interval.high()),
                    accuracy == null ? "–" : "%,d".formatted(accuracy.samples()),
                    each.problem() == null ? "" : each.problem().toString());
        }
        return table;
    }

    String profile(NodeProfile profile) {
        var table = new Table("node", "operator", "provider", "from", "time", "share", "MACs", "GMAC/s");
        profile.rows().stream()
                .sorted(Comparator.comparingDouble(NodeProfile.Row::micros).reversed())
                .limit(SLOWEST)
                .forEach(row -> table.row(cells(row).toArray(String[]::new)));
        int more = profile.rows().size() - SLOWEST;
        return "  where an inference of %s goes, the slowest nodes first (mean of %,d, timed by %s itself, which slows it):\n\n"
                        .formatted(Quantity.micros(profile.micros()), profile.inferences(), profile.runtime())
                + table.render("  ")
                + (more > 0 ? "  and %d more, all of them in --report and --json%n".formatted(more) : "")
                + "  " + origins(profile) + "\n";
    }

    static List<String> cells(NodeProfile.Row row) {
        Long macs = row.macs();
        Double rate = row.gigaMacsPerSecond();
        return List.of(
                LayerPlot.shortened(row.name()),
                row.op(),
                shortened(row.provider()),
                row.origin().label(),
                Quantity.micros(row.micros()),
                String.format(Locale.ROOT, "%.1f %%", 100 * row.share()),
                macs == null ? "–" : Quantity.count(macs),
                rate == null ? "–" : Quantity.significant(rate));
    }

    /** How the time splits. */
    static String origins(NodeProfile profile) {
        var parts = new ArrayList<String>();
        for (NodeProfile.Origin origin : NodeProfile.Origin.values()) {
            double micros = profile.micros(origin);
            if (micros > 0) {
                parts.add("%s %s (%.1f %%)"
                        .formatted(origin.label(), Quantity.micros(micros), 100 * micros / profile.micros()));
            }
        }
        return String.join(", ", parts);
    }

    String render(ResultCheck check) {
        var text = new StringBuilder();
        check.damage()
                .forEach(damage -> text.append(terminal.styled(Terminal.Style.BAD, "damaged"))
                        .append("  ")
                        .append(damage)
                        .append('\n'));
        for (ResultCheck.Run run : check.runs()) {
            boolean valid = run.valid() && check.damage().isEmpty();
            text.append(
                            valid
                                    ? terminal.styled(Terminal.Style.GOOD, "VALID")
                                    : terminal.styled(Terminal.Style.BAD, "INVALID"))
                    .append("  ")
                    .append(run.settings().scenario().label())
                    .append(", ")
                    .append(run.subject())
                    .append(": ")
                    .append(figure(run.settings(), run.verdict()))
                    .append(
                            run.settings().scenario() == Scenario.OFFLINE
                                    ? " of %,d samples".formatted(run.verdict().samples())
                                    : " of %,d queries".formatted(run.verdict().queries()))
                    .append('\n');
            run.contradictions()
                    .forEach(what ->
                            text.append("  contradicts itself: ").append(what).append('\n'));
            run.reasons().forEach(why -> text.append("  ").append(why).append('\n'));
            text.append("  ")
                    .append(
                            run.official()
                                    ? "by the times, numbers and seeds of MLPerf's rules"
                                    : "not an MLPerf result: "
                                            + String.join("; ", run.settings().departures()))
                    .append('\n');
        }
        long valid = check.damage().isEmpty()
                ? check.runs().stream().filter(ResultCheck.Run::valid).count()
                : 0;
        return text.append("%,d of %,d %s valid%n"
                        .formatted(valid, check.runs().size(), check.runs().size() == 1 ? "run is" : "runs are"))
                .toString();
    }
}
