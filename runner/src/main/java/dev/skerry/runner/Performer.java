package dev.skerry.runner;

import dev.skerry.pipeline.ActionSpec;
import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.Level;
import dev.skerry.pipeline.SourceContext;
import dev.skerry.problem.Problem;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One model of a run with all that is its own: loaded, held to its golden vectors, fed, rehearsed, its actions opened. */
final class Performer implements AutoCloseable {
    /** At 120 Hz half a minute, for a disk or a reader of standard output that hangs. */
    private static final int QUEUE_SLOTS = 4096;

    /** What a fallback model gets beyond what it took at the 99.9th percentile of its rehearsal. */
    private static final double MARGIN = 1.25;

    private final RunPlan plan;
    private final LongSupplier clock;
    private final Cast first;
    private final Supply supply;
    private final Actions actions;
    private final Answers answers;
    private final ActionQueue<Decision, Edition> queue;
    private final SwappedWork work;
    private final @Nullable SwappedWork standby;
    private Cast cast;
    private boolean swapped;

    private Performer(
            RunPlan plan,
            LongSupplier clock,
            Cast cast,
            Actions actions,
            Answers answers,
            ActionQueue<Decision, Edition> queue) {
        this.plan = plan;
        this.clock = clock;
        this.first = cast;
        this.cast = cast;
        this.supply = cast.lead().supply();
        this.actions = actions;
        this.answers = answers;
        this.queue = queue;
        this.work = new SwappedWork(nominal(cast.lead()));
        this.standby = cast.standby() == null ? null : new SwappedWork(second(cast.standby()));
    }

    /**
     * Loads, checks and rehearses what lies in a plan's bundle, and opens its actions.
     *
     * @param wire is told what is done
     * @param context for live sources
     * @param warmth how long the models are rehearsed
     * @param stopped whether the rehearsal is to be cut short
     */
    static Performer open(
            RunPlan plan,
            OutputStream stdout,
            Wire wire,
            SourceContext context,
            Warmth warmth,
            BooleanSupplier stopped) {
        wire.phase("model");
        LoadedModel model = LoadedModel.open(plan);
        boolean opened = false;
        try {
            wire.phase("golden vectors");
            RunReport.Golden golden = model.checkGolden();
            StartPages.letGo();
            wire.phase("samples");
            Supply supply = model.supply(context);
            try {
                wire.phase("warm-up");
                Cast cast = Cast.rehearsed(model, supply, golden, warmth, context.nanoTime(), stopped);
                DecisionReader reader = model.reader();
                List<ActionSpec> specs = model.pipeline().actions();
                // a run without an end is started again after it died, and what it has decided must stay
                Actions actions = plan.cycles() == 0
                        ? Actions.goOn(specs, plan.base(), stdout)
                        : Actions.open(specs, plan.base(), stdout);
                var answers = new Answers(
                        reader.newDecision(), model.pipeline().actions().isEmpty() ? null : actions);
                var performer = new Performer(
                        plan,
                        context.nanoTime(),
                        cast,
                        actions,
                        answers,
                        ModelWork.queue(reader, supply.bindings(), answers, QUEUE_SLOTS));
                opened = true;
                return performer;
            } finally {
                if (!opened) {
                    supply.close();
                }
            }
        } finally {
            if (!opened) {
                model.close();
            }
        }
    }

    /**
     * Another version, loaded, held to its golden vectors and warm, but not in charge.
     *
     * @throws dev.skerry.problem.ProblemException where it may not take over
     */
    Cast understudy(Path bundle) {
        LoadedModel model = LoadedModel.open(plan, bundle);
        boolean opened = false;
        try {
            RunReport.Golden golden = model.checkGolden();
            requireAlike(model);
            Cast next = Cast.rehearsed(model, supply.to(model), golden, Warmth.BRIEF, clock, () -> false);
            opened = true;
            return next;
        } finally {
            if (!opened) {
                model.close();
            }
        }
    }

