package dev.skerry.cli;

import static dev.skerry.cli.Terminal.Style.BAD;
import static dev.skerry.cli.Terminal.Style.FAINT;
import static dev.skerry.cli.Terminal.Style.GOOD;
import static dev.skerry.cli.Terminal.Style.STRONG;

import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.Scale;
import dev.skerry.pipeline.FrameFormat;
import dev.skerry.project.DeployStep;
import dev.skerry.project.PackedBundle;
import dev.skerry.runner.RunReport;
import dev.skerry.runtime.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The steps of a deployment as text. */
final class StepText {
    private final Terminal terminal;

    StepText(Terminal terminal) {
        this.terminal = terminal;
    }

    String render(DeployStep step) {
        return switch (step) {
            case DeployStep.Inspected inspected -> inspected(inspected);
            case DeployStep.Compressed(CompressionReport report) -> new CompressionText(terminal).render(report);
            case DeployStep.Selected selected -> selected(selected);
            case DeployStep.Packed(PackedBundle bundle) -> packed(bundle);
            case DeployStep.Verified(var verification) -> verified(verification.checks());
            case DeployStep.Ran ran -> ran(ran.report()) + budget(ran);
        };
    }

    private String title(String name) {
        return terminal.styled(STRONG, name) + "  ";
    }

    private String inspected(DeployStep.Inspected step) {
        var cost = step.cost();
        String bound = cost.complete() ? "" : "≥ ";
        return title("inspect") + step.file().getFileName() + ": "
                + step.model().graph().nodes().size() + " nodes, opset "
                + step.model().opset() + ", " + Quantity.bytes(step.bytes()) + "\n"
                + "  " + bound + Quantity.count(cost.parameters()) + " parameters, " + bound
                + Quantity.count(cost.macs())
                + " MACs, peak memory " + bound + Quantity.bytes(cost.peakActivationBytes() + cost.parameterBytes())
                + " (weights and activations)\n"
                + (step.settled() ? "  branches that its constants rule out are left out\n" : "")
                + "  frames: " + frame(step.frame()) + "\n"
                + "  machine: " + machine(step.device()) + "\n";
    }

    static String frame(FrameFormat frame) {
        return switch (frame) {
            case FrameFormat.Image(int height, int width, int channels) ->
                (width == 0 ? "images of several sizes" : width + "×" + height + " pixels")
                        + (channels == 1 ? ", gray" : ", RGB");
            case FrameFormat.Signal(var type, var dims) -> type.label() + " " + dims;
            case FrameFormat.ModelInputs _ -> "the model's own inputs";
        };
    }

    static String machine(Device device) {
        String integers = device.hasInt8MatrixMultiply()
                ? "INT8 matrices"
                : device.hasVnni() || device.hasDotProduct() ? "INT8 dot products" : "no INT8 instructions";
        return device.cpu() + ", " + device.arch() + ", " + device.cores()
                + (device.cores() == 1 ? " core, " : " cores, ") + integers;
    }

    /** A value of the report's metric. */
    static String figure(Scale scale, @Nullable Double value) {
        return value == null || scale.percent() ? percent(value) : String.format(Locale.ROOT, "%.4g", value);
    }

    static String percent(@Nullable Double value) {
        return value == null ? "–" : Quantity.percent(value);
    }

    private String selected(DeployStep.Selected step) {
        var choice = step.choice();
        return title("select") + choice.runtime() + " " + choice.provider() + ", " + choice.precision() + ", "
                + choice.threads() + (choice.threads() == 1 ? " thread" : " threads") + ": " + choice.reason() + "\n"
                + SelectionText.table(step.report().rows()).render("  ");
    }

    private String packed(PackedBundle bundle) {
        return title("pack") + bundle.file() + ", " + Quantity.bytes(bundle.bytes()) + "\n"
                + "  digest " + bundle.digest() + "\n"
                + "  signed by " + bundle.signer() + "\n"
                + "  with " + bundle.key() + " (keep it; devices trust it)\n"
                + "  " + bundle.goldenVectors() + " golden vectors, tolerance "
                + String.format(Locale.ROOT, "%.3g", bundle.goldenTolerance()) + "\n"
                + (bundle.fallbackMicros() == null
                        ? ""
                        : "  with a fallback model that takes " + Quantity.micros(bundle.fallbackMicros()) + "\n");
    }

    private String verified(List<String> checks) {
        String names = checks.stream()
                .map(check -> check.replaceFirst(":.*", ""))
                .distinct()
                .collect(Collectors.joining(", "));
        return title("verify") + checks.size() + " checks passed: " + names + "\n";
    }

    private String budget(DeployStep.Ran step) {
        if (step.report().cycles() == 0) {
            return "";
        }
        String budget = "  budget: p" + Quantity.trimmed(step.percentile()) + " within "
                + Quantity.micros(step.report().deadlineMicros()) + ": ";
        return budget
                + switch (step.verdict()) {
                    case KEPT -> terminal.styled(GOOD, "kept") + ", at 95 % confidence\n";
                    case OPEN -> "not shown by " + step.report().cycles() + " cycles, a longer run can\n";
                    case BROKEN -> terminal.styled(BAD, "broken") + ", at 95 % confidence\n";
                };
    }

    private String ran(RunReport report) {
        var text = new StringBuilder(one(report.others().isEmpty() ? "run" : "run " + report.model(), report));
        report.others().forEach(other -> text.append(one("    " + other.model(), other)));
        return text.toString();
    }

