package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.util.random.RandomGenerator;

/**
 * Whether and when a runner that has ended is started again: at once the first time, then after growing pauses, and no more
 * after so many failures in a row. One that had decided for a while counts as the first again. Pure but for what it remembers.
 */
final class RestartPolicy {
    /** Failures in a row that are made up for. */
    static final int MOST = 5;

    /** Of deciding, after which a failure is a new one. */
    static final long STABLE_NANOS = 60_000_000_000L;

    private static final long FIRST_NANOS = 500_000_000L;
    private static final long MOST_NANOS = 30_000_000_000L;

    private final Backoff backoff;
    private int failures;

    /** What is to be done. */
    sealed interface Verdict {
        record Again(long pauseNanos) implements Verdict {}

        /** Trying again would end the same. */
        record StayDown(String why) implements Verdict {}
    }

    RestartPolicy(RandomGenerator random) {
        this.backoff = new Backoff(FIRST_NANOS, MOST_NANOS, random);
    }

    /**
     * After a run that ended without being told to.
     *
     * @param decidedNanos how long it had decided; 0 where it never did
     */
    Verdict after(Problem problem, long decidedNanos) {
        if (problem.kind() == Problem.Kind.USAGE || problem.kind() == Problem.Kind.GATE) {
            return new Verdict.StayDown("what it refuses doesn't change by trying again");
        }
        if (decidedNanos >= STABLE_NANOS) {
            failures = 0;
            backoff.reset();
        }
        failures++;
        if (failures > MOST) {
            return new Verdict.StayDown(
                    failures + " failures in a row, none after " + STABLE_NANOS / 1_000_000_000L + " s of decisions");
        }
        return new Verdict.Again(failures == 1 ? 0 : backoff.next());
    }
}
