package dev.skerry.runner;

import dev.skerry.bundle.Bundle;
import java.util.Locale;

/** What a device says of its run in some lines, for a log. */
final class DeviceText {
    private DeviceText() {}

    static String of(RunReport report, Bundle bundle) {
        RunReport.Scheduling scheduling = report.scheduling();
        var text = new StringBuilder();
        line(
                text,
                String.format(
                        Locale.ROOT,
                        "%s %s, bundle %s",
                        bundle.manifest().name(),
                        bundle.manifest().version(),
                        bundle.digest()));
        line(
                text,
                String.format(
                        Locale.ROOT,
                        "%d cycles at %.6g Hz, %d decisions within %.3f ms of their release, %d missed %s",
                        report.cycles(),
                        report.rateHz(),
                        report.decisions(),
                        report.deadlineMicros() / 1e3,
                        report.missed(),
                        report.causes().isEmpty() ? "" : report.causes()));
        line(
                text,
                String.format(
                        Locale.ROOT,
                        "latency p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms; first release %.0f ms after the start, %s",
                        report.latencyMicros().p50() / 1e3,
                        report.latencyMicros().p99() / 1e3,
                        report.latencyMicros().p999() / 1e3,
                        report.latencyMicros().max() / 1e3,
                        report.startupMillis(),
                        report.peakMemoryBytes() == 0
                                ? "memory not known"
                                : "at most " + report.peakMemoryBytes() / 1_000_000 + " MB"));
        line(
                text,
                String.format(
                        Locale.ROOT,
                        "%s, %s, %s",
                        scheduling.fifo() ? "SCHED_FIFO" : "ordinary scheduling",
                        scheduling.affinity() ? "on core " + scheduling.core() : "on any core",
                        scheduling.memoryLocked() ? "memory locked" : "memory not locked"));
        scheduling
                .missing()
                .forEach(missing ->
                        line(text, "without " + missing.what() + ": " + missing.why() + "; try " + missing.remedy()));
        report.actionProblems().forEach(problem -> line(text, "action: " + problem));
        line(text, "decisions " + report.decisionsDigest() + ", n " + report.decisionsInDigest());
        return text.toString().strip();
    }

    private static void line(StringBuilder text, String line) {
        text.append(line.strip()).append('\n');
    }
}
