package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The fallback model's thread on a clock of its own; what others do happens at instants of it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class StandbyTest {
    private static final long MILLI = 1_000_000;
    private static final Levels LEVELS = Levels.of(
            new Fallback(
                    "reject",
                    "tiny.onnx",
                    0,
                    new Fallback.Safe("stop", true),
                    new Fallback.WeaklyHard(0, 1, Fallback.Then.SAFE),
                    2,
                    0),
            true);
    /** Releases at 0, 100, 200 … ms, deadline 50 ms, lead 1 ms; the fallback model takes 5 ms. */
    private final Schedule schedule = new Schedule(0, 10, 50 * MILLI, MILLI);

    private final Claims claims = new Claims();
    private final Response response = new Response(schedule, LEVELS);
    private final TreeMap<Long, Runnable> others = new TreeMap<>();
    private final List<String> done = new ArrayList<>();
    private boolean number = true;
    private Sensed sensed = Sensed.FRESH;
    private long now;

    private void pass(long until) {
        while (!others.isEmpty() && others.firstKey() <= until) {
            var next = others.pollFirstEntry();
            now = Math.max(now, next.getKey());
            next.getValue().run();
            return;
        }
        now = Math.max(now, until);
    }

    private final Standby standby = new Standby(
            schedule,
            4,
            claims,
            response,
            new Pacer() {
                @Override
                public long nanoTime() {
                    return now;
                }

                @Override
                public void pause(long untilNanos) {
                    pass(untilNanos);
                }

                @Override
                public long spunNanos() {
                    return 0;
                }
            },
            new CycleWork() {
                @Override
                public Sensed sense(long cycle) {
                    done.add(cycle + " begins at " + now / MILLI);
                    return sensed;
                }

                @Override
                public long capturedNanos() {
                    return Feed.TIMELESS;
                }

                @Override
                public void infer() {
                    long end = now + 5 * MILLI;
                    while (now < end) {
                        pass(end);
                    }
                }

                @Override
                public boolean read() {
                    return number;
                }

                @Override
                public void decide(long cycle) {
                    done.add(cycle + " decides at " + now / MILLI);
                }

                @Override
                public void standIn(long cycle, Level level, long lastGood) {
                    done.add(cycle + " " + level.label());
                }

                @Override
                public void silence(long cycle) {}
            },
            6 * MILLI);

    private void onTime(long cycle) {
        response.judge(cycle);
        if (response.onTime(cycle, now) && claims.claim(cycle)) {
            response.answered(cycle, Level.NOMINAL, now);
        }
    }

    private void steps(int count) {
        for (int i = 0; i < count; i++) {
            standby.step();
        }
    }

    @Test
    void sleepsWhileTheModelIsOnTime() {
        others.put(20 * MILLI, () -> onTime(0));
        others.put(120 * MILLI, () -> onTime(1));
        others.put(220 * MILLI, () -> onTime(2));
        steps(4);

        assertThat(done).isEmpty();
        assertThat(now).isGreaterThan(100 * MILLI);
    }

    @Test
    void beginsWhenItsOwnDecisionJustMakesItAndLetsTheModelHaveTheLastMoment() {
        others.put(47 * MILLI, () -> onTime(0));
        steps(2);

        assertThat(done).containsExactly("0 begins at 42");
        assertThat(response.level()).isEqualTo(Level.NOMINAL);
        assertThat(response.answers(Level.NOMINAL)).isEqualTo(1);
    }

    @Test
    void decidesBeforeAnythingLesserIsLetGoWhereTheModelIsLate() {
        steps(2);

        assertThat(done).containsExactly("0 begins at 42", "0 decides at 48");
        assertThat(response.level()).isEqualTo(Level.FALLBACK_MODEL);
        assertThat(response.nextVerdict()).isEqualTo(1);
    }

    @Test
    void beginsAtOnceWhereTheModelHasFailed() {
        others.put(10 * MILLI, () -> {
            response.judge(0);
            response.missed(Reason.FAILED);
            standby.demand(0);
        });
        steps(2);

        assertThat(done).containsExactly("0 begins at 10", "0 decides at 15");
        assertThat(response.transitions().from(0))
                .extracting(TransitionLog.Transition::reason)
                .containsExactly(Reason.FAILED);
    }

    @Test
    void beginsWithTheReleaseUntilTheModelHasRecovered() {
        steps(2);
        others.put(120 * MILLI, () -> onTime(1));
        others.put(220 * MILLI, () -> onTime(2));
        others.put(320 * MILLI, () -> onTime(3));
        steps(6);

        assertThat(done)
                .containsExactly(
                        "0 begins at 42",
                        "0 decides at 48",
                        "1 begins at 100",
                        "1 decides at 105",
                        "2 begins at 200",
                        "2 decides at 205");
        assertThat(response.level()).isEqualTo(Level.NOMINAL);
    }

    /** The loop says that it was on time, and then claims: in between the fallback model must not take the release. */
    @Test
    void aVerdictThatIsNotAnAnswerYetDoesNotMakeItAnswer() {
        others.put(47 * MILLI, () -> response.judge(0));
        others.put(47 * MILLI + 1, () -> {
            response.onTime(0, now);
            claims.claim(0);
        });
        steps(2);

        assertThat(done).containsExactly("0 begins at 42");
    }

    @Test
    void saysNothingWithoutASampleOrANumber() {
        sensed = Sensed.STALE;
        steps(2);
        sensed = Sensed.FRESH;
        number = false;
        claims.claim(0);
        steps(2);

        assertThat(done).containsExactly("0 begins at 42", "1 begins at 142");
        assertThat(standby.failed()).isEqualTo(1);
        assertThat(standby.firstFailure()).contains("isn't a number");
    }

    @Test
    void doesNotBeginWhereTheSafeStateHolds() {
        response.answered(0, Level.SAFE, 0);
        claims.claim(0);
        steps(4);

        assertThat(done).isEmpty();
    }
}
