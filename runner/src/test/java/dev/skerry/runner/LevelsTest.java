package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class LevelsTest {
    private static final long YOUNG = 100;
    private static final long OLD = 300;
    /** Fallback model, last good for 200 ns, latched safe state, 3 releases to recover, at most 2 of 10 without a decision. */
    private static final Levels ALL = Levels.of(
            new Fallback(
                    null,
                    "tiny.onnx",
                    200,
                    new Fallback.Safe("stop", true),
                    new Fallback.WeaklyHard(2, 10, Fallback.Then.SAFE),
                    3,
                    0),
            true);

    private static Standing at(Level level) {
        return Standing.INITIAL.at(level);
    }

    private static Standing fails(Levels levels, Standing now, long release, boolean decided, long age) {
        return levels.answered(levels.missed(now), release, levels.choose(now, release, decided, age));
    }

    @Test
    void aRunWithoutMissesChangesNothing() {
        Standing now = Standing.INITIAL;
        assertThat(ALL.answered(ALL.onTime(now), 7, Level.NOMINAL)).isSameAs(now);
    }

    @Test
    void theFirstThatCanStandsIn() {
        for (Level from : List.of(Level.NOMINAL, Level.FALLBACK_MODEL, Level.LAST_GOOD)) {
            assertThat(fails(ALL, at(from), 50, true, OLD).level()).isEqualTo(Level.FALLBACK_MODEL);
            assertThat(fails(ALL, at(from), 50, false, YOUNG).level()).isEqualTo(Level.LAST_GOOD);
            assertThat(fails(ALL, at(from), 50, false, OLD).level()).isEqualTo(Level.SAFE);
        }
    }

    @Test
    void theWayBackTakesReleasesInARow() {
        Standing now = fails(ALL, Standing.INITIAL, 0, true, OLD);
        now = ALL.onTime(ALL.onTime(now));
        assertThat(now.level()).isEqualTo(Level.FALLBACK_MODEL);
        now = ALL.missed(now);
        now = ALL.onTime(ALL.onTime(now));
        assertThat(now.level()).isEqualTo(Level.FALLBACK_MODEL);
        assertThat(ALL.onTime(now)).isEqualTo(Standing.INITIAL);
    }

    @Test
    void aLatchedSafeStateIsLeftByAResetWithAPassedSelfTestAlone() {
        Standing safe = at(Level.SAFE);
        Standing after = safe;
        for (int release = 0; release < 100; release++) {
            after = ALL.onTime(after);
            assertThat(ALL.choose(after, release, true, YOUNG)).isEqualTo(Level.SAFE);
            after = ALL.answered(after, release, Level.SAFE);
        }
        assertThat(after).isEqualTo(safe);
        assertThat(ALL.reset(after, false)).isEqualTo(safe);
        assertThat(ALL.reset(after, true)).isEqualTo(Standing.INITIAL);
    }

    @Test
    void aSafeStateThatIsNotLatchedIsLeftWhenTheModelHasRecovered() {
        Levels levels = Levels.of(new Fallback(null, null, 0, new Fallback.Safe("stop", false), null, 2, 0), false);
        Standing now = fails(levels, Standing.INITIAL, 0, false, OLD);
        assertThat(now.level()).isEqualTo(Level.SAFE);
        assertThat(levels.onTime(now).level()).isEqualTo(Level.SAFE);
        assertThat(levels.onTime(levels.onTime(now)).level()).isEqualTo(Level.NOMINAL);
    }

    @Test
    void aLabelAloneLastsOneRelease() {
        Levels levels = Levels.of(new Fallback("reject"), false);
        Standing now = fails(levels, Standing.INITIAL, 0, false, 0);
        assertThat(now.level()).isEqualTo(Level.STAND_IN);
        assertThat(levels.onTime(now)).isEqualTo(Standing.INITIAL);
    }

    @Test
    void oneReleaseMoreThanTheConstraintAllowsIsSafe() {
        Standing now = fails(ALL, Standing.INITIAL, 0, false, YOUNG);
        now = fails(ALL, now, 5, false, YOUNG);
        assertThat(now.level()).isEqualTo(Level.LAST_GOOD);
        assertThat(now.closest()).isEqualTo(2);
        assertThat(fails(ALL, now, 9, false, YOUNG)).satisfies(violated -> {
            assertThat(violated.level()).isEqualTo(Level.SAFE);
            assertThat(violated.violations()).isEqualTo(1);
            assertThat(violated.closest()).isEqualTo(3);
        });
        // the first has left the window of ten by release 10
        assertThat(fails(ALL, now, 10, false, YOUNG).level()).isEqualTo(Level.LAST_GOOD);
    }

    @Test
    void decisionsOfTheFallbackModelKeepTheConstraint() {
        Standing now = Standing.INITIAL;
        for (int release = 0; release < 50; release++) {
            now = fails(ALL, now, release, true, OLD);
        }
        assertThat(now.closest()).isZero();
        assertThat(now.level()).isEqualTo(Level.FALLBACK_MODEL);
    }

    @Test
    void aConstraintThatOnlyReportsCountsEveryViolation() {
        Levels levels = Levels.of(
                new Fallback("reject", null, 0, null, new Fallback.WeaklyHard(0, 4, Fallback.Then.REPORT), 1, 0),
                false);
        Standing now = fails(levels, fails(levels, Standing.INITIAL, 3, false, 0), 5, false, 0);
        assertThat(now.level()).isEqualTo(Level.STAND_IN);
        assertThat(now.violations()).isEqualTo(2);
    }

    /** Against the definition: some window of ten releases holds more than two without a decision. */
    @Test
    void theConstraintIsThatOfItsDefinitionForRunsAtRandom() {
        var random = new SplittableRandom(3);
        Levels reporting = new Levels(false, 0, true, false, false, 1, 2, 10, false);
        for (int run = 0; run < 300; run++) {
            Standing now = Standing.INITIAL;
            var without = new ArrayList<Integer>();
            int most = 0;
            for (int release = 0; release < 80; release++) {
                if (random.nextInt(6) == 0) {
                    without.add(release);
                    now = fails(reporting, now, release, false, 0);
                    int last = release;
                    most = Math.max(most, (int)
                            without.stream().filter(one -> one > last - 10).count());
                }
            }
            assertThat(now.violations() > 0).isEqualTo(most > 2);
            // what is kept reaches two beyond the constraint
            assertThat(now.closest()).isEqualTo(Math.min(most, 4));
        }
    }
}
