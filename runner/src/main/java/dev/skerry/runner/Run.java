package dev.skerry.runner;

import dev.skerry.pipeline.SourceContext;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One run in this process: loads, checks, rehearses, runs the loop, and gives the report. */
final class Run {
    private final RunPlan plan;
    private final OutputStream stdout;
    private final Wire wire;
    private final StopSignal stop;
    private final Commands commands;
    private final @Nullable Path safepointLog;
    private final Path stdin;
    private final Warmth warmth;

    /**
     * Not started yet.
     *
     * @param stdout where an action that writes to standard output does so
     * @param safepointLog the log of this JVM; null where there is none
     * @param stdin what a source that reads standard input opens
     * @param warmth how long models are rehearsed
     */
    Run(
            RunPlan plan,
            OutputStream stdout,
            Wire wire,
            StopSignal stop,
            Commands commands,
            @Nullable Path safepointLog,
            Path stdin,
            Warmth warmth) {
        this.plan = plan;
        this.stdout = stdout;
        this.wire = wire;
        this.stop = stop;
        this.commands = commands;
        this.safepointLog = safepointLog;
        this.stdin = stdin;
        this.warmth = warmth;
    }

    RunReport run() {
        var context = new SourceContext(System::nanoTime, RandomGenerator.getDefault(), stdin);
        var performers = new ArrayList<Performer>();
        boolean hung = false;
        try {
            performers.add(Performer.open(plan, stdout, wire, context, warmth, stop::requested));
            for (RunPlan.Other other : plan.others()) {
                performers.add(Performer.open(plan.of(other), stdout, wire, context, warmth, stop::requested));
            }
            performers.forEach(performer -> performer.begin(wire, stop::requested));
            Crew.Result result;
            try {
                result = new Crew(plan, performers, wire, stop, commands, safepointLog).run();
            } finally {
                performers.forEach(performer -> performer.actions().close());
            }
            hung = result.hung();
            return report(performers, result);
        } finally {
            if (!hung) {
                // where a thread is still in there, the memory must stay
                performers.forEach(Performer::close);
            }
        }
    }

    private RunReport report(List<Performer> performers, Crew.Result result) {
        SafepointLog safepoints = safepointLog == null ? SafepointLog.UNKNOWN : SafepointLog.read(safepointLog);
        ExitState state =
                result.hung() ? ExitState.HUNG : stop.requested() ? ExitState.INTERRUPTED : ExitState.COMPLETED;
        var others = new ArrayList<RunReport>();
        for (int i = 1; i < performers.size(); i++) {
            others.add(one(state, performers, result, i, safepoints, List.of()));
        }
        return one(state, performers, result, 0, safepoints, others);
    }

    private RunReport one(
            ExitState state,
            List<Performer> performers,
            Crew.Result result,
            int at,
            SafepointLog safepoints,
            List<RunReport> others) {
        return ReportBuilder.build(new ReportBuilder.Findings(
                state, plan, result, result.lanes().get(at), performers.get(at), safepoints, others));
    }
}