    private String one(String name, RunReport report) {
        var text = new StringBuilder(title(name));
        text.append(report.cycles())
                .append(report.cycles() == 1 ? " cycle at " : " cycles at ")
                .append(Quantity.significant(report.rateHz()))
                .append(" Hz, ")
                .append(report.decisions())
                .append(report.decisions() == 1 ? " decision within " : " decisions within ")
                .append(Quantity.micros(report.deadlineMicros()))
                .append(" of their release\n");
        if (report.cycles() == 0) {
            return text.append("  it ended before the first release: nothing was measured\n")
                    .append(sensor(report))
                    .toString();
        }
        var latency = report.latencyMicros();
        text.append("  latency from the release: p50 ")
                .append(Quantity.micros(latency.p50()))
                .append(", p99 ")
                .append(Quantity.micros(latency.p99()))
                .append(", p99.9 ")
                .append(Quantity.micros(latency.p999()))
                .append(", max ")
                .append(Quantity.micros(latency.max()))
                .append(", n ")
                .append(latency.samples())
                .append('\n');
        text.append(levels(report));
        String missed = report.missed() + " missed" + (report.missed() == 0 ? "" : " (" + causes(report) + ")");
        text.append("  ")
                .append(terminal.styled(report.missed() == 0 ? GOOD : BAD, missed))
                .append(String.format(
                        Locale.ROOT,
                        "; miss rate below %.3g %% at 95 %% confidence%n",
                        100 * report.missedUpperBound95()));
        text.append(sensor(report));
        if (report.actionsLost() > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %d answers reached no action: the disk is full, or the action is gone or too slow%n",
                    report.actionsLost()));
        }
        text.append("  ").append(scheduling(report)).append('\n');
        for (var missing : report.scheduling().missing()) {
            text.append("  ")
                    .append(terminal.styled(
                            FAINT, "without " + missing.what() + ": " + missing.why() + "; try " + missing.remedy()))
                    .append('\n');
        }
        // The loop watches allocation once it is warm; a run that ends before has nothing to say.
        String allocated = report.bytesPerCycle() > 0
                ? String.format(Locale.ROOT, "%.0f bytes allocated a cycle; ", report.bytesPerCycle())
                : "";
        text.append("  ")
                .append(allocated)
                .append("decisions ")
                .append(report.decisionsDigest())
                .append('\n');
        return text.toString();
    }

    /** What a live source did; nothing for recordings. */
    private String sensor(RunReport report) {
        var sensor = report.sensor();
        if (sensor == null) {
            return "";
        }
        var text = new StringBuilder();
        if (report.ageMicros().samples() > 0) {
            text.append("  ")
                    .append(age(report))
                    .append(", n ")
                    .append(report.ageMicros().samples())
                    .append('\n');
        }
        boolean well = sensor.stale() + sensor.stuck() + sensor.gaps() == 0;
        text.append("  sensor: ")
                .append(terminal.styled(well ? GOOD : BAD, String.join(", ", counts(sensor))))
                .append('\n');
        sensor.problems()
                .forEach(problem -> text.append("    ")
                        .append(terminal.styled(FAINT, ProblemText.printable(problem)))
                        .append('\n'));
        return text.toString();
    }

    /** How old what was decided on was. */
    static String age(RunReport report) {
        var age = report.ageMicros();
        return "from capture to decision: p50 " + Quantity.micros(age.p50()) + ", p99 " + Quantity.micros(age.p99())
                + ", max " + Quantity.micros(age.max());
    }

    /** What a live source gave, and what of its health isn't as it should be. */
    static List<String> counts(RunReport.Sensor sensor) {
        var counts = new ArrayList<String>();
        counts.add(sensor.samples() + " samples");
        count(counts, sensor.skipped(), "skipped");
        count(counts, sensor.repeated(), "releases without a new one");
        count(counts, sensor.gaps(), "gaps");
        count(counts, sensor.stale(), "releases stale");
        count(counts, sensor.stuck(), "releases with a stuck sensor");
        count(counts, sensor.outOfRange(), "out of range");
        count(counts, sensor.reconnects(), "reconnects");
        return counts;
    }

    private static void count(List<String> counts, long number, String what) {
        if (number > 0) {
            counts.add(number + " " + what);
        }
    }

    /** Who answered, where it wasn't always the model; and how near the constraint came. */
    private String levels(RunReport report) {
        var text = new StringBuilder();
        if (report.missed() > 0 && report.fallbacks() > 0) {
            text.append("  answered by: ")
                    .append(report.levels().entrySet().stream()
                            .filter(level -> level.getValue() > 0)
                            .map(level -> level.getKey() + " " + level.getValue())
                            .collect(Collectors.joining(", ")))
                    .append("; at the end ")
                    .append(report.level())
                    .append('\n');
        }
        var constraint = report.weaklyHard();
        if (constraint != null) {
            text.append("  without a decision: at most ")
                    .append(constraint.closest())
                    .append(" of any ")
                    .append(constraint.of())
                    .append(" in a row, ")
                    .append(constraint.misses())
                    .append(" are allowed");
            text.append(
                    constraint.violations() == 0
                            ? "\n"
                            : "; " + terminal.styled(BAD, "violated " + constraint.violations() + " times") + "\n");
        }
        return text.toString();
    }

    static String causes(RunReport report) {
        return report.causes().entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }

    static String scheduling(RunReport report) {
        var scheduling = report.scheduling();
        var granted = new ArrayList<String>();
        if (scheduling.fifo()) {
            granted.add("SCHED_FIFO");
        }
        if (scheduling.affinity()) {
            granted.add("core " + scheduling.core());
        }
        if (scheduling.memoryLocked()) {
            granted.add("memory locked");
        }
        if (granted.isEmpty()) {
            granted.add("ordinary scheduling");
        }
        if (report.peakMemoryBytes() > 0) {
            granted.add("at most " + Quantity.bytes(report.peakMemoryBytes()) + " resident");
        }
        return String.join(", ", granted);
    }
}
