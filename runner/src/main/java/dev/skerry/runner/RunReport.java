package dev.skerry.runner;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What a run did and how late it was; {@code skerry.run/1} as JSON, field by field. All latencies count from the scheduled
 * release, so a late start is in them. Of {@code cycles} releases, {@code decisions} had the model's decision handed to the
 * actions by the deadline, and {@code missed} had not: {@code cycles = decisions + missed}.
 *
 * @param schema {@code skerry.run/1}
 * @param cycles releases that came due
 * @param decisions releases whose decision left by the deadline
 * @param missed releases whose decision did not, whatever left instead
 * @param missedUnattributed of these, the ones without a cause
 * @param missedUpperBound95 one-sided 95 % upper bound of the miss rate, 0 to 1
 * @param fallbacks missed releases at which the armed fallback action left instead
 * @param fallbacksLate of these, the ones at which it left after the deadline
 * @param late missed releases whose decision left after the deadline, as no fallback was armed or it was late itself
 * @param skipped missed releases that never started, because an earlier one ran through them
 * @param failed missed releases whose inference threw, or whose decision wasn't a number
 * @param actionsLost answers that didn't reach an action: it failed, or was so slow that the queue before it was full
 * @param actionProblems the first failure of each action
 * @param latencyMicros release to the end of the decision's hand-off; a skipped release counts with the time until the loop was free again
 * @param wakeMicros how late the loop began after the release
 * @param fallbackMicros release to the end of the fallback's hand-off
 * @param stagesMicros {@code sense}, {@code infer}, {@code read}, {@code act}
 * @param causes number of misses by cause
 * @param misses the first ones, see {@code missed} for their number
 * @param bytesPerCycle Java heap allocated by the loop's thread per cycle, after warm-up
 * @param decisionsDigest SHA-256 over the model's decisions in cycle order, without fallbacks
 * @param decisionsInDigest how many decisions went into it; digests of runs compare where these agree
 * @param peakMemoryBytes the most of the runner's process that was resident at a time; 0 where the system doesn't say
 * @param firstFailure message of the first failed inference
 * @param ageMicros from the capture of a live sample to the end of its decision's hand-off
 * @param sensor what a live source did; null for recordings
 * @param model name of the bundle
 * @param version of it that was in charge at the end
 * @param levels releases answered, by who answered: {@code nominal}, {@code fallback-model}, {@code last-good}, {@code stand-in},
 *     {@code safe}
 * @param level the one that the run ended in
 * @param transitions the first changes of level
 * @param weaklyHard null where no such constraint is declared
 * @param standby the fallback model; null where there is none
 * @param yielded skipped releases that were left to more important models
 * @param hiccupMicros how much longer than a millisecond a thread slept that only sleeps
 * @param others the other models of the run, the more important ones first
 */
