package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.MissBound;
import dev.skerry.pipeline.Level;
import dev.skerry.runner.Attribution.Attributed;
import dev.skerry.runner.RunReport.Bucket;
import dev.skerry.runner.RunReport.Miss;
import dev.skerry.runner.RunReport.Pauses;
import dev.skerry.runner.RunReport.Point;
import dev.skerry.runner.RunReport.Spread;
import dev.skerry.runner.TransitionLog.Transition;
import dev.skerry.runtime.ProcessMemory;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts a report together from what was measured; pure. */
final class ReportBuilder {
    private static final int MISSES_LISTED = 1000;
    private static final int TRANSITIONS_LISTED = 1000;

    private ReportBuilder() {}

    /**
     * What a model of a run leaves behind.
     *
     * @param others reports of less important models
     */
    record Findings(
            ExitState state,
            RunPlan plan,
            Crew.Result result,
            Lane lane,
            Performer performer,
            SafepointLog safepoints,
            List<RunReport> others) {}

    static RunReport build(Findings found) {
        Crew.Result result = found.result;
        Lane lane = found.lane;
        LoopRecord loop = lane.record();
        Schedule schedule = lane.schedule();
        Standby standby = lane.standby();
        Performer performer = found.performer;
        long cycles = loop.cycles.get();
        long missed = loop.missed.get();
        SafepointLog safepoints = found.safepoints.within(schedule.startNanos(), schedule.release(cycles));
        var attribution = new Attribution(
                schedule, safepoints, result.steals(), result.hiccups().hiccups());
        List<Attributed> attributed = attribution.attribute(loop.misses.all());
        var causes = new TreeMap<String, Long>();
        attributed.forEach(one -> causes.merge(one.cause().label(), 1L, Long::sum));
        if (loop.misses.lost() > 0) {
            causes.merge(MissCause.UNATTRIBUTED.label(), loop.misses.lost(), Long::sum);
        }
        LatencyHistogram fallbacks = new LatencyHistogram();
        fallbacks.add(loop.fallback);
        fallbacks.add(loop.guarded);
        if (standby != null) {
            fallbacks.add(standby.latency());
        }
        var stages = new TreeMap<String, Spread>();
        stages.put("sense", spread(loop.sense));
        stages.put("infer", spread(loop.infer));
        stages.put("read", spread(loop.read));
        stages.put("act", spread(loop.act));
        return new RunReport(
                RunReport.SCHEMA,
                found.state,
                found.plan.rateHz(),
                micros(schedule.deadlineNanos()),
                micros(schedule.leadNanos()),
                found.plan.cycles(),
                cycles,
                loop.decisions,
                missed,
                causes.getOrDefault(MissCause.UNATTRIBUTED.label(), 0L),
                cycles == 0 ? 1 : MissBound.upper95(missed, cycles),
                loop.fallbacks,
                loop.fallbacksLate + loop.guardedLate,
                loop.late,
                loop.skipped,
                loop.failed,
                performer.queue().lost() + performer.actions().lost(),
                performer.problems(),
                spread(loop.latency),
                spread(loop.wake),
                spread(fallbacks),
                stages,
                causes,
                attributed.stream()
                        .limit(MISSES_LISTED)
                        .map(one -> miss(schedule, one))
                        .toList(),
                result.scheduling(),
                pauses(safepoints),
                loop.bytesPerCycle(),
                loop.watchedMostBytes,
                performer.answers().digest().text(),
                performer.answers().digest().decisions(),
                performer.samples(),
                performer.cast().golden(),
                result.startupMillis(),
                ProcessMemory.peakBytes().orElse(0),
                loop.latency.buckets().stream()
                        .map(bucket -> new Bucket(micros(bucket.toNanos()), bucket.count()))
                        .toList(),
                loop.timeline.stretches().stream()
                        .map(stretch -> new Point(
                                (schedule.release(stretch.firstCycle()) - schedule.startNanos()) / 1e6,
                                stretch.cycles(),
                                stretch.meanNanos() / 1e3,
                                micros(stretch.maxNanos()),
                                stretch.missed()))
                        .toList(),
                loop.firstFailure,
                spread(loop.age),
                performer.sensor(loop),
                performer.name(),
                performer.work().current().edition().version(),
                levels(lane.response()),
                lane.response().level().label(),
                lane.response().transitions().from(0).stream()
                        .limit(TRANSITIONS_LISTED)
                        .map(transition -> transition(schedule, transition, loop.misses, attribution))
                        .toList(),
                weaklyHard(lane.response()),
                standby == null ? null : standby(performer, standby),
                loop.yielded,
                spread(result.hiccups().late()),
                found.others);
    }

    private static SortedMap<String, Long> levels(Response response) {
        var levels = new TreeMap<String, Long>();
        for (Level level : Level.values()) {
            levels.put(level.label(), response.answers(level));
        }
        return levels;
    }

    private static RunReport.Transition transition(
            Schedule schedule, Transition transition, MissLog misses, Attribution attribution) {
        return new RunReport.Transition(
                transition.release(),
                (transition.nanos() - schedule.startNanos()) / 1e6,
                transition.from().label(),
                transition.to().label(),
                transition.reason().label(),
                Events.cause(transition, misses, attribution));
    }

    private static RunReport.@Nullable WeaklyHard weaklyHard(Response response) {
        Levels levels = response.levels();
        return levels.of() == 0
                ? null
                : new RunReport.WeaklyHard(
                        levels.misses(),
                        levels.of(),
                        response.standing().closest(),
                        response.standing().violations());
    }

    private static RunReport.StandbyReport standby(Performer performer, Standby standby) {
        Cast.Member member = performer.cast().standby();
        return new RunReport.StandbyReport(
                member == null ? 0 : micros(member.need().p999Nanos()),
                spread(standby.latency()),
                standby.failed(),
                standby.firstFailure());
    }

    private static Miss miss(Schedule schedule, Attributed one) {
        MissLog.Missed missed = one.missed();
        return new Miss(
                missed.cycle(),
                (schedule.release(missed.cycle()) - schedule.startNanos()) / 1e6,
                missed.answer().label(),
                micros(missed.latencyNanos()),
                one.cause().label(),
                micros(missed.wakeNanos()),
                micros(missed.inferNanos()),
                micros(one.pausedNanos()),
                micros(missed.waitedNanos()),
                micros(one.stolenNanos()),
                micros(missed.onCpuNanos()),
                missed.majorFaults(),
                missed.minorFaults(),
                missed.preemptions());
    }

    private static Pauses pauses(SafepointLog safepoints) {
        return new Pauses(
                safepoints.known(),
                safepoints.pauses().size(),
                micros(safepoints.pauses().stream()
                        .mapToLong(Stoppage::amountNanos)
                        .sum()),
                micros(safepoints.pauses().stream()
                        .mapToLong(Stoppage::amountNanos)
                        .max()
                        .orElse(0)),
                safepoints.collections().size());
    }

    static Spread spread(LatencyHistogram histogram) {
        LatencySummary summary = histogram.summary();
        return new Spread(
                summary.samples(),
                micros(summary.minNanos()),
                Math.rint(summary.meanNanos()) / 1e3,
                micros(summary.p50Nanos()),
                micros(summary.p90Nanos()),
                micros(summary.p99Nanos()),
                micros(summary.p999Nanos()),
                micros(summary.maxNanos()));
    }

    private static double micros(long nanos) {
        return nanos / 1e3;
    }
}
