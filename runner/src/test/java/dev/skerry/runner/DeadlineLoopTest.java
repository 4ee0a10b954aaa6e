package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DeadlineLoopTest {
    /** 100 Hz, deadline 5 ms, an inference takes 1 ms. */
    private static Simulation loop(long cycles) {
        return new Simulation(100, cycles, 5_000, true);
    }

    @Test
    void everyReleaseIsServedOnTime() {
        Simulation simulation = loop(50).run();

        assertThat(simulation.answers)
                .isEqualTo(
                        LongStream.range(0, 50).mapToObj(k -> k + " decision").toList());
        assertThat(simulation.record.decisions).isEqualTo(50);
        assertThat(simulation.record.missed.get()).isZero();
        assertThat(simulation.record.latency.summary().maxNanos()).isEqualTo(1_020_000);
    }

    @Test
    void releasesDoNotDriftWhereThePeriodIsNoWholeNumberOfNanoseconds() {
        var schedule = new Schedule(0, 60, 10_000_000, 0);

        assertThat(schedule.release(60L * 3600 * 24)).isEqualTo(86_400_000_000_000L);
        assertThat(schedule.release(1)).isEqualTo(16_666_667);
    }

    @Test
    void aLateInferenceIsAnsweredByTheFallbackBeforeTheDeadline() {
        Simulation simulation = loop(4).infers(1, 7_000).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision", "3 decision");
        assertThat(simulation.record.guarded.summary().maxNanos()).isEqualTo(4_900_000);
        assertThat(simulation.record.guardedLate).isZero();
        assertThat(simulation.record.decisions).isEqualTo(3);
        assertThat(simulation.miss(1)).isNotNull().satisfies(missed -> {
            assertThat(missed.kind()).isEqualTo(Kind.LATE);
            assertThat(missed.answer()).isEqualTo(Answer.FALLBACK);
            assertThat(missed.latencyNanos()).isEqualTo(7_020_000);
        });
    }

    @Test
    void withoutAFallbackEveryReleaseIsStillAccountedForWithTheActions() {
        Simulation simulation =
                new Simulation(100, 12, 5_000, false).infers(2, 35_000).run();

        assertThat(simulation.silences).isNotEmpty();
        assertThat(simulation.answers).allMatch(answer -> answer.endsWith(" decision"));
        assertThat(simulation.answers.size() + simulation.silences.size()).isEqualTo(12);
    }

    @Test
    void aHangIsAnsweredReleaseByReleaseAndTheLoopGoesOnWithTheNextOne() {
        Simulation simulation = loop(8).infers(2, 35_000).run();

        assertThat(simulation.answers)
                .containsExactly(
                        "0 decision",
                        "1 decision",
                        "2 fallback",
                        "3 fallback",
                        "4 fallback",
                        // release 5 is due at 50 ms; the hang ends at 55.02 ms, after its deadline
                        "5 fallback",
                        "6 decision",
                        "7 decision");
        assertThat(simulation.record.skipped).isEqualTo(3);
        assertThat(simulation.record.missed.get()).isEqualTo(4);
        assertThat(simulation.record.fallbacks).isEqualTo(4);
        assertThat(simulation.record.guardedLate).isZero();
        // a skipped release counts with the time until the loop was free again, not with nothing
        assertThat(simulation.miss(3)).isNotNull().satisfies(missed -> {
            assertThat(missed.kind()).isEqualTo(Kind.BUSY);
            assertThat(missed.latencyNanos()).isEqualTo(25_020_000);
        });
        assertThat(simulation.record.latency.samples()).isEqualTo(8);
    }

    @Test
    void aCycleThatBeginsLateButCanStillMakeItIsServed() {
        Simulation simulation = loop(4).infers(1, 12_000).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision", "3 decision");
        assertThat(simulation.record.wake.summary().maxNanos()).isEqualTo(2_020_000);
    }

    @Test
    void aFailedInferenceIsAnsweredAtOnceAndTheLoopGoesOn() {
        Simulation simulation = loop(3).failsIn(1).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision");
        assertThat(simulation.record.failed).isEqualTo(1);
        assertThat(simulation.record.firstFailure).isEqualTo("the model broke");
        assertThat(simulation.record.fallback.summary().maxNanos()).isLessThan(5_000_000);
        assertThat(simulation.miss(1))
                .isNotNull()
                .extracting(MissLog.Missed::kind)
                .isEqualTo(Kind.FAILED);
    }

    @Test
    void withoutASampleThatCanBeDecidedOnTheFallbackLeaves() {
        Simulation simulation =
                loop(4).senses(1, Sensed.STALE).senses(2, Sensed.STUCK).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 fallback", "3 decision");
        assertThat(simulation.record.stale).isEqualTo(1);
        assertThat(simulation.record.stuck).isEqualTo(1);
        assertThat(simulation.record.infer.summary().minNanos()).isZero();
        // a sample is 1 ms old at its release; its decision is there 1.02 ms later
        assertThat(simulation.record.age.summary().maxNanos()).isEqualTo(2_020_000);
        assertThat(simulation.record.age.samples()).isEqualTo(2);
    }

    @Test
    void theLoopEndsWithItsSource() {
        Simulation simulation =
                loop(9).senses(1, Sensed.REPEATED).senses(3, Sensed.ENDED).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 decision", "2 decision");
        assertThat(simulation.record.repeated).isEqualTo(1);
        assertThat(simulation.record.cycles.get()).isEqualTo(3);
        assertThat(simulation.claims.closed()).isTrue();
    }

    @Test
    void aDecisionThatIsNoNumberNeverLeaves() {
        Simulation simulation = loop(3).saysNaNIn(1).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision");
        assertThat(simulation.record.firstFailure).isEqualTo("the decision isn't a number");
    }

    @Test
    void withoutAFallbackALateDecisionLeavesLateAndIsAMiss() {
        Simulation simulation =
                new Simulation(100, 4, 5_000, false).infers(1, 7_000).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 decision", "2 decision", "3 decision");
        assertThat(simulation.record.late).isEqualTo(1);
        assertThat(simulation.record.decisions).isEqualTo(3);
        assertThat(simulation.miss(1))
                .isNotNull()
                .extracting(MissLog.Missed::answer)
                .isEqualTo(Answer.LATE_DECISION);
    }

    @Test
    void withoutAFallbackAReleaseThatWentByIsSkipped() {
        Simulation simulation =
                new Simulation(100, 5, 5_000, false).infers(1, 25_000).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 decision", "3 decision", "4 decision");
        assertThat(simulation.miss(2))
                .isNotNull()
                .extracting(MissLog.Missed::answer)
                .isEqualTo(Answer.NOTHING);
    }

    @Test
    void withoutAFallbackAFailureLeavesNothing() {
        Simulation simulation = new Simulation(100, 3, 5_000, false).failsIn(1).run();

        assertThat(simulation.answers).containsExactly("0 decision", "2 decision");
        assertThat(simulation.miss(1))
                .isNotNull()
                .extracting(MissLog.Missed::answer)
                .isEqualTo(Answer.NOTHING);
    }

    @Test
    void aLoopThatOversleepsTheDeadlineDoesNotInfer() {
        Simulation simulation = loop(3).oversleeps(1, 6_000).run();

        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision");
        assertThat(simulation.record.infer.samples()).isEqualTo(2);
        assertThat(simulation.miss(1)).isNotNull().satisfies(missed -> {
            assertThat(missed.kind()).isEqualTo(Kind.LATE);
            assertThat(missed.waitedNanos()).isEqualTo(6_000_000);
        });
    }

    @Test
    void whereTheWatchdogItselfIsLateTheLoopAnswersAndSaysSo() {
        Simulation simulation = loop(4).infers(0, 16_000).withoutWatchdog().run();

        // nobody has answered release 0 when its decision is there, so that leaves; release 1 is lost by then
        assertThat(simulation.answers).containsExactly("0 decision", "1 fallback", "2 decision", "3 decision");
        assertThat(simulation.record.late).isEqualTo(1);
        assertThat(simulation.record.fallbacksLate).isEqualTo(1);
        assertThat(simulation.record.missed.get()).isEqualTo(2);
    }

    @Test
    void everyReleaseHasExactlyOneAnswerWhateverHappens() {
        var random = new java.util.SplittableRandom(7);
        for (int round = 0; round < 200; round++) {
            Simulation simulation = loop(60);
            for (int i = 0; i < 8; i++) {
                simulation.infers(random.nextInt(60), random.nextInt(40_000));
                simulation.oversleeps(random.nextInt(60), random.nextInt(15_000));
                simulation.failsIn(random.nextInt(60));
            }
            simulation.run();
            List<Long> answered = simulation.answers.stream()
                    .map(answer -> Long.parseLong(answer.substring(0, answer.indexOf(' '))))
                    .toList();
            assertThat(answered)
                    .containsExactlyElementsOf(LongStream.range(0, 60).boxed().toList());
            LoopRecord record = simulation.record;
            assertThat(record.decisions + record.missed.get()).isEqualTo(60);
            assertThat(simulation.misses()).hasSize((int) record.missed.get());
            assertThat(record.latency.samples()).isEqualTo(60);
            assertThat(simulation.record.guarded.summary().maxNanos()).isLessThanOrEqualTo(5_000_000);
        }
    }

    @Test
    void aStopEndsTheLoopBetweenTwoCycles() {
        Simulation simulation = loop(0);
        simulation.stop.request();
        simulation.run();

        assertThat(simulation.answers).isEmpty();
        assertThat(simulation.claims.closed()).isTrue();
        assertThat(simulation.claims.claim(0)).isFalse();
    }
}
