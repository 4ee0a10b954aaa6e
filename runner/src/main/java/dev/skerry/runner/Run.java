package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
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

    /**
     * Not started yet.
     *
     * @param stdout where an action that writes to standard output does so
     * @param safepointLog the log of this JVM; null where there is none
     */
    Run(RunPlan plan, OutputStream stdout, Wire wire, StopSignal stop, @Nullable Path safepointLog) {
        this.plan = plan;
        this.stdout = stdout;
        this.wire = wire;
        this.stop = stop;
        this.safepointLog = safepointLog;
    }

    RunReport run() {
        wire.phase("model");
        try (Arena arena = Arena.ofShared();
                LoadedModel model = LoadedModel.open(plan)) {
            wire.phase("golden vectors");
            RunReport.Golden golden = model.checkGolden();
            wire.phase("samples");
            HeldSamples samples = model.samples(arena);
            List<Binding> bindings = model.bind(samples);
            wire.phase("warm-up");
            rehearse(model, samples, bindings);
            return perform(model, samples, bindings, golden);
        }
    }

    /** The same loop over the same model, as fast as it goes and without actions, until the JVM has compiled it. */
    private void rehearse(LoadedModel model, HeldSamples samples, List<Binding> bindings) {
        var answers = new Answers(samples, model.reader().fallback(), null);
        ActionQueue<Decision> queue = queue(model.reader(), answers);
        ModelWork work = work(model, samples, bindings, queue);
        var enough = new StopSignal();
        Thread timer = Crew.daemon("skerry-rehearsal", () -> {
            LockSupport.parkNanos(REHEARSAL_NANOS);
            enough.request();
        });
        Thread sink = Crew.daemon("skerry-rehearsal-sink", queue);
        timer.start();
        sink.start();
        var record = new LoopRecord();
        new DeadlineLoop(
                        new Schedule(
                                System.nanoTime(),
                                plan.rateHz(),
                                plan.deadline().toNanos(),
                                0),
                        REHEARSAL_CYCLES,
                        new Claims(),
                        new RushingPacer(),
                        work,
                        new ThreadEvidence(),
                        enough,
                        record)
                .run();
        queue.finish(record.cycles.get());
        LockSupport.unpark(timer);
        Crew.join(sink);
        work.reset();
    }

    private RunReport perform(LoadedModel model, HeldSamples samples, List<Binding> bindings, RunReport.Golden golden) {
        DecisionReader reader = model.reader();
        Actions actions = Actions.open(model.pipeline().actions(), plan.base(), stdout);
        Crew.Result result;
        Answers answers;
        try {
            answers = new Answers(samples, reader.fallback(), actions);
            ActionQueue<Decision> queue = queue(reader, answers);
            result = new Crew(plan, work(model, samples, bindings, queue), queue, wire, stop).run();
        } finally {
            actions.close();
        }
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
                new RunReport.Samples(
                        samples.available(),
                        samples.samples().size(),
                        samples.bytes(),
                        samples.shapes().size()),
                golden));
    }

    private ModelWork work(
            LoadedModel model, HeldSamples samples, List<Binding> bindings, ActionQueue<Decision> queue) {
        return new ModelWork(
                samples,
                bindings,
                List.copyOf(model.manifest().state().values()),
                model.reader(),
                queue,
                model.pipeline().fallback() != null);
    }

    private static ActionQueue<Decision> queue(DecisionReader reader, Answers answers) {
        return new ActionQueue<>(
                Stream.generate(reader::newDecision).limit(QUEUE_SLOTS).toArray(Decision[]::new), answers);
    }
}
