package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.Surroundings;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One run in this process: loads, checks, rehearses, runs the loop, and gives the report. */
final class Run {
    /** At 120 Hz half a minute, for a disk or a reader of standard output that hangs. */
    private static final int QUEUE_SLOTS = 4096;

    private static final long REHEARSAL_NANOS = 1_500_000_000L;
    private static final long REHEARSAL_CYCLES = 12_000;

    private final RunPlan plan;
    private final OutputStream stdout;
    private final Wire wire;
    private final StopSignal stop;
    private final @Nullable Path safepointLog;
    private final Path stdin;

    /**
     * Not started yet.
     *
     * @param stdout where an action that writes to standard output does so
     * @param safepointLog the log of this JVM; null where there is none
     * @param stdin what a source that reads standard input opens
     */
    Run(RunPlan plan, OutputStream stdout, Wire wire, StopSignal stop, @Nullable Path safepointLog, Path stdin) {
        this.plan = plan;
        this.stdout = stdout;
        this.wire = wire;
        this.stop = stop;
        this.safepointLog = safepointLog;
        this.stdin = stdin;
    }

    RunReport run() {
        wire.phase("model");
        try (LoadedModel model = LoadedModel.open(plan)) {
            wire.phase("golden vectors");
            RunReport.Golden golden = model.checkGolden();
            wire.phase("samples");
            try (Supply supply =
                    model.supply(new Surroundings(System::nanoTime, RandomGenerator.getDefault(), stdin))) {
                wire.phase("warm-up");
                rehearse(model, supply);
                if (supply.remarks() != null) {
                    wire.phase("first sample");
                }
                supply.begin(stop);
                return perform(model, supply, golden);
            }
        }
    }

    /** As fast as it goes and without actions, until the JVM has compiled the loop. */
    private void rehearse(LoadedModel model, Supply supply) {
        try (var rehearsal = new Rehearsal(model, supply.rehearsal(), supply.bindings())) {
            long end = System.nanoTime() + REHEARSAL_NANOS;
            for (int i = 0; i < REHEARSAL_CYCLES && System.nanoTime() < end && !stop.requested(); i++) {
                rehearsal.run(1);
            }
        }
    }

    private RunReport perform(LoadedModel model, Supply supply, RunReport.Golden golden) {
        Feed feed = supply.feed();
        List<Binding> bindings = supply.bindings();
        DecisionReader reader = model.reader();
        Actions actions = Actions.open(model.pipeline().actions(), plan.base(), stdout);
        Crew.Result result;
        Answers answers;
        try {
            answers = new Answers(
                    feed, reader.fallback(), model.pipeline().actions().isEmpty() ? null : actions);
            ActionQueue<Decision> queue = ModelWork.queue(reader, bindings, answers, QUEUE_SLOTS);
            result = new Crew(plan, ModelWork.of(model, feed, bindings, queue), queue, wire, stop).run();
        } finally {
            actions.close();
        }
        SourceRemarks remarks = supply.remarks();
        SafepointLog safepoints = safepointLog == null ? SafepointLog.UNKNOWN : SafepointLog.read(safepointLog);
        return ReportBuilder.build(new ReportBuilder.Findings(
                stop.requested() ? ExitState.INTERRUPTED : ExitState.COMPLETED,
                plan,
                result,
                safepoints,
                result.lost() + actions.lost(),
                actions.problems().stream().map(Problem::toString).toList(),
                answers.digest().text(),
                answers.digest().decisions(),
                supply.samples(),
                golden,
                remarks == null ? null : remarks.report(result.record(), feed.skipped())));
    }
}
