package dev.skerry.runner;

import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Level;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a model's answers: a standing and an event give the next standing, and nothing else plays a part. The way
 * down is taken at once, the way up only after a number of releases in a row that the model was on time; a latched safe state is
 * left by a reset alone. Where nothing changes, what comes out is what went in, so that a run without misses allocates nothing.
 *
 * @param model whether there is a fallback model
 * @param lastGoodNanos how old the last decision may be; 0 where it doesn't stand in
 * @param standIn whether a label answers single releases
 * @param safe whether there is a safe state
 * @param latch whether it is held until a reset
 * @param recover releases in a row on time that lead back
 * @param misses how many of {@code of} releases in a row may go without a model's decision; {@code of} is 0 for no constraint
 * @param violationIsSafe whether a violation leads to the safe state
 */
record Levels(
        boolean model,
        long lastGoodNanos,
        boolean standIn,
        boolean safe,
        boolean latch,
        int recover,
        int misses,
        int of,
        boolean violationIsSafe) {
    /** No fallback at all: what is late leaves late. */
    static final Levels NONE = new Levels(false, 0, false, false, false, 1, 0, 0, false);

    /** As declared. */
    static Levels of(@Nullable Fallback fallback, boolean hasModel) {
        if (fallback == null) {
            return NONE;
        }
        Fallback.Safe safe = fallback.safe();
        Fallback.WeaklyHard weaklyHard = fallback.weaklyHard();
        return new Levels(
                hasModel,
                fallback.lastGoodNanos(),
                fallback.label() != null,
                safe != null,
                safe != null && safe.latch(),
                fallback.recover(),
                weaklyHard == null ? 0 : weaklyHard.misses(),
                weaklyHard == null ? 0 : weaklyHard.of(),
                weaklyHard != null && weaklyHard.then() == Fallback.Then.SAFE);
    }

    /** Whether something answers where the model doesn't. */
    boolean answers() {
        return standIn || safe;
    }

    /** Whether only a reset leads on. */
    boolean held(Standing now) {
        return now.level() == Level.SAFE && latch;
    }

    /** The model was on time at a release. Where the level is nominal afterwards, its decision leaves. */
    Standing onTime(Standing now) {
        if (now.level() == Level.NOMINAL || held(now)) {
            return now;
        }
        int row = now.onTime() + 1;
        return row >= recover ? now.onTime(0).at(Level.NOMINAL) : now.onTime(row);
    }

    /** The model wasn't on time, or wasn't right. */
    Standing missed(Standing now) {
        return now.onTime(0);
    }

    /**
     * Who answers a release that has no decision of the model.
     *
     * @param decided whether the fallback model has decided
     * @param ageNanos of the last good decision at this release's deadline
     */
    Level choose(Standing now, long release, boolean decided, long ageNanos) {
        if (held(now)) {
            return Level.SAFE;
        }
        if (decided) {
            return Level.FALLBACK_MODEL;
        }
        if (violationIsSafe && violates(now, release)) {
            return Level.SAFE;
        }
        if (ageNanos <= lastGoodNanos && lastGoodNanos > 0) {
            return Level.LAST_GOOD;
        }
        return standIn ? Level.STAND_IN : Level.SAFE;
    }

    /** Somebody has answered a release. */
    Standing answered(Standing now, long release, Level by) {
        if (by == Level.NOMINAL) {
            return now;
        }
        Standing after = by.isDecision() || of == 0 || held(now) ? now : without(now, release);
        return held(now) ? after : after.at(by);
    }

    /** Reset by a person or a program, after a self-test. */
    Standing reset(Standing now, boolean passed) {
        return passed && now.level() == Level.SAFE
                ? new Standing(Level.NOMINAL, 0, Releases.NONE, now.violations(), now.closest())
                : now;
    }

    private boolean violates(Standing now, long release) {
        return of > 0 && now.without().since(release - of + 1) + 1 > misses;
    }

    private Standing without(Standing now, long release) {
        int held = now.without().since(release - of + 1) + 1;
        return new Standing(
                now.level(),
                now.onTime(),
                now.without().with(release, misses + 1),
                now.violations() + (held > misses ? 1 : 0),
                Math.max(now.closest(), held));
    }
}
