package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.Progress;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class LoadGeneratorTest {
    private static final long MILLI = 1_000_000;

    static LoadSettings settings(Scenario scenario, long millis, long queries, double qps) {
        return LoadSettings.of(
                scenario, Duration.ofMillis(millis), queries, qps, 15 * MILLI, 100, 50, LoadSeeds.OFFICIAL);
    }

    @Test
    void aStreamEndsWithTheFirstQueryIssuedAfterItsTime() {
        var system = new FakeSystem(1);
        LoadRun run = system.generator().run(settings(Scenario.SINGLE_STREAM, 100, 10, 0), system, Progress.NONE);
        // issued at 0, 1, … 100 ms
        assertThat(run.times().latencies()).hasSize(101).containsOnly(MILLI);
        assertThat(run.times().lastIssuedNanos()).isEqualTo(100 * MILLI);
        assertThat(run.times().doneNanos()).isEqualTo(101 * MILLI);
        assertThat(run.verdict().durationMet()).isTrue();
        assertThat(run.partial()).isNull();
    }

    @Test
    void aStreamGoesOnForItsLeastNumberOfQueries() {
        var system = new FakeSystem(1);
        LoadRun run = system.generator().run(settings(Scenario.SINGLE_STREAM, 5, 64, 0), system, Progress.NONE);
        assertThat(run.times().latencies()).hasSize(64);
        assertThat(run.verdict().valid()).isTrue();
    }

    @Test
    void asksForWhatTheSeedsSay() {
        for (Scenario scenario : Scenario.values()) {
            var system = new FakeSystem(3);
            LoadSettings settings = settings(scenario, 50, 70, 500);
            LoadRun run = system.generator().run(settings, system, Progress.NONE);
            assertThat(run.issued())
                    .as(scenario.label())
                    .isEqualTo(IssuedSamples.expected(settings, run.verdict().samples()));
            assertThat(system.asked).hasSize((int) run.verdict().samples());
        }
    }

    /** Arrivals of 500 a second while an answer takes 100 ms, once: all that came meanwhile waited, and their latencies say so. */
    @Test
    void aStallShowsInAllThatArriveWhileItLasts() {
        var system = new FakeSystem(1) {
            @Override
            long takes(int query) {
                return query == 100 ? 100 * MILLI : MILLI / 10;
            }
        };
        LoadSettings settings = settings(Scenario.SERVER, 2000, 100, 500);
        LoadRun run = system.generator().run(settings, system, Progress.NONE);
        long[] latencies = run.times().latencies();
        long stalled =
                Arrays.stream(latencies).filter(nanos -> nanos > 10 * MILLI).count();
        // some 50 arrive in 100 ms; measured from the beginning of each answer it would be the one
        assertThat(stalled).isBetween(30L, 80L);
        assertThat(latencies[100]).isEqualTo(100 * MILLI);
        assertThat(latencies[101]).isGreaterThan(90 * MILLI);
        assertThat(run.waited()).isNotNull();
        assertThat(run.waited().maxNanos()).isGreaterThan(90 * MILLI);
        assertThat(run.verdict().performanceMet()).isFalse();
    }

    @Test
    void aServerRunIsAsLongAsItsArrivals() {
        var system = new FakeSystem(1);
        LoadRun run = system.generator().run(settings(Scenario.SERVER, 1000, 100, 200), system, Progress.NONE);
        assertThat(run.times().lastScheduledNanos()).isGreaterThanOrEqualTo(1000 * MILLI);
        assertThat(run.times().latencies().length).isBetween(150, 250);
        assertThat(run.verdict().figure()).isBetween(150.0, 250.0);
    }

    @Test
    void aTrialEndsWhenTheBoundCanNoLongerBeKept() {
        var system = new FakeSystem(1) {
            @Override
            long takes(int query) {
                return 20 * MILLI;
            }
        };
        LoadRun run = system.generator().probe(settings(Scenario.SERVER, 10_000, 100, 100), system, Progress.NONE);
        assertThat(run.partial()).isEqualTo(LoadGenerator.HOPELESS);
        assertThat(run.times().latencies().length).isLessThan(30);
    }

    @Test
    void offlineGivesBatchesAndCountsEachSample() {
        var system = new FakeSystem(8);
        LoadSettings settings = settings(Scenario.OFFLINE, 10, 100, 1);
        LoadRun run = system.generator().run(settings, system, Progress.NONE);
        assertThat(run.times().latencies()).hasSize(100);
        assertThat(run.times().latencies()[0]).isEqualTo(MILLI);
        assertThat(run.times().latencies()[7]).isEqualTo(MILLI);
        // 13 batches, the last of four
        assertThat(run.times().doneNanos()).isEqualTo(13 * MILLI);
    }

    @Test
    void severalInstancesShareTheSamplesWithoutLossOrRepetition() {
        var counts = new AtomicInteger[1000];
        Arrays.setAll(counts, i -> new AtomicInteger());
        var system = new SystemUnderTest() {
            @Override
            public int instances() {
                return 4;
            }

            @Override
            public int batch() {
                return 3;
            }

            @Override
            public void answer(int instance, int[] samples, int from, int to) {
                for (int i = from; i < to; i++) {
                    counts[i].incrementAndGet();
                }
            }

            @Override
            public void account(int instance, long issuedNanos, long doneNanos) {}

            @Override
            public void close() {}
        };
        var generator = new LoadGenerator(System::nanoTime, Pause.by(System::nanoTime), () -> false);
        generator.run(settings(Scenario.OFFLINE, 0, 1000, 1), system, Progress.NONE);
        assertThat(counts).allMatch(count -> count.get() == 1);
        Arrays.setAll(counts, i -> new AtomicInteger());
        LoadRun served = generator.run(settings(Scenario.SERVER, 20, 100, 20_000), system, Progress.NONE);
        int queries = served.times().latencies().length;
        assertThat(Arrays.stream(counts).limit(queries)).allMatch(count -> count.get() == 1);
        assertThat(Arrays.stream(served.times().latencies())).allMatch(nanos -> nanos >= 0);
    }

    @Test
    void whatAnInstanceThrowsEndsAll() {
        var system = new FakeSystem(1) {
            @Override
            public int instances() {
                return 3;
            }

            @Override
            public void answer(int instance, int[] samples, int from, int to) {
                if (instance > 0) {
                    throw new IllegalStateException("instance " + instance);
                }
            }
        };
        var generator = new LoadGenerator(System::nanoTime, Pause.by(System::nanoTime), () -> false);
        assertThatThrownBy(() -> generator.run(settings(Scenario.SERVER, 60_000, 100, 1000), system, Progress.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("instance ");
    }

    @Test
    void whoIsInterruptedKeepsWhatThereIs() {
        for (Scenario scenario : Scenario.values()) {
            var system = new FakeSystem(1);
            var asked = new AtomicInteger();
            var generator = new LoadGenerator(
                    system.clock::get,
                    due -> system.clock.accumulateAndGet(due, Math::max),
                    () -> asked.incrementAndGet() > 20,
                    1 << 20);
            LoadRun run = generator.run(settings(scenario, 600_000, 24_576, 100), system, Progress.NONE);
            assertThat(run.partial()).as(scenario.label()).isEqualTo(LoadGenerator.CANCELLED);
            assertThat(run.times().latencies()).hasSize(21);
            assertThat(run.verdict().valid()).isFalse();
        }
    }

    @Test
    void moreLatenciesThanFitEndTheRunAndAreNotBegun() {
        var system = new FakeSystem(1);
        LoadRun run = system.generator(30).run(settings(Scenario.SINGLE_STREAM, 600, 100, 0), system, Progress.NONE);
        assertThat(run.partial()).isEqualTo(LoadGenerator.FULL);
        assertThat(run.times().latencies()).hasSize(30);
        for (Scenario scenario : new Scenario[] {Scenario.SERVER, Scenario.OFFLINE}) {
            assertThatThrownBy(() ->
                            system.generator(30).run(settings(scenario, 600_000, 100, 1000), system, Progress.NONE))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            thrown -> assertThat(thrown.problem().code()).isEqualTo("bench.memory"));
        }
    }

    @Test
    void tellsHowFarItIsByWhatTakesLonger() {
        var system = new FakeSystem(1);
        var steps = new ArrayList<String>();
        system.generator()
                .run(
                        settings(Scenario.SINGLE_STREAM, 2000, 1, 0),
                        system,
                        (what, done, total) -> steps.add(what + " " + done + "/" + total));
        assertThat(steps).contains("SingleStream, 2 s 1/2").doesNotContain("SingleStream, 1 queries 1/1");
    }
}
