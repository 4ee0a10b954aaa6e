package dev.skerry.cli;

import dev.skerry.agent.AgentContext;
import dev.skerry.agent.AgentEvent;
import dev.skerry.agent.ServiceNotice;
import dev.skerry.agent.StatusFile;
import dev.skerry.agent.Supervision;
import dev.skerry.agent.Target;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runner.RunPlan;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The runners of an agent, as a service manager and a person hear of them. */
final class SupervisedRuns implements AutoCloseable {
    private static final long LOOK_MILLIS = 500;

    private final SupervisionOptions options;
    private final Supervision supervision;
    private final @Nullable StatusFile status;
    private final @Nullable ServiceNotice notice;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("skerry-status").factory());
    private final AgentEvent.Listener log;
    private boolean told;
    private boolean statusTroubled;

    private SupervisedRuns(
            SupervisionOptions options,
            Supervision supervision,
            @Nullable ServiceNotice notice,
            AgentEvent.Listener log) {
        this.options = options;
        this.supervision = supervision;
        this.status = options.status == null ? null : new StatusFile(options.status);
        this.notice = notice;
        this.log = log;
    }

    /** Starts those targets that can be run, unless the options say otherwise. */
    static SupervisedRuns start(Context context, SupervisionOptions options, List<Target> targets, boolean json) {
        AgentEvent.Listener log = log(context, json);
        List<Target.Packed> run = options.serveOnly
                ? List.of()
                : targets.stream()
                        .filter(Target.Packed.class::isInstance)
                        .map(Target.Packed.class::cast)
                        .filter(Supervision::isRunnable)
                        .toList();
        var around = new AgentContext(context.environment(), context.nanoTime(), new SplittableRandom(), log);
        Supervision supervision =
                Supervision.start(run, options.ordinary ? RunPlan.Realtime.NONE : RunPlan.Realtime.ALL, around);
        boolean opened = false;
        try {
            var runs = new SupervisedRuns(
                    options,
                    supervision,
                    ServiceNotice.of(context.environment()).orElse(null),
                    log);
            if (runs.status != null) {
                runs.status.write(false, supervision.statuses());
            }
            opened = true;
            return runs;
        } finally {
            if (!opened) {
                supervision.close();
            }
        }
    }

    /** A line for each change: JSON for machines, words for a person. */
    static AgentEvent.Listener log(Context context, boolean json) {
        PrintStream err = context.terminal().err();
        boolean machine = json || !context.terminal().animated();
        long start = context.nanoTime().getAsLong();
        return event -> {
            ObjectNode line = event.toJson();
            if (machine) {
                line.put("atMillis", (context.nanoTime().getAsLong() - start) / 1_000_000);
                err.println(line);
                return;
            }
            var text = new StringBuilder(event.name().replace('-', ' '));
            line.properties().forEach(field -> {
                if (!field.getKey().equals("schema") && !field.getKey().equals("event")) {
                    text.append(" · ")
                            .append(field.getKey())
                            .append(' ')
                            .append(ProblemText.printable(field.getValue().asString()));
                }
            });
            err.println(text);
        };
    }

    Supervision supervision() {
        return supervision;
    }

    /** The agent serves; from now on the status file and the service manager are kept informed. */
    void ready() {
        var _ = clock.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        boolean deciding = supervision.allDeciding();
        tell(deciding);
        if (notice != null) {
            if (deciding && !told) {
                told = true;
                notice.send("READY=1");
            }
            notice.send("WATCHDOG=1");
        }
    }

    /** A full disk must neither end the decisions nor fill the log. */
    private synchronized void tell(boolean deciding) {
        if (status == null) {
            return;
        }
        try {
            status.write(deciding, supervision.statuses());
            if (statusTroubled) {
                statusTroubled = false;
                log.happened(new AgentEvent.ActionBack("status", 0));
            }
        } catch (ProblemException e) {
            if (!statusTroubled) {
                statusTroubled = true;
                log.happened(new AgentEvent.ActionTrouble("status", e.problem()));
            }
        }
    }

    /** It has been told to end. */
    void stopping() {
        clock.shutdownNow();
        if (notice != null) {
            notice.send("STOPPING=1");
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        supervision.close();
        Path folder = options.reports;
        if (folder != null) {
            supervision.reports().forEach((name, report) -> write(folder.resolve(name + ".json"), report.json()));
        }
        tell(false);
    }

    private static void write(Path file, String text) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.writeString(file, text);
        } catch (IOException e) {
            throw Problem.environment("run.report", "the run's report can't be written")
                    .at(file.toString())
                    .because(e.toString())
                    .attempt("--reports with a folder that may be written to")
                    .toException();
        }
    }
}