    private void requireAlike(LoadedModel other) {
        if (!other.inputs().equals(first.model().inputs())) {
            throw Problem.usage("run.swap", "the new version takes other inputs, so it can't be put in at a run")
                    .at(other.manifest().name() + " " + other.manifest().version())
                    .because("it takes " + other.inputs() + ", the run has "
                            + first.model().inputs())
                    .attempt("starting the run anew with it")
                    .toException();
        }
        boolean hasModel = other.manifest().fallback() != null;
        if (hasModel != (standby != null)
                || !Levels.of(other.pipeline().fallback(), hasModel).equals(levels())) {
            throw Problem.usage("run.swap", "the new version has another fallback, so it can't be put in at a run")
                    .at(other.manifest().name() + " " + other.manifest().version())
                    .attempt("starting the run anew with it")
                    .toException();
        }
    }

    private ModelWork nominal(Cast.Member lead) {
        return ModelWork.of(lead.model(), lead.supply().feed(), lead.supply().bindings(), queue, Level.NOMINAL);
    }

    private ModelWork second(Cast.Member standby) {
        return ModelWork.of(
                standby.model(),
                standby.supply().standbyFeed(),
                standby.supply().bindings(),
                queue,
                Level.FALLBACK_MODEL);
    }

    /** What the model's standing follows. */
    Levels levels() {
        return Levels.of(first.model().pipeline().fallback(), first.standby() != null);
    }

    /** With the times of the run, which are known late. */
    Lane lane(Schedule schedule, long cycles) {
        var response = new Response(schedule, levels());
        var claims = new Claims();
        Cast.Member fallbackModel = first.standby();
        Standby second = standby == null || fallbackModel == null
                ? null
                : new Standby(
                        schedule,
                        cycles,
                        claims,
                        response,
                        HybridPacer.sleeping(),
                        standby,
                        Math.round(fallbackModel.need().p999Nanos() * MARGIN) + schedule.leadNanos());
        return new Lane(
                schedule,
                work,
                claims,
                response,
                new LoopRecord(),
                second,
                first.lead().need().p99Nanos());
    }

    /** Puts an understudy in charge, from the next release on. */
    void put(Cast next) {
        if (standby != null && next.standby() != null) {
            standby.put(second(next.standby()));
        }
        work.put(nominal(next.lead()));
        cast = next;
        swapped = true;
    }

    /** Undoes {@link #put} where no thread has taken over yet. */
    boolean takeBack(Cast before) {
        if (!work.takeBack()) {
            return false;
        }
        if (standby != null && !standby.takeBack()) {
            // one has and one hasn't: the new fallback model stays, and so does all that it needs
            return false;
        }
        cast = before;
        return true;
    }

    /** Whether all threads work with the version that was put in last. */
    boolean settled() {
        return work.settled() && (standby == null || standby.settled());
    }

    boolean hasStandby() {
        return standby != null;
    }

    Cast cast() {
        return cast;
    }

    SwappedWork work() {
        return work;
    }

    String name() {
        return first.model().manifest().name();
    }

    ActionQueue<Decision, Edition> queue() {
        return queue;
    }

    Answers answers() {
        return answers;
    }

    Actions actions() {
        return actions;
    }

    /** Lets a live source deliver, and waits until there is something to decide on. */
    void begin(Wire wire, BooleanSupplier stopped) {
        if (supply.remarks() != null) {
            wire.phase("first sample");
        }
        supply.begin(stopped);
    }

    RunReport.Samples samples() {
        return supply.samples();
    }

    /** What a live source did; null for recordings. */
    RunReport.@Nullable Sensor sensor(LoopRecord loop) {
        SourceRemarks remarks = supply.remarks();
        return remarks == null ? null : remarks.report(loop, work.current().skipped());
    }

    /** How long an inference may hang before the run ends for it; 0 for ever. */
    long restartNanos() {
        return first.model().pipeline().restartNanos();
    }

    List<String> problems() {
        return actions.problems().stream().map(Problem::toString).toList();
    }

    @Override
    public void close() {
        if (swapped) {
            cast.close();
        }
        supply.close();
        first.close();
    }
}
