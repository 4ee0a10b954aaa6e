package dev.skerry.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How an agent runs bundles. */
final class SupervisionOptions {
    @Option(names = "--no-run", description = "Only serve: don't run bundles at their rate.")
    boolean serveOnly;

    @Option(names = "--no-realtime", description = "Don't ask for SCHED_FIFO, a core of its own and locked memory.")
    boolean ordinary;

    @Option(
            names = "--status",
            paramLabel = "FILE.json",
            description = "Keep a file that says how the runners are, skerry.agent-status/1.")
    @Nullable
    Path status;

    @Option(
            names = "--reports",
            paramLabel = "DIR",
            description = "At the end, leave each runner's report there, skerry.run/1.")
    @Nullable
    Path reports;
}