public record RunReport(
        String schema,
        ExitState state,
        double rateHz,
        double deadlineMicros,
        double fallbackLeadMicros,
        long cyclesPlanned,
        long cycles,
        long decisions,
        long missed,
        long missedUnattributed,
        double missedUpperBound95,
        long fallbacks,
        long fallbacksLate,
        long late,
        long skipped,
        long failed,
        long actionsLost,
        List<String> actionProblems,
        Spread latencyMicros,
        Spread wakeMicros,
        Spread fallbackMicros,
        SortedMap<String, Spread> stagesMicros,
        SortedMap<String, Long> causes,
        List<Miss> misses,
        Scheduling scheduling,
        Pauses pauses,
        double bytesPerCycle,
        long maxBytesPerCycle,
        String decisionsDigest,
        long decisionsInDigest,
        Samples samples,
        Golden golden,
        double startupMillis,
        long peakMemoryBytes,
        List<Bucket> histogram,
        List<Point> timeline,
        @Nullable String firstFailure,
        Spread ageMicros,
        @Nullable Sensor sensor,
        String model,
        String version,
        SortedMap<String, Long> levels,
        String level,
        List<Transition> transitions,
        @Nullable WeaklyHard weaklyHard,
        @Nullable StandbyReport standby,
        long yielded,
        Spread hiccupMicros,
        List<RunReport> others) {
    static final String SCHEMA = "skerry.run/1";

    /** A distribution of durations in microseconds; all 0 where {@code samples} is 0. */
    public record Spread(
            long samples, double min, double mean, double p50, double p90, double p99, double p999, double max) {
        static final Spread NONE = new Spread(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /**
     * One missed deadline and the evidence for its cause.
     *
     * @param atMillis scheduled release, since the first one
     * @param answer what left: {@code fallback}, {@code late decision}, {@code nothing}
     * @param latencyMicros release until the decision was there, or until the loop gave up on it
     * @param cause what explains it best: {@code preempted}, {@code own code}, …
     * @param pausedMicros overlap with safepoints, garbage collection among them
     * @param waitedMicros time that the kernel kept the runnable loop off the CPU
     * @param stolenMicros CPU time that the hypervisor gave to others, to 10 ms
     * @param majorFaults page faults that went to storage
     */
    public record Miss(
            long cycle,
            double atMillis,
            String answer,
            double latencyMicros,
            String cause,
            double wakeMicros,
            double inferMicros,
            double pausedMicros,
            double waitedMicros,
            double stolenMicros,
            double onCpuMicros,
            long majorFaults,
            long minorFaults,
            long preemptions) {}

    /**
     * The privileges that the loop ran with.
     *
     * @param fifo whether under SCHED_FIFO
     * @param core the one core it was kept on; -1 where it wasn't
     */
    public record Scheduling(
            boolean fifo,
            boolean affinity,
            int core,
            boolean memoryLocked,
            boolean timerSlack,
            boolean runtimeThreadsRaised,
            List<Missing> missing) {
        public Scheduling {
            missing = List.copyOf(missing);
        }
    }

    /** A privilege that was wanted and not granted, and how to get it. */
    public record Missing(String what, String why, String remedy) {}

    /** Safepoints of the child during the loop; {@code known} is false where its log could not be read. */
    public record Pauses(boolean known, long count, double totalMicros, double maxMicros, long collections) {}

    /** What was replayed: {@code held} of {@code available} samples were decoded into memory before the loop. */
    public record Samples(long available, long held, long bytes, int shapes) {}

    /**
     * What a live source did.
     *
     * @param samples that it published since it was opened
     * @param skipped of these, the ones that no release was given, as a newer one was preferred
     * @param repeated releases that were answered with the decision of the sample before, as no new one was there
     * @param gaps times at which samples were lost between the sensor and the run
     * @param stale releases for which no sample was young enough
     * @param stuck releases whose sample came from a sensor that is stuck or out of range
     * @param outOfRange samples with a value that the sensor can't measure
     * @param reconnects times at which the source came back after it was gone
     * @param problems what it said is wrong, each once
     */
    public record Sensor(
            long samples,
            long skipped,
            long repeated,
            long gaps,
            long stale,
            long stuck,
            long outOfRange,
            long reconnects,
            List<String> problems) {
        public Sensor {
            problems = List.copyOf(problems);
        }
    }

    /** The golden vectors that the model reproduced before the loop began; 0 where the bundle has none. */
    public record Golden(int vectors, double maxDifference, double tolerance) {}

    /** Decisions whose latency was at most {@code upToMicros} and above that of the bucket before. */
    public record Bucket(double upToMicros, long count) {}

    /** A stretch of the run: its start since the first release, and the latencies in it. */
    public record Point(double atMillis, long cycles, double meanMicros, double maxMicros, long missed) {}

    /**
     * A change of level.
     *
     * @param atMillis since the first release
     * @param reason {@code late}, {@code hung}, {@code failed}, …
     * @param cause of the miss at a step down, as in {@link Miss}; null for a step up
     */
    public record Transition(
            long cycle,
            double atMillis,
            String from,
            String to,
            String reason,
            @Nullable String cause) {}

    /**
     * At most {@code misses} of {@code of} releases in a row without a model's decision.
     *
     * @param closest the most that any {@code of} in a row had, counted up to {@code misses} + 2
     */
    public record WeaklyHard(int misses, int of, int closest, long violations) {}

    /**
     * What the fallback model did.
     *
     * @param needMicros what it took before the run at the 99.9th percentile
     * @param latencyMicros from a release to the end of its answer's hand-off
     */
    public record StandbyReport(
            double needMicros,
            Spread latencyMicros,
            long failed,
            @Nullable String firstFailure) {}

    /** Why a run that ended as {@link ExitState#HUNG} did; none for all others. */
    public Optional<Problem> hung() {
        return state != ExitState.HUNG
                ? Optional.empty()
                : Optional.of(Problem.environment("run.hung", "an inference didn't come back, so the runner has ended")
                        .at(model + " " + version + ", cycle " + (cycles - 1))
                        .because("it is native code, which can't be interrupted; " + fallbacks
                                + " releases were answered by what stands in")
                        .attempt("starting it anew, as a supervisor does")
                        .attempt("another runtime or provider, where it happens again"));
    }

    public RunReport {
        levels = Collections.unmodifiableSortedMap(new TreeMap<>(levels));
        transitions = List.copyOf(transitions);
        others = List.copyOf(others);
        actionProblems = List.copyOf(actionProblems);
        misses = List.copyOf(misses);
        histogram = List.copyOf(histogram);
        timeline = List.copyOf(timeline);
    }

    public String json() {
        return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    }

    /** Writes it beside its place and then moves it there, so that a reader finds all of it or nothing. */
    void write(Path file) {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
        try {
            Files.writeString(temporary, json());
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Problem.environment("run.report", "the run's report can't be written")
                    .at(target.toString())
                    .because(e.toString())
                    .attempt("a folder that can be written to, with space in it")
                    .toException();
        }
    }

    /**
     * Reads what a child wrote.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.report} where the file isn't a report
     */
    public static RunReport read(Path file) {
        try {
            return Json.MAPPER.readValue(Files.readString(file), RunReport.class);
        } catch (IOException e) {
            throw unreadable(file, String.valueOf(e.getMessage()));
        } catch (JacksonException e) {
            throw unreadable(file, e.getOriginalMessage());
        }
    }

    private static RuntimeException unreadable(Path file, String why) {
        return Problem.environment("run.report", "the run's report can't be read")
                .at(file.toString())
                .because(why)
                .toException();
    }
}
